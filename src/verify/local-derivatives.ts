import type { NodeOf, OperationName } from "../graph/index.ts";
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
import { entry } from "./interpreter.ts";
import { type BinaryName, type UnaryName, unaryMeaning } from "./scalar.ts";

/** One operation as the tape recorded it, for one sample. */
export interface Recorded<K extends OperationName> {
  readonly node: NodeOf<K>;
  readonly operands: readonly Float64Array[];
  readonly result: Float64Array;
  readonly dy: Float64Array;
  /** Where to add each operand's adjoint; absent where nobody asks for it. */
  readonly into: readonly (Float64Array | undefined)[];
  /** How: `accumulate`, as a rule. Each call brings one term, the adjoint of one element times one derivative. */
  readonly add: Add;
}

export type Add = (into: Float64Array, index: number, term: number) => void;

/** Adds to the adjoints of the operands of one sample what the adjoint of the result implies. */
export type Pullback<K extends OperationName> = (recorded: Recorded<K>) => void;

/** The derivative with respect to one operand where y = f(x) or y = f(a, b). */
type UnaryPartial = (x: number, y: number) => number;
type BinaryPartials = readonly [BinaryPartial, BinaryPartial];
type BinaryPartial = (a: number, b: number, y: number) => number;

const { sigmoid } = unaryMeaning;

/**
 * Written for the tape alone, from textbook calculus; where there are several forms, the one that keeps its digits.
 * `undefined`: constant wherever it is smooth, and declared constant elsewhere.
 */
const unaryPartials: { readonly [K in UnaryName]: UnaryPartial | undefined } = {
  negate: () => -1,
  abs: (x) => (x > 0 ? 1 : x < 0 ? -1 : 0),
  sign: undefined,
  floor: undefined,
  ceil: undefined,
  round: undefined,
  exp: (_, y) => y,
  expm1: (x) => Math.exp(x),
  log: (x) => 1 / x,
  log1p: (x) => 1 / (1 + x),
  sqrt: (_, y) => 1 / (2 * y),
  sin: (x) => Math.cos(x),
  cos: (x) => -Math.sin(x),
  tan: (_, y) => 1 + y * y,
  asin: (x) => 1 / Math.sqrt((1 - x) * (1 + x)),
  acos: (x) => -1 / Math.sqrt((1 - x) * (1 + x)),
  atan: (x) => 1 / (1 + x * x),
  sinh: (x) => Math.cosh(x),
  cosh: (x) => Math.sinh(x),
  tanh: (_, y) => (1 - y) * (1 + y),
  asinh: (x) => 1 / Math.hypot(1, x),
  acosh: (x) => 1 / Math.sqrt((x - 1) * (x + 1)),
  atanh: (x) => 1 / ((1 - x) * (1 + x)),
  erf: (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x),
  sigmoid: (x) => sigmoid(x) * sigmoid(-x),
  softplus: (x) => sigmoid(x),
  not: undefined,
  toReal: undefined,
  stopGradient: undefined,
};

/** At a tie of maximum and minimum the derivative is the second operand's. */
const binaryPartials: { readonly [K in BinaryName]: BinaryPartials | undefined } = {
  add: [() => 1, () => 1],
  subtract: [() => 1, () => -1],
  multiply: [(_, b) => b, (a) => a],
  divide: [(_, b) => 1 / b, (_, b, y) => -y / b],
  power: [(a, b) => (b === 0 ? 0 : b * Math.pow(a, b - 1)), (a, _, y) => (a === 0 ? 0 : y * Math.log(a))],
  maximum: [(a, b) => (a > b ? 1 : 0), (a, b) => (a > b ? 0 : 1)],
  minimum: [(a, b) => (a < b ? 1 : 0), (a, b) => (a < b ? 0 : 1)],
  less: undefined,
  lessEqual: undefined,
  greater: undefined,
  greaterEqual: undefined,
  equal: undefined,
  notEqual: undefined,
  and: undefined,
  or: undefined,
};

/** Leaves have no operands; the tape treats the sum over the batch itself, because it is not of one sample. */
type SampleName = Exclude<
  OperationName,
  | "input"
  | "parameter"
  | "state"
  | "constant"
  | "literal"
  | "iota"
  | "batchSize"
  | "step"
  | "placeholder"
  | "delay"
  | "random"
  | "batchReduce"
>;

/** `undefined` where no adjoint flows. */
export const pullbacks: { readonly [K in SampleName]: Pullback<K> | undefined } = {
  ...elementwise(),

  select: ({ operands: [condition], dy, into: [, da, db], add }) => {
    if (!condition) return;
    for (let k = 0; k < dy.length; k += 1) {
      const chosen = at(condition, k) !== 0 ? da : db;
      if (chosen) add(chosen, k, at(dy, k));
    }
  },
  whenTraining: ({ dy, into: [da], add }) => {
    if (da)
      dy.forEach((value, k) => {
        add(da, k, value);
      });
  },

  broadcast: movement(),
  permute: movement(),
  reshape: movement(),
  slice: movement(),
  pad: movement(),
  window: movement(),
  overlapAdd: ({ node, dy, into: [dx], add }) => {
    if (!dx) return;
    landingOf(node).forEach((place, k) => {
      add(dx, k, at(dy, place));
    });
  },
  concatenate: ({ node, dy, into, add }) => {
    concatenationOf(node).forEach((landing, operand) => {
      const dx = into[operand];
      if (dx)
        landing.forEach((place, k) => {
          add(dx, k, at(dy, place));
        });
    });
  },

  gather: ({ operands: [, indices], dy, into: [dTable], add }) => {
    if (!dTable || !indices) return;
    const row = dy.length / indices.length;
    dy.forEach((value, k) => {
      add(dTable, at(indices, Math.floor(k / row)) * row + (k % row), value);
    });
  },
  scatterAdd: ({ operands: [indices, added], dy, into: [, dAdded], add }) => {
    if (!dAdded || !indices || !added) return;
    const row = added.length / indices.length;
    added.forEach((_, k) => {
      add(dAdded, k, at(dy, at(indices, Math.floor(k / row)) * row + (k % row)));
    });
  },

  // y[o] = Σₛ a[o, s] · b[o, s]: every product hands dy[o] times the other factor to each of its two.
  einsum: ({ node, operands, dy, into: [da, db], add }) => {
    const a = entry(operands, 0);
    const b = entry(operands, 1);
    const { outA, outB, sumA, sumB } = contractionOf(node);
    for (let o = 0; o < dy.length; o += 1) {
      const slope = at(dy, o);
      for (let s = 0; s < sumA.length; s += 1) {
        const inA = at(outA, o) + at(sumA, s);
        const inB = at(outB, o) + at(sumB, s);
        if (da) add(da, inA, slope * at(b, inB));
        if (db) add(db, inB, slope * at(a, inA));
      }
    }
  },

  reduce: (recorded) => {
    reductions[recorded.node.attributes.kind](recorded);
  },
};

const reductions: Record<NodeOf<"reduce">["attributes"]["kind"], Pullback<"reduce">> = {
  sum: ({ node, dy, into: [dx], add }) => {
    if (dx)
      groupsOf(node).forEach((group, k) => {
        add(dx, k, at(dy, group));
      });
  },
  max: shareAmongExtremes,
  min: shareAmongExtremes,
  // ∂/∂xₖ log Σ eˣ = e^(xₖ − y)
  logSumExp: ({ node, operands, result, dy, into: [dx], add }) => {
    const x = entry(operands, 0);
    if (!dx) return;
    groupsOf(node).forEach((group, k) => {
      add(dx, k, at(dy, group) * Math.exp(at(x, k) - at(result, group)));
    });
  },
};

/** The elements that attain the extreme share its adjoint evenly. */
function shareAmongExtremes({ node, operands, result, dy, into: [dx], add }: Recorded<"reduce">): void {
  const x = entry(operands, 0);
  if (!dx) return;
  const groups = groupsOf(node);
  const attaining = new Float64Array(result.length);
  groups.forEach((group, k) => {
    if (at(x, k) === at(result, group)) accumulate(attaining, group, 1);
  });
  groups.forEach((group, k) => {
    if (at(x, k) === at(result, group)) add(dx, k, at(dy, group) / at(attaining, group));
  });
}

function elementwise(): { readonly [K in UnaryName | BinaryName]: Pullback<K> | undefined } {
  const entries: [string, Pullback<OperationName> | undefined][] = [];
  for (const [name, partial] of Object.entries(unaryPartials)) {
    entries.push([name, partial && pullUnary(partial)]);
  }
  for (const [name, partials] of Object.entries(binaryPartials)) {
    entries.push([name, partials && pullBinary(partials)]);
  }
  // Both tables' keys were walked, so every name is there; fromEntries forgets that.
  return Object.fromEntries(entries) as { readonly [K in UnaryName | BinaryName]: Pullback<K> | undefined };
}

function pullUnary(partial: UnaryPartial): Pullback<OperationName> {
  return ({ operands, result, dy, into: [dx], add }) => {
    const x = entry(operands, 0);
    if (!dx) return;
    for (let k = 0; k < dy.length; k += 1) add(dx, k, at(dy, k) * partial(at(x, k), at(result, k)));
  };
}

function pullBinary(partials: BinaryPartials): Pullback<OperationName> {
  return ({ operands, result, dy, into, add }) => {
    const a = entry(operands, 0);
    const b = entry(operands, 1);
    partials.forEach((partial, operand) => {
      const d = into[operand];
      if (!d) return;
      for (let k = 0; k < dy.length; k += 1) {
        add(d, k, at(dy, k) * partial(at(a, k), at(b, k), at(result, k)));
      }
    });
  };
}

/** What a view shows of its operand's element k comes back to k. */
function movement<K extends MovementName>(): Pullback<K> {
  return ({ node, dy, into: [dx], add }) => {
    if (!dx) return;
    // NodeOf<K> for a generic K is one member of the union that movementOf takes.
    movementOf(node as unknown as Parameters<typeof movementOf>[0]).forEach((source, k) => {
      if (source !== nowhere) add(dx, source, at(dy, k));
    });
  };
}

export function accumulate(into: Float64Array, index: number, value: number): void {
  into[index] = at(into, index) + value;
}
