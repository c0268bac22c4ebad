import { type Node, recurrenceOf, sourcesOf } from "../graph/index.ts";
import type { LoopAxes } from "./steps.ts";

/**
 * Which values a loop over steps need not keep: of these, memory holds the step at hand, until the next one
 * overwrites it. All others are read after the loop, by the backward pass as a rule.
 *
 * @param order All nodes of a program, in topological order.
 * @param loops Those of its recurrences.
 * @param stored Which nodes lie in memory, each computed in a nest of its own; the others are computed where they are read.
 * @param roots What the program delivers.
 */
export function findMomentary(
  order: readonly Node[],
  loops: readonly LoopAxes[],
  { stored, roots }: { readonly stored: ReadonlySet<Node>; readonly roots: readonly Node[] },
): (node: Node) => readonly LoopAxes[] {
  if (loops.length === 0) return () => [];
  const delayed = new Set(
    order.flatMap((node) => (node.operation === "delay" ? [recurrenceOf(node).next] : [])),
  );
  const readOutside = new Map(loops.map((each) => [each, nodesReadOutside(order, each, stored, roots)]));
  return (node) => {
    // What a reshape is stored for is to lie in its own order. The value of a delay that another one delays is overwritten
    // before that reads it; all others are read by their delays before a step overwrites them.
    if (node.operation === "reshape" || (node.operation === "delay" && delayed.has(node))) return [];
    return loops.filter((each) => each.axes.has(node) && readOutside.get(each)?.has(node) === false);
  };
}

/** The nodes that are read by what is not computed in the loop. */
function nodesReadOutside(
  order: readonly Node[],
  { axes }: LoopAxes,
  stored: ReadonlySet<Node>,
  roots: readonly Node[],
): ReadonlySet<Node> {
  const read = new Set(roots);
  for (const node of [...order].reverse()) {
    const isOutside = stored.has(node) ? !axes.has(node) : read.has(node);
    if (isOutside) for (const source of sourcesOf(node)) read.add(source);
  }
  return read;
}
