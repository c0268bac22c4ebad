import type { Node, OperationName } from "../graph/index.ts";
import { loweringOf } from "./operation.ts";

/** What shows elements of its operands, and computes none. */
const views: ReadonlySet<OperationName> = new Set<OperationName>([
  "broadcast",
  "permute",
  "reshape",
  "slice",
  "pad",
  "window",
  "concatenate",
]);

/**
 * The computed values that are tested for being equal, as those of which a maximum was taken are with it, by its derivative.
 * Single precision rounds what is stored: whoever had one of them as it was before, or computed it again, would find that no
 * element is as large as the maximum. So these are stored, and all read what was.
 */
export function comparedValues(order: readonly Node[]): ReadonlySet<Node> {
  const compared = new Set<Node>();
  const visited = new Set<Node>();
  const waiting = order
    .filter(({ operation }) => operation === "equal" || operation === "notEqual")
    .flatMap(({ inputs }) => inputs);
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (visited.has(node) || node.type.element !== "real") continue;
    visited.add(node);
    if (views.has(node.operation)) waiting.push(...node.inputs);
    else if (loweringOf(node).kind !== "leaf") compared.add(node);
  }
  return compared;
}
