import { invariant } from "../diagnostics/index.ts";
import type { Node, NodeOf } from "./node.ts";
import { sourcesOf, stepsOf } from "./recurrence.ts";

/** What is computed at once, before what depends on it. */
export type Unit = { readonly kind: "node"; readonly node: Node } | Loop;

/** Nodes that depend on each other by way of delays: they are computed step by step. */
export interface Loop {
  readonly kind: "loop";
  /** What passes from one step to the next: they agree on the number of steps and the direction. */
  readonly delays: readonly NodeOf<"delay">[];
  /** All nodes of the loop, the delays among them, in topological order. */
  readonly nodes: readonly Node[];
  /** The same in an order of computing, the delays left out: recurrences that run anew at each step are loops again. */
  readonly body: readonly Unit[];
  readonly steps: number;
  readonly reverse: boolean;
}

/**
 * The order in which `nodes` (in topological order) can be computed: one after the other, except where recurrences tie them
 * together. Nodes keep their order as far as that allows.
 */
export function unitsOf(nodes: readonly Node[], done: ReadonlySet<Node> = new Set()): readonly Unit[] {
  const sources = (node: Node): readonly Node[] => (done.has(node) ? [] : sourcesOf(node));
  if (nodes.every(({ operation }) => operation !== "delay"))
    return nodes.map((node) => ({ kind: "node", node }));
  return componentsOf(nodes, sources).map((component): Unit => {
    const [node] = component;
    invariant(node !== undefined, "a component has a node");
    const isLoop = component.length > 1 || sources(node).includes(node);
    return isLoop ? loopOf(component, done) : { kind: "node", node };
  });
}

function loopOf(nodes: readonly Node[], done: ReadonlySet<Node>): Loop {
  const delays = nodes.filter((node) => node.operation === "delay").filter((node) => !done.has(node));
  const level = Math.min(...delays.map(({ attributes }) => attributes.level));
  const outermost = delays.filter(({ attributes }) => attributes.level === level);
  const [first] = outermost;
  invariant(first !== undefined, "only delays close a circle");
  const { reverse } = first.attributes;
  const steps = stepsOf(first);
  for (const each of outermost)
    invariant(
      stepsOf(each) === steps && each.attributes.reverse === reverse,
      "the delays of a loop go the same steps in the same direction",
    );
  const inside = new Set<Node>([...done, ...outermost]);
  const body = unitsOf(nodes, inside).filter((unit) => unit.kind === "loop" || !inside.has(unit.node));
  return { kind: "loop", delays: outermost, nodes, body, steps, reverse };
}

/**
 * The strongly connected components of `nodes`, each after those that it depends on (Tarjan 1972, with a stack of its own:
 * depth is no limit). Sources outside of `nodes` do not count.
 */
function componentsOf(
  nodes: readonly Node[],
  sources: (node: Node) => readonly Node[],
): readonly (readonly Node[])[] {
  const components: (readonly Node[])[] = [];
  const own = new Set(nodes);
  const order = new Map<Node, number>();
  const lowest = new Map<Node, number>();
  const open: Node[] = [];
  const isOpen = new Set<Node>();
  const lower = (node: Node, to: number): void => {
    lowest.set(node, Math.min(lowest.get(node) ?? to, to));
  };
  for (const root of nodes) {
    if (order.has(root)) continue;
    const path: { readonly node: Node; readonly left: Node[] }[] = [];
    const enter = (node: Node): void => {
      order.set(node, order.size);
      lower(node, order.size - 1);
      open.push(node);
      isOpen.add(node);
      path.push({
        node,
        left: sources(node)
          .filter((source) => own.has(source))
          .reverse(),
      });
    };
    enter(root);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { node } = top;
      const source = top.left.pop();
      if (source === undefined) {
        path.pop();
        const parent = path.at(-1)?.node;
        if (parent !== undefined) lower(parent, lowest.get(node) ?? 0);
        if (lowest.get(node) === order.get(node)) components.push(closed(node, open, isOpen));
      } else if (!order.has(source)) enter(source);
      else if (isOpen.has(source)) lower(node, order.get(source) ?? 0);
    }
  }
  return components;
}

/** The component that `first` begins, in topological order; it is no longer open. */
function closed(first: Node, open: Node[], isOpen: Set<Node>): readonly Node[] {
  const component = open.splice(open.lastIndexOf(first));
  for (const node of component) isOpen.delete(node);
  return component.sort((a, b) => a.id - b.id);
}
