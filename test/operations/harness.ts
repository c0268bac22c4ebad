import { Graph, type Node, type Origin, sizeOf } from "../../src/graph/index.ts";
import { Builder } from "../../src/operations/index.ts";
import { type Bindings, evaluate } from "../../src/verify/index.ts";
import type { LeafCase, OperationCase } from "./cases.ts";
import type { Random } from "./random.ts";

export const testOrigin: Origin = { kind: "compiler", reason: "test" };
export const batchSize = 3;

/** A case built in a graph of its own, with values drawn for its leaves. */
export interface Instance {
  readonly build: Builder;
  readonly leaves: readonly Node[];
  /** The leaves that have derivatives. */
  readonly realLeaves: readonly Node[];
  readonly y: Node;
  readonly values: ReadonlyMap<Node, Float64Array>;
}

export function newBuilder(): Builder {
  return new Builder(new Graph(), testOrigin);
}

export function instantiate(each: OperationCase, batched: readonly boolean[], random: Random): Instance {
  const build = newBuilder();
  const leaves = each.leaves.map((leaf, k) => leafNode(build, `x${k}`, leaf, batched[k] === true));
  const values = new Map(
    leaves.map((node, k) => [node, drawn(node, each.leaves[k]?.draw ?? random, random)] as const),
  );
  const realLeaves = leaves.filter((leaf) => leaf.type.element === "real");
  return { build, leaves, realLeaves, y: each.make(build, leaves), values };
}

/** Which leaves vary over the batch, in every way: all the subsets. */
export function batchPatterns(each: OperationCase): readonly (readonly boolean[])[] {
  if (each.batched !== undefined) return each.batched;
  const n = each.leaves.length;
  return Array.from({ length: 2 ** n }, (_, bits) => each.leaves.map((__, k) => ((bits >> k) & 1) === 1));
}

function leafNode(build: Builder, name: string, { shape, element }: LeafCase, batched: boolean): Node {
  return realLeaf(build, name, { shape, element, batched });
}

/** A leaf of any type; a node of one operation is a member of the union `Node`. */
export function realLeaf(build: Builder, name: string, type: Node["type"]): Node {
  return build.leaf("input", { name, role: "input" }, type);
}

export function drawn(node: Node, draw: (random: Random) => number, random: Random): Float64Array {
  const length = sizeOf(node.type.shape) * (node.type.batched ? batchSize : 1);
  return Float64Array.from({ length }, () => draw(random));
}

/** The value of a node for every sample, even where it is the same for each. */
export function valuesOf(
  roots: readonly Node[],
  leaves: Bindings["leaves"],
  likes: readonly Node[] = roots,
): readonly Float64Array[] {
  const values = evaluate(roots, { batchSize, leaves });
  return roots.map((root, k) => {
    const value = values.get(root) ?? new Float64Array();
    const spread = likes[k]?.type.batched === true && !root.type.batched;
    return spread
      ? Float64Array.from({ length: value.length * batchSize }, (_, i) => at(value, i % value.length))
      : value;
  });
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths ${a.length} and ${b.length} differ`);
  return Array.from(a).reduce((sum, x, k) => sum + x * at(b, k), 0);
}

export function at(values: ArrayLike<number>, k: number): number {
  const value = values[k];
  if (value === undefined) throw new Error(`no element ${k}`);
  return value;
}

/** ⟨w, y⟩ as a node, summed over the batch. */
export function weighted(build: Builder, y: Node, w: Node): Node {
  const total = build.sum(
    build.multiply(w, y),
    y.type.shape.map((_, axis) => axis),
  );
  return y.type.batched ? build.batchSum(total) : total;
}
