import type { Node } from "./node.ts";

/** A node that people have a name for. */
export interface NamedNode {
  readonly name: string;
  readonly node: Node;
}

/**
 * One unique name per node, from the names the user wrote. A node that several names claim keeps the first (two
 * statements may be one interned node), and a name that several nodes claim goes to the first, the others get `_2`,
 * `_3`, …. Callers list the most important claims first: leaves, statements, gradients, other adjoints.
 */
export function nameNodes(claims: Iterable<NamedNode>): ReadonlyMap<Node, string> {
  const names = new Map<Node, string>();
  const taken = new Set<string>();
  const nextNumbers = new Map<string, number>();
  for (const { name, node } of claims) {
    if (names.has(node)) continue;
    let unique = name;
    let count = nextNumbers.get(name) ?? 2;
    for (; taken.has(unique); count += 1) unique = `${name}_${count}`;
    nextNumbers.set(name, count);
    taken.add(unique);
    names.set(node, unique);
  }
  return names;
}
