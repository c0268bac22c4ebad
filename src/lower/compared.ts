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
  for (const { operation, inputs } of order) {
    if (operation !== "equal" && operation !== "notEqual") continue;
    const sides = inputs.map(computedBehind);
    // What is given, a constant such as ∞ above all, is the same for all readers.
    if (sides.every((side) => side.length > 0)) for (const node of sides.flat()) compared.add(node);
  }
  return compared;
}

/** The computed reals that a node shows. */
function computedBehind(shown: Node): readonly Node[] {
  const computed: Node[] = [];
  const waiting = [shown];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (views.has(node.operation)) waiting.push(...node.inputs);
    else if (isRounded(node)) computed.push(node);
  }
  return computed;
}

/** Whole numbers are as they were. */
function isRounded(node: Node): boolean {
  return node.type.element === "real" && node.operation !== "toReal" && loweringOf(node).kind !== "leaf";
}
