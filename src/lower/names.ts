import type { Node } from "../graph/index.ts";

/** Hands out identifiers, each once. */
export class NameSupply {
  readonly #taken = new Set<string>();
  readonly #next = new Map<string, number>();

  /** `base` itself if it is free, else `base_2`, `base_3`, …. */
  claim(base: string): string {
    const name = base.replace(/[^\p{L}\p{N}_$]/gu, "_");
    if (!this.#taken.has(name)) {
      this.#taken.add(name);
      return name;
    }
    for (let count = this.#next.get(name) ?? 2; ; count += 1) {
      const candidate = `${name}_${count}`;
      if (this.#taken.has(candidate)) continue;
      this.#next.set(name, count + 1);
      this.#taken.add(candidate);
      return candidate;
    }
  }
}

/**
 * A name to base identifiers on for every node of `order` (topological): its own name in the formulas, or else what it
 * does for the nearest named node that needs it, such as `p_max` for a maximum inside the formula of `p`.
 */
export function baseNames(
  order: readonly Node[],
  names: ReadonlyMap<Node, string>,
): ReadonlyMap<Node, string> {
  const owner = new Map<Node, string>();
  for (const node of [...order].reverse()) {
    const name = names.get(node) ?? owner.get(node);
    if (name === undefined) continue;
    for (const input of node.inputs) owner.set(input, name);
  }
  return new Map(
    order.map((node) => {
      const purpose =
        node.operation === "reduce" ? node.attributes.kind : (shortNames[node.operation] ?? node.operation);
      const named = names.get(node);
      const owning = owner.get(node);
      return [node, named ?? (owning === undefined ? purpose : `${owning}_${purpose}`)];
    }),
  );
}

const shortNames: Readonly<Partial<Record<Node["operation"], string>>> = {
  einsum: "sum",
  batchReduce: "total",
  multiply: "product",
  divide: "quotient",
  subtract: "difference",
  negate: "negative",
  power: "power",
  add: "plus",
  concatenate: "joined",
  scatterAdd: "scattered",
};
