import { invariant } from "../diagnostics/index.ts";
import { type Node, type OperationName, reachableFrom } from "../graph/index.ts";
import { at } from "./indexing.ts";
import { type Bindings, evaluate, lengthOf, sampleOf, valueOf, type Values } from "./interpreter.ts";
import { accumulate, type Pullback, pullbacks } from "./local-derivatives.ts";

export interface LossAndGradients {
  readonly loss: number;
  /** ∂loss/∂leaf for each leaf that was asked about. */
  readonly gradients: ReadonlyMap<Node, Float64Array>;
}

/**
 * Numeric reverse-mode differentiation: runs the loss forwards, keeps every value, and walks the record (the Wengert
 * list) backwards with its own local derivatives. It knows nothing of derivative graphs, rewriting or generated code.
 *
 * @param loss an unbatched scalar.
 * @param wrt the nodes to differentiate with respect to, leaves as a rule.
 */
export function tapeGradients(loss: Node, wrt: readonly Node[], bindings: Bindings): LossAndGradients {
  invariant(!loss.type.batched && loss.type.shape.length === 0, "the loss is one number");
  const tape = reachableFrom([loss]);
  const values = evaluate([loss], bindings);
  const active = activeNodes(tape, wrt);
  const adjoints = new Map<Node, Float64Array>();
  for (const node of active) adjoints.set(node, new Float64Array(lengthOf(node, bindings.batchSize)));
  adjoints.get(loss)?.fill(1);
  for (const node of tape.toReversed()) if (active.has(node)) pullBack(node, values, adjoints, bindings);
  const zero = (node: Node) => new Float64Array(lengthOf(node, bindings.batchSize));
  return {
    loss: at(valueOf(loss, values), 0),
    gradients: new Map(wrt.map((node) => [node, adjoints.get(node) ?? zero(node)])),
  };
}

/** The nodes of the tape that depend on `wrt`. */
function activeNodes(tape: readonly Node[], wrt: readonly Node[]): ReadonlySet<Node> {
  const active = new Set(wrt);
  for (const node of tape) {
    const flows = node.type.element === "real" && node.inputs.some((input) => active.has(input));
    if (flows) active.add(node);
  }
  return active;
}

function pullBack(
  node: Node,
  values: Values,
  adjoints: ReadonlyMap<Node, Float64Array>,
  { batchSize, leaves }: Bindings,
): void {
  const dy = adjoints.get(node);
  if (dy === undefined || node.inputs.length === 0 || leaves.has(node)) return;
  if (node.operation === "batchReduce") {
    const [x] = node.inputs;
    const dx = x && adjoints.get(x);
    const share = node.attributes.kind === "mean" ? 1 / batchSize : 1;
    dx?.forEach((_, k) => {
      accumulate(dx, k, at(dy, k % dy.length) * share);
    });
    return;
  }
  // Nodes with operands are all but leaves; the entry is the one of this node's own operation.
  const pullback = pullbacks[node.operation as keyof typeof pullbacks] as Pullback<OperationName> | undefined;
  if (pullback === undefined) return;
  // Samples of an unbatched operand share one stretch of adjoint: adding to it n times is the sum over the batch.
  for (let n = 0; n < (node.type.batched ? batchSize : 1); n += 1) {
    pullback({
      node,
      operands: node.inputs.map((input) => sampleOf(input, valueOf(input, values), n)),
      result: sampleOf(node, valueOf(node, values), n),
      dy: sampleOf(node, dy, n),
      into: node.inputs.map((input) => {
        const dx = adjoints.get(input);
        return dx && sampleOf(input, dx, n);
      }),
    });
  }
}
