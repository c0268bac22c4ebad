import { invariant } from "../diagnostics/index.ts";
import { type Node, type NodeOf, type OperationName, reachableFrom, sizeOf } from "../graph/index.ts";
import {
  at,
  concatenationOf,
  contractionOf,
  groupsOf,
  landingOf,
  movementOf,
  type MovementName,
  nowhere,
} from "./indexing.ts";
import { drawAt } from "./random.ts";
import { type BinaryName, binaryMeaning, type UnaryName, unaryMeaning } from "./scalar.ts";

/** What the leaves of a graph stand for. */
export interface Bindings {
  readonly batchSize: number;
  /** The number of the optimizer step, from 1; only graphs that read it need it. */
  readonly step?: number;
  /** Of the random numbers; only graphs that draw some need it. */
  readonly seed?: number;
  /**
   * Inputs, parameters and states, row-major; batched leaves hold one block per sample. A node that is no leaf may be
   * bound too: it then has the given value whatever its operands are.
   */
  readonly leaves: ReadonlyMap<Node, ArrayLike<number>>;
}

/** The values of nodes, row-major, sample by sample where batched; booleans are 0 and 1. */
export type Values = ReadonlyMap<Node, Float64Array>;

/**
 * The reference meaning of a graph: plain loops in double precision, one operation after another.
 *
 * @param store What becomes of each value before others read it; by default it stays.
 * @returns the values of `roots` and of every node that they depend on.
 */
export function evaluate(
  roots: readonly Node[],
  bindings: Bindings,
  store: (node: Node, value: Float64Array) => Float64Array = (_, value) => value,
): Values {
  const values = new Map<Node, Float64Array>();
  for (const node of reachableFrom(roots))
    values.set(node, store(node, evaluateNode(node, values, bindings)));
  return values;
}

/** The value of one node. */
export function evaluateOne(root: Node, bindings: Bindings): Float64Array {
  return valueOf(root, evaluate([root], bindings));
}

export function valueOf(node: Node, values: Values): Float64Array {
  const value = values.get(node);
  invariant(value !== undefined, `node ${node.id} (${node.operation}) has been evaluated`);
  return value;
}

/** The number of elements of the whole value of a node. */
export function lengthOf(node: Node, batchSize: number): number {
  return sizeOf(node.type.shape) * (node.type.batched ? batchSize : 1);
}

/** The stretch of `value` that belongs to sample `n`: all of it where the node is the same for every sample. */
export function sampleOf(node: Node, value: Float64Array, n: number): Float64Array {
  const size = sizeOf(node.type.shape);
  return node.type.batched ? value.subarray(n * size, (n + 1) * size) : value;
}

function evaluateNode(node: Node, values: Values, bindings: Bindings): Float64Array {
  const bound = bindings.leaves.get(node);
  if (bound === undefined) {
    const operands = node.inputs.map((input) => valueOf(input, values));
    return applyOperation(node, operands, bindings);
  }
  const length = lengthOf(node, bindings.batchSize);
  invariant(bound.length === length, `node ${node.id} (${node.operation}) is bound to ${length} elements`);
  return Float64Array.from(bound);
}

/** The operation of `node`, on operands other than its own if need be. */
export function applyOperation(
  node: Node,
  operands: readonly Float64Array[],
  bindings: Bindings,
): Float64Array {
  // The table is indexed by the node's own operation, so the entry is the one of this node's type.
  const meaning = meanings[node.operation] as Meaning<OperationName>;
  const result = new Float64Array(lengthOf(node, bindings.batchSize));
  if (meaning.kind === "whole") {
    meaning.compute(node, operands, result, bindings);
    return result;
  }
  for (let n = 0; n < (node.type.batched ? bindings.batchSize : 1); n += 1) {
    const ofSample = node.inputs.map((input, k) => sampleOf(input, entry(operands, k), n));
    meaning.compute(node, ofSample, sampleOf(node, result, n));
  }
  return result;
}

type Meaning<K extends OperationName> =
  /** Of one sample at a time, as an expression of a network file is read. */
  | {
      readonly kind: "sample";
      readonly compute: (node: NodeOf<K>, operands: readonly Float64Array[], result: Float64Array) => void;
    }
  /** Of all samples at once. */
  | {
      readonly kind: "whole";
      readonly compute: (
        node: NodeOf<K>,
        operands: readonly Float64Array[],
        result: Float64Array,
        bindings: Bindings,
      ) => void;
    };

const meanings: { readonly [K in OperationName]: Meaning<K> } = {
  input: leaf(),
  parameter: leaf(),
  state: leaf(),
  constant: { kind: "sample", compute: (node, _, y) => y.fill(node.attributes.value) },
  literal: {
    kind: "sample",
    compute: (node, _, y) => {
      y.set(node.attributes.data);
    },
  },
  iota: {
    kind: "sample",
    compute: (node, _, y) => {
      const inner = sizeOf(node.type.shape.slice(node.attributes.axis + 1));
      const extent = at(node.type.shape, node.attributes.axis);
      for (let k = 0; k < y.length; k += 1) y[k] = Math.floor(k / inner) % extent;
    },
  },
  batchSize: { kind: "whole", compute: (_, __, y, { batchSize }) => y.fill(batchSize) },
  step: {
    kind: "whole",
    compute: (_, __, y, { step }) => {
      invariant(step !== undefined, "a graph that reads the step is evaluated at a step");
      y.fill(step);
    },
  },
  random: {
    kind: "whole",
    compute: (node, _, y, { seed, step }) => {
      invariant(seed !== undefined && step !== undefined, "a graph that draws is given seed and step");
      for (let k = 0; k < y.length; k += 1) y[k] = drawAt(seed, step, node.attributes.stream, k);
    },
  },

  placeholder: notAlone("placeholder"),
  delay: notAlone("delay"),

  ...elementwise(),
  select: {
    kind: "sample",
    compute: (_, [condition, a, b], y) => {
      invariant(condition && a && b, "select has three operands");
      for (let k = 0; k < y.length; k += 1) y[k] = at(condition, k) !== 0 ? at(a, k) : at(b, k);
    },
  },
  whenTraining: {
    kind: "sample",
    compute: (_, [a], y) => {
      invariant(a, "whenTraining has two operands");
      y.set(a);
    },
  },

  broadcast: movement(),
  permute: movement(),
  reshape: movement(),
  slice: movement(),
  pad: movement(),
  window: movement(),
  // y[o·stride + k·dilation] += x[o, k]
  overlapAdd: {
    kind: "sample",
    compute: (node, [x], y) => {
      invariant(x, "overlapAdd has an operand");
      landingOf(node).forEach((place, k) => (y[place] = at(y, place) + at(x, k)));
    },
  },
  concatenate: {
    kind: "sample",
    compute: (node, operands, y) => {
      concatenationOf(node).forEach((landing, operand) => {
        const x = entry(operands, operand);
        landing.forEach((place, k) => (y[place] = at(x, k)));
      });
    },
  },

  // y[i, r] = table[indices[i], r]
  gather: {
    kind: "sample",
    compute: (_, [table, indices], y) => {
      invariant(table && indices, "gather has two operands");
      const row = y.length / indices.length;
      for (let k = 0; k < y.length; k += 1)
        y[k] = at(table, at(indices, Math.floor(k / row)) * row + (k % row));
    },
  },
  // y[indices[i], r] += values[i, r]
  scatterAdd: {
    kind: "sample",
    compute: (_, [indices, added], y) => {
      invariant(indices && added, "scatterAdd has two operands");
      const row = added.length / indices.length;
      for (let k = 0; k < added.length; k += 1) {
        const place = at(indices, Math.floor(k / row)) * row + (k % row);
        y[place] = at(y, place) + at(added, k);
      }
    },
  },

  // y[o] = Σₛ a[o, s] · b[o, s]
  einsum: {
    kind: "sample",
    compute: (node, [a, b], y) => {
      invariant(a && b, "einsum has two operands");
      const { outA, outB, sumA, sumB } = contractionOf(node);
      for (let o = 0; o < y.length; o += 1) {
        let sum = 0;
        for (let s = 0; s < sumA.length; s += 1) {
          sum += at(a, at(outA, o) + at(sumA, s)) * at(b, at(outB, o) + at(sumB, s));
        }
        y[o] = sum;
      }
    },
  },
  reduce: {
    kind: "sample",
    compute: (node, [x], y) => {
      invariant(x, "reduce has an operand");
      reduce[node.attributes.kind](x, groupsOf(node), y);
    },
  },
  batchReduce: {
    kind: "whole",
    compute: (node, [x], y, { batchSize }) => {
      invariant(x && x.length === y.length * batchSize, "a reduction over the batch has a batched operand");
      for (let k = 0; k < x.length; k += 1) y[k % y.length] = at(y, k % y.length) + at(x, k);
      if (node.attributes.kind === "mean") for (let k = 0; k < y.length; k += 1) y[k] = at(y, k) / batchSize;
    },
  },
};

type Grouped = (x: Float64Array, group: Int32Array, y: Float64Array) => void;

/** Combines each x[k] into y[group[k]]. Maxima are NaN where an element is. */
const reduce: Record<NodeOf<"reduce">["attributes"]["kind"], Grouped> = {
  sum: (x, group, y) => {
    x.forEach((value, k) => (y[at(group, k)] = at(y, at(group, k)) + value));
  },
  max: (x, group, y) => {
    y.fill(-Infinity);
    x.forEach((value, k) => (y[at(group, k)] = Math.max(at(y, at(group, k)), value)));
  },
  min: (x, group, y) => {
    y.fill(Infinity);
    x.forEach((value, k) => (y[at(group, k)] = Math.min(at(y, at(group, k)), value)));
  },
  // m + log Σ e^(x − m) with m = max x; where m is infinite, m itself
  logSumExp: (x, group, y) => {
    const largest = new Float64Array(y.length);
    reduce.max(x, group, largest);
    x.forEach(
      (value, k) => (y[at(group, k)] = at(y, at(group, k)) + Math.exp(value - at(largest, at(group, k)))),
    );
    largest.forEach((m, o) => (y[o] = Math.abs(m) === Infinity ? m : m + Math.log(at(y, o))));
  },
};

function elementwise(): { readonly [K in UnaryName | BinaryName]: Meaning<K> } {
  const entries: [string, Meaning<UnaryName | BinaryName>][] = [];
  for (const [name, f] of Object.entries(unaryMeaning)) {
    const compute = (_: unknown, operands: readonly Float64Array[], y: Float64Array) => {
      const x = entry(operands, 0);
      for (let k = 0; k < y.length; k += 1) y[k] = f(at(x, k));
    };
    entries.push([name, { kind: "sample", compute }]);
  }
  for (const [name, f] of Object.entries(binaryMeaning)) {
    const compute = (_: unknown, operands: readonly Float64Array[], y: Float64Array) => {
      const a = entry(operands, 0);
      const b = entry(operands, 1);
      for (let k = 0; k < y.length; k += 1) y[k] = f(at(a, k), at(b, k));
    };
    entries.push([name, { kind: "sample", compute }]);
  }
  // Both tables' keys were walked, so every name is there; fromEntries forgets that.
  return Object.fromEntries(entries) as { readonly [K in UnaryName | BinaryName]: Meaning<K> };
}

function movement<K extends MovementName>(): Meaning<K> {
  const compute = (node: NodeOf<K>, operands: readonly Float64Array[], y: Float64Array) => {
    const x = entry(operands, 0);
    // NodeOf<K> for a generic K is one member of the union that movementOf takes.
    const source = movementOf(node as unknown as Parameters<typeof movementOf>[0]);
    const elsewhere = ("value" in node.attributes ? node.attributes.value : undefined) ?? 0;
    for (let k = 0; k < y.length; k += 1) y[k] = at(source, k) === nowhere ? elsewhere : at(x, at(source, k));
  };
  return { kind: "sample", compute };
}

function leaf<K extends "input" | "parameter" | "state">(): Meaning<K> {
  return {
    kind: "whole",
    compute: (node) => {
      invariant(false, `the leaf ${node.attributes.name} is bound`);
    },
  };
}

/** Judges see networks whose recurrences are spelled out. */
function notAlone<K extends "placeholder" | "delay">(name: K): Meaning<K> {
  return {
    kind: "whole",
    compute: () => {
      invariant(false, `a ${name} has no value by itself`);
    },
  };
}

export function entry(operands: readonly Float64Array[], index: number): Float64Array {
  const operand = operands[index];
  invariant(operand !== undefined, `there is an operand ${index}`);
  return operand;
}
