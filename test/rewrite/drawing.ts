import { Graph, type Node, type OperationName, sizeOf } from "../../src/graph/index.ts";
import { Builder } from "../../src/operations/index.ts";
import type { Bindings } from "../../src/verify/index.ts";

export const batchSize = 3;

/** How the elements of a leaf are drawn from numbers in [−1, 1] or from awkward doubles. */
type Kind = "any" | "positive" | "label" | "distribution";

interface Leaf {
  readonly node: Node;
  readonly kind: Kind;
}

/** Builds an expression over fresh leaves, and binds the leaves to numbers. */
export class Drawing {
  readonly graph = new Graph();
  readonly build = new Builder(this.graph, { kind: "compiler", reason: "test" });
  readonly leaves: Leaf[] = [];

  /** A real that varies over the batch. */
  x(...shape: readonly number[]): Node {
    return this.#leaf(shape, true, "any");
  }

  /** A real that is the same for every sample. */
  w(...shape: readonly number[]): Node {
    return this.#leaf(shape, false, "any");
  }

  positive(...shape: readonly number[]): Node {
    return this.#leaf(shape, true, "positive");
  }

  /** Integers below `categories`. */
  label(categories: number, ...shape: readonly number[]): Node {
    const name = `x${this.leaves.length}`;
    const type = { shape, batched: true, element: "integer" } as const;
    const node: Node = this.build.leaf("input", { name, role: "input", categories }, type);
    this.leaves.push({ node, kind: "label" });
    return node;
  }

  /** Elements that sum to one. */
  distribution(...shape: readonly number[]): Node {
    const name = `x${this.leaves.length}`;
    const type = { shape, batched: true, element: "real" } as const;
    const node: Node = this.build.leaf("input", { name, role: "target", distribution: true }, type);
    this.leaves.push({ node, kind: "distribution" });
    return node;
  }

  c(value: number, ...shape: readonly number[]): Node {
    return this.build.constant(value, shape);
  }

  /** A scalar that is the same for every sample, spread over a shape. */
  fill(scalar: Node, ...shape: readonly number[]): Node {
    return this.build.fill(scalar, shape);
  }

  /** An elementwise operation of one, two or three operands. */
  f(operation: OperationName, ...inputs: readonly Node[]): Node {
    return this.build.apply(operation, inputs, {});
  }

  power(x: Node, exponent: number): Node {
    return this.f("power", x, this.build.constantLike(exponent, x));
  }

  reduce(kind: "sum" | "max" | "min" | "logSumExp", x: Node, ...axes: readonly number[]): Node {
    return this.build.apply("reduce", [x], { kind, axes });
  }

  permute(x: Node, ...order: readonly number[]): Node {
    return this.build.apply("permute", [x], { order });
  }

  slice(x: Node, starts: readonly number[], sizes: readonly number[], steps: readonly number[]): Node {
    return this.build.apply("slice", [x], { starts, sizes, steps });
  }

  pad(x: Node, shape: readonly number[], starts: readonly number[], steps: readonly number[]): Node {
    return this.build.apply("pad", [x], { shape, starts, steps });
  }

  /** Windows of `size` elements along axis 0. */
  window(x: Node, size: number, stride = 1): Node {
    const attributes = { axes: [0], sizes: [size], strides: [stride], dilations: [1] };
    return this.build.apply("window", [x], attributes);
  }

  /** Windows (along axis 0, in the last axis) put back into `extent` elements. */
  overlapAdd(x: Node, extent: number, stride = 1): Node {
    const attributes = { axes: [0], extents: [extent], strides: [stride], dilations: [1] };
    return this.build.apply("overlapAdd", [x], attributes);
  }

  /** 1/N */
  perSample(): Node {
    return this.build.divide(this.build.constant(1), this.build.batchSize());
  }

  #leaf(shape: readonly number[], batched: boolean, kind: Kind): Node {
    const name = `x${this.leaves.length}`;
    const type = { shape, batched, element: "real" } as const;
    const node: Node = batched
      ? this.build.leaf("input", { name, role: "input" }, type)
      : this.build.leaf("parameter", { name }, type);
    this.leaves.push({ node, kind });
    return node;
  }

  /** Binds every leaf to elements taken from `draw`. */
  bind(draw: () => number): Bindings {
    const leaves = new Map<Node, Float64Array>();
    for (const { node, kind } of this.leaves) {
      const size = sizeOf(node.type.shape);
      const values = Float64Array.from({ length: size * (node.type.batched ? batchSize : 1) }, draw);
      leaves.set(node, shaped(node, kind, values, size));
    }
    return { batchSize, step: 2, leaves };
  }
}

function shaped(node: Node, kind: Kind, values: Float64Array, size: number): Float64Array {
  const categories = node.operation === "input" ? (node.attributes.categories ?? 1) : 1;
  switch (kind) {
    case "any":
      return values;
    case "positive":
      return values.map((value) => Math.abs(value) + 0.125);
    case "label":
      return values.map((value) => Math.floor(Math.abs(value) * 7919) % categories || 0); // NaN and ∞ too
    case "distribution": {
      const weights = values.map((value) => Math.abs(value) + 0.125);
      return weights.map((weight, k) => {
        const from = k - (k % size);
        return weight / weights.subarray(from, from + size).reduce((sum, each) => sum + each, 0);
      });
    }
  }
}
