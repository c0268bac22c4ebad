import { type Node, type OperationName, reachableFrom } from "../graph/index.ts";
import type { File } from "./file.ts";
import { Problem } from "./problem.ts";

/** Losses of probabilities: what makes these, and which loss takes what comes before that. */
const losses: ReadonlyMap<string, { readonly squashing: string; readonly other: string }> = new Map([
  ["crossEntropy", { squashing: "softmax", other: "crossEntropyFromLogits" }],
  ["categoricalCrossEntropy", { squashing: "softmax", other: "crossEntropyFromLogits" }],
  ["binaryCrossEntropy", { squashing: "sigmoid", other: "binaryCrossEntropyFromLogits" }],
]);

/** Warns where a loss of probabilities is given logits: as soon as one of them is negative, the loss is NaN. */
export function checkUnsquashed(file: File, loss: Node | undefined): void {
  if (loss === undefined) return;
  const told = new Set<number>();
  for (const { operation, origin, inputs } of reachableFrom([loss])) {
    if (operation !== "log" || origin.kind !== "source" || origin.call === undefined) continue;
    const { source, start, end } = origin.call;
    const [name = ""] = /^\w+/.exec(source.text.slice(start, end)) ?? [];
    const found = losses.get(name);
    if (found === undefined || told.has(start) || !inputs.some(isWeightedSum)) continue;
    told.add(start);
    const { squashing, other } = found;
    const message = `${name} takes the logarithm of probabilities, and is given what a layer computes, which may be negative.`;
    file.report.warn(
      new Problem("not-squashed", origin.call, message, `write ${other}, or apply ${squashing} first`),
    );
  }
}

/** A product with a parameter, or a sum with one: nothing keeps it above 0. */
function isWeightedSum(node: Node): boolean {
  const { operation, inputs } = beneath(node);
  const isParameter = (input: Node): boolean => beneath(input).operation === "parameter";
  return (operation === "einsum" || operation === "add") && inputs.some(isParameter);
}

const views: ReadonlySet<OperationName> = new Set(["broadcast", "gather", "permute", "reshape", "slice"]);

/** What a view shows. */
function beneath(node: Node): Node {
  let shown = node;
  for (let [next] = shown.inputs; views.has(shown.operation) && next !== undefined; [next] = shown.inputs)
    shown = next;
  return shown;
}
