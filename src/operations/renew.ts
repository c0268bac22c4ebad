import {
  closeRecurrence,
  type Graph,
  type Node,
  type NodeOf,
  reachableFrom,
  recurrenceOf,
} from "../graph/index.ts";
import { Builder } from "./build.ts";

/** Operands only: through a delay leads no way. */
const operandsOf = (node: Node): readonly Node[] => node.inputs;

/** The nodes below `roots`, without what delays are of. */
export function belowOperands(roots: readonly Node[]): readonly Node[] {
  return reachableFrom(roots, operandsOf);
}

export function delaysBelow(roots: readonly Node[]): readonly NodeOf<"delay">[] {
  return reachableFrom(roots).filter((node) => node.operation === "delay");
}

/**
 * A rewritten recurrence is one of its own: what its delay is of does not change. Gives each delay whose values have been
 * rewritten a counterpart that delays the rewritten ones.
 *
 * @param delays In topological order.
 * @param rewritten What a node has become, delays staying what they were.
 * @returns What a rewritten node becomes where counterparts stand in for delays.
 */
export function renewRecurrences(
  graph: Graph,
  delays: readonly NodeOf<"delay">[],
  rewritten: (node: Node) => Node,
): (node: Node) => Node {
  const changed = changedDelays(delays, rewritten);
  if (changed.size === 0) return (node) => node;
  const counterparts = new Map<Node, Node>();
  const renew = (root: Node): Node => {
    for (const node of belowOperands([root])) {
      if (counterparts.has(node)) continue;
      const inputs = node.inputs.map((input) => counterparts.get(input) ?? input);
      const isSame = inputs.every((input, operand) => input === node.inputs[operand]);
      counterparts.set(node, isSame ? node : new Builder(graph, node.origin).again(node, inputs));
    }
    return counterparts.get(root) ?? root;
  };
  const renewed: (readonly [NodeOf<"delay">, NodeOf<"delay">, Node])[] = [];
  for (const delay of delays) {
    if (!changed.has(delay)) continue;
    const initial = renew(rewritten(recurrenceOf(delay).initial));
    const counterpart = new Builder(graph, delay.origin).delay(delay.attributes, delay.type);
    counterparts.set(delay, counterpart);
    renewed.push([delay, counterpart, initial]);
  }
  for (const [delay, counterpart, initial] of renewed) {
    closeRecurrence(counterpart, { initial, next: renew(rewritten(recurrenceOf(delay).next)) });
  }
  return renew;
}

/** The delays whose values have been rewritten, or depend on such. */
function changedDelays(
  delays: readonly NodeOf<"delay">[],
  rewritten: (node: Node) => Node,
): ReadonlySet<Node> {
  const changed = new Set<Node>();
  const sources = delays.map((delay) => {
    const { initial, next } = recurrenceOf(delay);
    const now = [rewritten(initial), rewritten(next)];
    if (now[0] !== initial || now[1] !== next) changed.add(delay);
    return { delay, now };
  });
  if (changed.size === 0) return changed;
  const nodes = belowOperands(sources.flatMap(({ now }) => now));
  for (let before = 0; before !== changed.size;) {
    before = changed.size;
    const affected = new Set<Node>(changed);
    for (const node of nodes) if (node.inputs.some((input) => affected.has(input))) affected.add(node);
    for (const { delay, now } of sources) if (now.some((node) => affected.has(node))) changed.add(delay);
  }
  return changed;
}
