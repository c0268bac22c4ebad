import { type Node, type NodeOf, recurrenceOf, sizeOf } from "../graph/index.ts";
import type { Affine, Buffer } from "../program/index.ts";

/** Hands out identifiers, each once. */
export class NameSupply {
  readonly #taken = new Set<string>();
  readonly #next = new Map<string, number>();
  readonly #bases = new Map<string, string>();

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
      this.#bases.set(candidate, name);
      return candidate;
    }
  }

  /** Frees a name whose scope has ended. */
  release(name: string): void {
    this.#taken.delete(name);
    this.#next.delete(this.baseOf(name));
  }

  reserve(name: string): void {
    this.#taken.add(name);
  }

  /** What the name was before it had to be made unique. */
  baseOf(name: string): string {
    return this.#bases.get(name) ?? name;
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
    order.map((node): readonly [Node, string] => {
      if (node.operation === "delay") return [node, delayName(node, names)];
      const purpose =
        node.operation === "reduce" ? node.attributes.kind : (shortNames[node.operation] ?? node.operation);
      const named = names.get(node);
      const owning = owner.get(node);
      return [node, named ?? (owning === undefined ? purpose : `${owning}_${purpose}`)];
    }),
  );
}

/** `h_before` for h of the step before, `dh_after` for dh of the step after. */
function delayName(delay: NodeOf<"delay">, names: ReadonlyMap<Node, string>): string {
  const own = names.get(delay);
  if (own !== undefined) return own;
  const delayed = names.get(recurrenceOf(delay).next) ?? "state";
  return `${delayed}_${delay.attributes.reverse ? "after" : "before"}`;
}

const shortNames: Readonly<Partial<Record<Node["operation"], string>>> = {
  einsum: "product",
  batchReduce: "total",
  multiply: "product",
  divide: "quotient",
  subtract: "difference",
  negate: "negative",
  power: "power",
  add: "sum",
  concatenate: "joined",
  scatterAdd: "scattered",
  overlapAdd: "overlapped",
};

/**
 * A name to base that of an element on: `dW1_0_1` for element (0, 1) of dW1, `x_1` for element 1 of a sample, `W_i1_j` for
 * element (i + 1, j), and the name itself for the one element that there is.
 */
export function elementName(name: string, buffer: Buffer | undefined, offset: Affine): string {
  const shape = sizeOf(buffer?.shape ?? []) === 1 ? [] : (buffer?.shape ?? []);
  const places: string[] = [];
  let terms = offset.terms;
  let constant = offset.constant;
  if (buffer?.batched === true) {
    const size = sizeOf(shape);
    const ofSample = terms.filter(({ coefficient }) => Math.abs(coefficient) >= size);
    terms = terms.filter((term) => !ofSample.includes(term));
    const samples = Math.floor(constant / size);
    if (samples > 0) places.push(`n${samples}`);
    constant -= samples * size;
  }
  let stride = sizeOf(shape);
  for (const extent of shape) {
    stride /= extent;
    const along = extent === 1 ? [] : terms.filter(({ coefficient }) => Math.abs(coefficient) >= stride);
    terms = terms.filter((term) => !along.includes(term));
    const shift = Math.floor(constant / stride);
    constant -= shift * stride;
    const variables = along.map(({ atom }) => (atom.kind === "variable" ? atom.name : atom.buffer));
    places.push(`${variables.join("")}${variables.length > 0 && shift === 0 ? "" : String(shift)}`);
  }
  return [name, ...places].join("_").replaceAll("-", "m");
}
