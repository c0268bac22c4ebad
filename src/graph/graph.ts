import { invariant } from "../diagnostics/index.ts";
import type { Node, NodeOf, OperationAttributes, OperationName, Origin } from "./node.ts";
import { sourcesOf } from "./recurrence.ts";
import type { TensorType } from "./type.ts";

/**
 * A growing set of immutable, interned nodes. Asking twice for the same operation on the same inputs gives the same
 * object, so structural equality is `===` and sharing costs nothing. Creation order is topological: a pass over the
 * graph is a loop over `nodes`, never recursion.
 */
export class Graph {
  readonly #nodes: Node[] = [];
  readonly #interned = new Map<string, Node>();
  readonly #labels = new Map<Node, string>();

  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** What people call nodes that no statement of the network names: `h.forget`. No names yet, as several may have one label. */
  get labels(): ReadonlyMap<Node, string> {
    return this.#labels;
  }

  /** A node keeps its first label. Leaves need none. */
  label(node: Node, label: string | undefined): void {
    if (label !== undefined && node.inputs.length > 0 && !this.#labels.has(node))
      this.#labels.set(node, label);
  }

  /**
   * The node for `operation` on `inputs`. Callers go through `operations/build.ts`, which computes `type` by the
   * operation's own shape rule. The origin of the first creation is kept.
   */
  intern<K extends OperationName>(
    operation: K,
    inputs: readonly Node[],
    attributes: OperationAttributes[K],
    type: TensorType,
    origin: Origin,
  ): NodeOf<K> {
    const key = internKey(operation, inputs, attributes, type);
    const known = this.#interned.get(key);
    if (known !== undefined) return known as NodeOf<K>; // the key begins with the operation's name
    for (const input of inputs)
      invariant(this.#nodes[input.id] === input, "a node's inputs are of its own graph");
    const node: NodeOf<K> = { id: this.#nodes.length, operation, inputs, attributes, type, origin };
    this.#nodes.push(node as unknown as Node); // NodeOf<K> for a generic K is one member of the union Node
    this.#interned.set(key, node as unknown as Node);
    return node;
  }
}

function internKey(operation: string, inputs: readonly Node[], attributes: object, type: TensorType): string {
  const ids = inputs.map((input) => input.id).join(",");
  return `${operation}(${ids})${stableText(attributes)}:${type.shape.join("x")}${type.batched ? "b" : ""}${type.element}`;
}

/** JSON with sorted keys that tells −0, NaN and ±∞ apart. */
export function stableText(value: unknown): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (Array.isArray(value)) return `[${value.map(stableText).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([key, each]) => `${key}:${stableText(each)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

/**
 * The nodes that `roots` depend on, the roots included, in topological order; a delay comes before the values that it delays,
 * which depend on it.
 *
 * @param sources What to follow from a node.
 */
export function reachableFrom(
  roots: readonly Node[],
  sources: (node: Node) => readonly Node[] = sourcesOf,
): readonly Node[] {
  const seen = new Set<Node>(roots);
  const pending = [...seen];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (const input of sources(node)) {
      if (seen.has(input)) continue;
      seen.add(input);
      pending.push(input);
    }
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** For each node reachable from `roots`, the reachable nodes that read it, in topological order, once per reading operand; delays are among them. */
export function usersOf(roots: readonly Node[]): ReadonlyMap<Node, readonly Node[]> {
  const users = new Map<Node, Node[]>();
  for (const node of reachableFrom(roots)) {
    for (const source of [node, ...sourcesOf(node)]) if (!users.has(source)) users.set(source, []);
    for (const source of sourcesOf(node)) users.get(source)?.push(node);
  }
  return users;
}
