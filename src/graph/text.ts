import { reachableFrom, stableText } from "./graph.ts";
import { recurrenceOf } from "./recurrence.ts";
import type { Node } from "./node.ts";
import type { TensorType } from "./type.ts";

/**
 * The canonical text of the graph below `roots`: one line a node, in topological order, then what delays are of, and the roots. Two graphs
 * that differ only in unreachable nodes, and hence in ids, have the same text, so it serves golden tests.
 *
 * ```
 * x: real[2] batched = input(role: "input")
 * W: real[1,2] = parameter()
 * %2: real[1] batched = einsum(W, x, specification: "ab,b->a")
 * return %2
 * ```
 *
 * @param roots The nodes to show, with all that they depend on.
 * @param names What to call nodes; the others are called after the leaf they are, or `%` and their position.
 * @returns The text, ending with a newline.
 */
export function formatGraph(roots: readonly Node[], names: ReadonlyMap<Node, string> = new Map()): string {
  const nodes = reachableFrom(roots);
  const called = callNodes(nodes, names);
  const call = (node: Node): string => called.get(node) ?? "?";
  const lines = nodes.map((node) => {
    const operands = [...node.inputs.map(call), ...attributeTexts(node, call(node))];
    return `${call(node)}: ${formatType(node.type)} = ${node.operation}(${operands.join(", ")})`;
  });
  const recurrences = nodes.flatMap((node) => {
    if (node.operation !== "delay") return [];
    const { initial, next } = recurrenceOf(node);
    return [`${call(node)} delays ${call(next)} from ${call(initial)}`];
  });
  return [...lines, ...recurrences, `return ${roots.map(call).join(", ")}`, ""].join("\n");
}

/** `real[4,2]`, `real[] batched`, `integer[] batched`. */
export function formatType(type: TensorType): string {
  return `${type.element}[${type.shape.join(",")}]${type.batched ? " batched" : ""}`;
}

/** What a leaf that the user named is called; `undefined` for any other node. */
function leafName(node: Node): string | undefined {
  if (node.operation === "input" || node.operation === "parameter") return node.attributes.name;
  if (node.operation === "state") return `${node.attributes.parameter}.${node.attributes.name}`;
  return undefined;
}

function callNodes(nodes: readonly Node[], names: ReadonlyMap<Node, string>): ReadonlyMap<Node, string> {
  const called = new Map<Node, string>();
  const taken = new Set<string>();
  const claim = (node: Node, name: string | undefined): void => {
    if (name === undefined || called.has(node) || taken.has(name)) return;
    called.set(node, name);
    taken.add(name);
  };
  for (const node of nodes) claim(node, names.get(node));
  for (const node of nodes) claim(node, leafName(node));
  nodes.forEach((node, position) => {
    claim(node, `%${position}`);
  });
  return called;
}

/** `key: value` for each attribute, sorted by key, without the name that the line already begins with. */
function attributeTexts(node: Node, name: string): readonly string[] {
  const attributes = Object.entries(node.attributes as Readonly<Record<string, unknown>>);
  return attributes
    .filter(([key, value]) => value !== undefined && !(key === "name" && value === name) && key !== "id")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${stableText(value)}`);
}
