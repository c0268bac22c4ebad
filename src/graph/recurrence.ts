import { invariant } from "../diagnostics/index.ts";
import type { Node, NodeOf } from "./node.ts";

/**
 * What a delay D is of: along its axis, D₀ = `initial` and Dₜ = nextₜ₋₁ (of a reverse one, the last step has no step before
 * it, and Dₜ = nextₜ₊₁). `next` has the type of the delay and is computed from it, step by step: the only cycle that a
 * graph may have. `initial` lacks the axis.
 */
export interface Recurrence {
  readonly initial: Node;
  readonly next: Node;
}

/** Set once, when `next` is known, and never changed: as good as a part of the immutable node. */
const recurrences = new WeakMap<NodeOf<"delay">, Recurrence>();

/** Says what a delay is of. */
export function closeRecurrence(delay: NodeOf<"delay">, recurrence: Recurrence): void {
  invariant(!recurrences.has(delay), `what delay ${delay.id} is of is said once`);
  recurrences.set(delay, recurrence);
}

export function recurrenceOf(delay: NodeOf<"delay">): Recurrence {
  const recurrence = recurrences.get(delay);
  invariant(recurrence !== undefined, `what delay ${delay.id} is of has been said`);
  return recurrence;
}

/** What a node is computed from: its operands, or, of a delay, what it starts from and what it delays. */
export function sourcesOf(node: Node): readonly Node[] {
  if (node.operation !== "delay") return node.inputs;
  const { initial, next } = recurrenceOf(node);
  return [initial, next];
}

/** The number of steps of a delay's recurrence. */
export function stepsOf({ type, attributes }: NodeOf<"delay">): number {
  const steps = type.shape[attributes.axis];
  invariant(steps !== undefined, "a delay has an axis of steps");
  return steps;
}

/**
 * Those of `nodes` (in topological order) that depend on one of `sources`, the sources among them. To find what depends on a
 * delay, its recurrence may have to be gone round again.
 */
export function dependentsOf(sources: Iterable<Node>, nodes: readonly Node[]): ReadonlySet<Node> {
  const dependents = new Set<Node>(sources);
  const delays = nodes.filter((node) => node.operation === "delay");
  for (;;) {
    for (const node of nodes) {
      if (node.inputs.some((input) => dependents.has(input))) dependents.add(node);
      else if (node.operation === "delay" && sourcesOf(node).some((each) => dependents.has(each)))
        dependents.add(node);
    }
    const left = delays.some(
      (delay) => !dependents.has(delay) && sourcesOf(delay).some((each) => dependents.has(each)),
    );
    if (!left) return dependents;
  }
}
