import { invariant } from "../diagnostics/index.ts";
import {
  closeRecurrence,
  dependentsOf,
  type Graph,
  type Node,
  type NodeOf,
  type OperationName,
  reachableFrom,
  recurrenceOf,
} from "../graph/index.ts";
import { Builder } from "./build.ts";
import { operationTable } from "./table.ts";

/*
 * What the step of a scan computes is read once, on placeholders. From that it is carried out for all steps at once
 * (`overSteps`), or once more for each step (`substitute`).
 */

/**
 * What `results` are for every step, the steps being a new first axis of each: where a placeholder stood, what `given` says
 * of it for all steps. A recurrence inside becomes one that runs anew at each step.
 *
 * @returns In the order of `results`. One that does not depend on a placeholder is repeated.
 */
export function overSteps(
  graph: Graph,
  results: readonly Node[],
  given: ReadonlyMap<Node, Node>,
  steps: number,
): readonly Node[] {
  const nodes = reachableFrom(results);
  const varying = dependentsOf(given.keys(), nodes);
  const delays: (readonly [NodeOf<"delay">, NodeOf<"delay">])[] = [];
  const all = new Map<Node, Node>(given);
  const each = (build: Builder, node: Node): Node => {
    const known = all.get(node);
    if (known !== undefined) return known;
    return build.broadcast(node, [steps, ...node.type.shape], behind(node.type.shape));
  };
  for (const node of nodes) {
    if (!varying.has(node) || given.has(node)) continue;
    const build = new Builder(graph, node.origin);
    if (node.operation === "delay") {
      const { axis, level } = node.attributes;
      const inner = build.delay(
        { ...node.attributes, axis: axis + 1, level: level + 1 },
        { ...node.type, shape: [steps, ...node.type.shape], batched: node.type.batched || isBatched(given) },
      );
      delays.push([node, inner]);
      all.set(node, inner);
    } else {
      const ofAll = applyOverSteps(build, node as NodeOf<OperationName>, all, each, steps);
      graph.label(ofAll, graph.labels.get(node));
      all.set(node, ofAll);
    }
  }
  for (const [delay, inner] of delays) {
    const { initial, next } = recurrenceOf(delay);
    const build = new Builder(graph, delay.origin);
    closeRecurrence(inner, { initial: each(build, initial), next: each(build, next) });
  }
  return results.map((node) => each(new Builder(graph, node.origin), node));
}

/** What `results` are where other nodes stand in for some of those that they depend on. */
export function substitute(
  graph: Graph,
  results: readonly Node[],
  given: ReadonlyMap<Node, Node>,
): readonly Node[] {
  const nodes = reachableFrom(results);
  const varying = dependentsOf(given.keys(), nodes);
  const delays: (readonly [NodeOf<"delay">, NodeOf<"delay">])[] = [];
  const all = new Map<Node, Node>(given);
  const now = (node: Node): Node => all.get(node) ?? node;
  for (const node of nodes) {
    if (!varying.has(node) || given.has(node)) continue;
    const build = new Builder(graph, node.origin);
    if (node.operation === "delay") {
      const batched = node.type.batched || isBatched(given);
      const copy = build.delay(node.attributes, { ...node.type, batched });
      delays.push([node, copy]);
      all.set(node, copy);
    } else all.set(node, build.again(node, node.inputs.map(now)));
  }
  for (const [delay, copy] of delays) {
    const { initial, next } = recurrenceOf(delay);
    closeRecurrence(copy, { initial: now(initial), next: now(next) });
  }
  return results.map(now);
}

function isBatched(given: ReadonlyMap<Node, Node>): boolean {
  return [...given.values()].some(({ type }) => type.batched);
}

function applyOverSteps<K extends OperationName>(
  build: Builder,
  node: NodeOf<K>,
  all: ReadonlyMap<Node, Node>,
  each: (build: Builder, node: Node) => Node,
  steps: number,
): Node {
  const input = (operand: number): Node => {
    const found = node.inputs[operand];
    invariant(found !== undefined, `${node.operation} has an operand ${operand}`);
    return found;
  };
  return operationTable[node.operation].overSteps({
    build,
    node,
    steps,
    varies: (operand) => all.has(input(operand)),
    operand: (operand) => all.get(input(operand)) ?? input(operand),
    each: (operand) => each(build, input(operand)),
  });
}

function behind(shape: readonly number[]): readonly number[] {
  return shape.map((_, axis) => axis + 1);
}
