import { type Node, reachableFrom } from "../graph/index.ts";
import type { File } from "./file.ts";
import { Problem } from "./problem.ts";

/** Losses of logits: what they do to them, and which loss takes what comes of that. */
const losses: ReadonlyMap<string, { readonly squashing: "softmax" | "sigmoid"; readonly other?: string }> =
  new Map([
    ["crossEntropyFromLogits", { squashing: "softmax", other: "crossEntropy" }],
    ["focalFromLogits", { squashing: "softmax" }],
    ["binaryCrossEntropyFromLogits", { squashing: "sigmoid", other: "binaryCrossEntropy" }],
  ]);

/** Warns where a loss of logits is given probabilities: the network still learns, but worse, and nothing else tells. */
export function checkSquashed(file: File, loss: Node | undefined): void {
  if (loss === undefined) return;
  for (const node of reachableFrom([loss])) {
    const { origin } = node;
    if (origin.kind !== "source" || origin.call === undefined) continue;
    const { source, start, end } = origin.call;
    const [name = ""] = /^\w+/.exec(source.text.slice(start, end)) ?? [];
    const found = losses.get(name);
    if (found === undefined || found.squashing !== squashedBefore(node)) continue;
    const { squashing, other } = found;
    const message = `${name} applies ${squashing} itself, and is given what ${squashing} gave: logits are what comes before it.`;
    const hint = `give it the argument of this ${squashing}${other === undefined ? "" : `, or write ${other}`}`;
    file.report.warn(new Problem("squashed-twice", origin.call, message, hint));
  }
}

/** What a loss's own log Σ exp or log(1 + exp) is applied to, if that is a softmax or a sigmoid. */
function squashedBefore(node: Node): "softmax" | "sigmoid" | undefined {
  const [operand] = node.inputs;
  if (node.operation === "softplus") return operand?.operation === "sigmoid" ? "sigmoid" : undefined;
  const isNormaliser = node.operation === "reduce" && node.attributes.kind === "logSumExp";
  return isNormaliser && operand !== undefined && isSoftmax(operand) ? "softmax" : undefined;
}

/** exp(x − log Σ exp x) */
function isSoftmax({ operation, inputs: [exponent] }: Node): boolean {
  if (operation !== "exp" || exponent?.operation !== "subtract") return false;
  let normaliser = exponent.inputs[1];
  while (normaliser?.operation === "broadcast" || normaliser?.operation === "reshape")
    normaliser = normaliser.inputs[0];
  return normaliser?.operation === "reduce" && normaliser.attributes.kind === "logSumExp";
}
