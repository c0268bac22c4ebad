import { type Graph, type Node, reachableFrom } from "../graph/index.ts";
import { Builder, delaysBelow, renewRecurrences } from "../operations/index.ts";

/** What a network is read for. */
export type Mode = "training" | "prediction";

/**
 * A network as one mode sees it: of each `whenTraining(a, b)` the operand that the mode takes. What depends on none is
 * the same node as before.
 *
 * @param roots Of the graph that was read.
 * @returns For each node that `roots` depend on what it is in that mode.
 */
export function inMode(graph: Graph, roots: readonly Node[], mode: Mode): (node: Node) => Node {
  const seen = new Map<Node, Node>();
  const current = (node: Node): Node => seen.get(node) ?? node;
  for (const node of reachableFrom(roots)) {
    const inputs = node.inputs.map(current);
    const chosen = inputs[mode === "training" ? 0 : 1];
    if (node.operation === "whenTraining" && chosen !== undefined) seen.set(node, chosen);
    else if (inputs.some((input, k) => input !== node.inputs[k]))
      seen.set(node, new Builder(graph, node.origin).again(node, inputs));
  }
  const renew = renewRecurrences(graph, delaysBelow(roots), current);
  return (node) => renew(current(node));
}
