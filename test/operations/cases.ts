import {
  closeRecurrence,
  type ElementType,
  type Node,
  type NodeOf,
  type OperationName,
  type TensorType,
} from "../../src/graph/index.ts";
import type { Builder } from "../../src/operations/index.ts";
import type { Random } from "./random.ts";

/** One leaf of a case, and how its elements are drawn. */
export interface LeafCase {
  readonly shape: readonly number[];
  readonly element: ElementType;
  readonly draw: (random: Random) => number;
}

/** One use of an operation, at points where it is smooth. */
export interface OperationCase {
  readonly name: string;
  readonly leaves: readonly LeafCase[];
  readonly make: (build: Builder, leaves: readonly Node[]) => Node;
  /** The shape that must come out. */
  readonly shape: readonly number[];
  /** Which leaves vary over the batch; tried every way unless given. */
  readonly batched?: readonly (readonly boolean[])[];
  /** Its derivative is not the limit of differences but declared: see conventions.test.ts. */
  readonly hasDeclaredDerivative?: true;
}

type Draw = LeafCase["draw"];

function between(low: number, high: number): Draw {
  return (random) => low + (high - low) * random();
}

/** Of either sign, at least `gap` away from 0. */
function eitherSide(gap: number, reach: number): Draw {
  return (random) => (random() < 0.5 ? -1 : 1) * between(gap, reach)(random);
}

function real(shape: readonly number[], draw: Draw = between(-1.5, 1.5)): LeafCase {
  return { shape, element: "real", draw };
}

function indices(categories: number, shape: readonly number[]): LeafCase {
  return { shape, element: "integer", draw: (random) => Math.floor(random() * categories) };
}

function truths(shape: readonly number[]): LeafCase {
  return { shape, element: "boolean", draw: (random) => (random() < 0.5 ? 0 : 1) };
}

/** Operations without attributes, whose uses differ only in their operands. */
type PlainName = Exclude<
  OperationName,
  | "input"
  | "parameter"
  | "constant"
  | "literal"
  | "iota"
  | "state"
  | "random"
  | "broadcast"
  | "permute"
  | "reshape"
  | "slice"
  | "pad"
  | "window"
  | "overlapAdd"
  | "concatenate"
  | "scatterAdd"
  | "einsum"
  | "reduce"
  | "batchReduce"
>;

function plain(name: PlainName, leaves: readonly LeafCase[], note = ""): OperationCase {
  const shape = leaves.at(-1)?.shape ?? [];
  return { name: name + note, leaves, make: (build, xs) => build.apply(name, xs, {}), shape };
}

function unary(name: PlainName, draw?: Draw): readonly OperationCase[] {
  return [plain(name, [real([2, 3], draw)]), plain(name, [real([], draw)], " of a scalar")];
}

function binary(name: PlainName, drawA?: Draw, drawB = drawA): readonly OperationCase[] {
  return [plain(name, [real([2, 3], drawA), real([2, 3], drawB)])];
}

function compared(name: PlainName): readonly OperationCase[] {
  return [...binary(name), plain(name, [indices(3, [6]), indices(3, [6])], " of integers")];
}

function view(
  name: string,
  shapes: readonly (readonly number[])[],
  shape: readonly number[],
  make: OperationCase["make"],
): OperationCase {
  return { name, leaves: shapes.map((each) => real(each)), make, shape };
}

/** x^c with a constant c. */
function constantPower(c: number, draw: Draw): OperationCase {
  return {
    name: `power ${c}`,
    leaves: [real([4], draw)],
    make: (build, [x]) => build.apply("power", [...some(x), build.constant(c, [4])], {}),
    shape: [4],
  };
}

function reduction(kind: "sum" | "max" | "min" | "logSumExp", axes: readonly number[]): OperationCase {
  const extents = [2, 3, 4];
  return view(
    `${kind} over ${axes.join()}`,
    [extents],
    extents.filter((_, axis) => !axes.includes(axis)),
    (build, xs) => build.apply("reduce", xs, { kind, axes }),
  );
}

function windowing(
  name: string,
  shape: readonly number[],
  axes: readonly number[],
  sizes: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
): OperationCase {
  const positions = shape.map((extent, axis) => {
    const k = axes.indexOf(axis);
    const [size = 1, stride = 1, dilation = 1] = [sizes[k], strides[k], dilations[k]];
    let count = 0;
    for (let start = 0; start + (size - 1) * dilation < extent; start += stride) count += 1;
    return k < 0 ? extent : count;
  });
  return view(`windows: ${name}`, [shape], [...positions, ...sizes], (b, xs) =>
    b.apply("window", xs, { axes, sizes, strides, dilations }),
  );
}

function overlapping(
  name: string,
  shape: readonly number[],
  axes: readonly number[],
  extents: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
): OperationCase {
  const whole = shape
    .slice(0, shape.length - axes.length)
    .map((extent, k) => extents[axes.indexOf(k)] ?? extent);
  return view(`overlapAdd: ${name}`, [shape], whole, (b, xs) =>
    b.apply("overlapAdd", xs, { axes, extents, strides, dilations }),
  );
}

function contraction(
  specification: string,
  a: readonly number[],
  b: readonly number[],
  shape: readonly number[],
): OperationCase {
  return view(specification, [a, b], shape, (build, xs) => build.apply("einsum", xs, { specification }));
}

function leafOf<K extends OperationName>(
  name: K,
  shape: readonly number[],
  make: (build: Builder) => Node | NodeOf<K>,
): readonly OperationCase[] {
  // NodeOf of some name is a member of the union Node.
  return [{ name, leaves: [], make: (build) => make(build) as Node, shape }];
}

function realOf(shape: readonly number[]): TensorType {
  return { shape, batched: false, element: "real" };
}

function some(x: Node | undefined): readonly Node[] {
  return x === undefined ? [] : [x];
}

/** Uses of every operation. An operation without any does not compile. */
export const operationCases: { readonly [K in OperationName]: readonly OperationCase[] } = {
  input: leafOf("input", [3], (build) => build.leaf("input", { name: "x", role: "input" }, realOf([3]))),
  parameter: leafOf("parameter", [2], (build) => build.leaf("parameter", { name: "W" }, realOf([2]))),
  constant: leafOf("constant", [2, 2], (build) => build.constant(-1.5, [2, 2])),
  literal: leafOf("literal", [3], (build) => build.leaf("literal", { data: [1, -2, 3] }, realOf([3]))),
  iota: leafOf("iota", [2, 3], (build) => build.iota([2, 3], 1)),
  batchSize: leafOf("batchSize", [], (build) => build.batchSize()),
  state: leafOf("state", [2], (build) => build.leaf("state", { name: "m", parameter: "W" }, realOf([2]))),
  random: [true, false].flatMap((batched) =>
    leafOf("random", [2, 3], (build) => build.leaf("random", { stream: 4 }, { ...realOf([2, 3]), batched })),
  ),
  step: leafOf("step", [], (build) => build.leaf("step", {}, realOf([]))),
  placeholder: leafOf("placeholder", [2], (build) => build.placeholder(realOf([2]))),
  delay: leafOf("delay", [3, 2], (build) => {
    const delay = build.delay({ axis: 0, level: 0, reverse: false }, realOf([3, 2]));
    closeRecurrence(delay, { initial: build.constant(0, [2]), next: build.constant(1, [3, 2]) });
    return delay;
  }),

  negate: unary("negate"),
  abs: unary("abs", eitherSide(0.1, 2)),
  sign: unary("sign", eitherSide(0.1, 2)),
  floor: unary("floor", between(1.1, 1.9)),
  ceil: unary("ceil", between(-2.9, -2.1)),
  round: unary("round", between(-0.4, 0.4)),
  exp: unary("exp"),
  expm1: unary("expm1"),
  log: unary("log", between(0.2, 3)),
  log1p: unary("log1p", between(-0.8, 3)),
  sqrt: unary("sqrt", between(0.2, 3)),
  sin: unary("sin"),
  cos: unary("cos"),
  tan: unary("tan", between(-1.2, 1.2)),
  asin: unary("asin", between(-0.9, 0.9)),
  acos: unary("acos", between(-0.9, 0.9)),
  atan: unary("atan"),
  sinh: unary("sinh"),
  cosh: unary("cosh"),
  tanh: unary("tanh"),
  asinh: unary("asinh"),
  acosh: unary("acosh", between(1.2, 3)),
  atanh: unary("atanh", between(-0.9, 0.9)),
  erf: unary("erf"),
  sigmoid: unary("sigmoid", between(-5, 5)),
  softplus: unary("softplus", between(-5, 5)),
  not: [plain("not", [truths([4])])],
  toReal: [plain("toReal", [indices(7, [4])])],

  add: binary("add"),
  subtract: binary("subtract"),
  multiply: binary("multiply"),
  divide: binary("divide", eitherSide(0.3, 2)),
  power: [
    ...binary("power", between(0.3, 2), between(-2, 2)),
    ...[-8, -3, -2, -1, 0, 1, 2, 3, 4, 7, 8].map((c) => constantPower(c, eitherSide(0.4, 1.4))),
    ...[-9, 9, 0.5, -0.5, 2.5].map((c) => constantPower(c, between(0.4, 1.4))),
    {
      name: "power of a constant base",
      leaves: [real([3])],
      make: (build, xs) => build.apply("power", [build.constant(0.7, [3]), ...xs], {}),
      shape: [3],
    },
  ],
  maximum: binary("maximum"),
  minimum: binary("minimum"),
  less: compared("less"),
  lessEqual: compared("lessEqual"),
  greater: compared("greater"),
  greaterEqual: compared("greaterEqual"),
  equal: compared("equal"),
  notEqual: compared("notEqual"),
  and: [plain("and", [truths([6]), truths([6])])],
  or: [plain("or", [truths([6]), truths([6])])],
  select: [plain("select", [truths([2, 3]), real([2, 3]), real([2, 3])])],

  broadcast: [
    view("a scalar over 2×3", [[]], [2, 3], (b, xs) => b.apply("broadcast", xs, { shape: [2, 3], axes: [] })),
    view("3 over 2×3", [[3]], [2, 3], (b, xs) => b.apply("broadcast", xs, { shape: [2, 3], axes: [1] })),
    view("2×3 over 2×4×3", [[2, 3]], [2, 4, 3], (b, xs) =>
      b.apply("broadcast", xs, { shape: [2, 4, 3], axes: [0, 2] }),
    ),
  ],
  permute: [
    view("transpose", [[2, 3]], [3, 2], (b, xs) => b.apply("permute", xs, { order: [1, 0] })),
    view("a rotation of axes", [[2, 3, 4]], [4, 2, 3], (b, xs) =>
      b.apply("permute", xs, { order: [2, 0, 1] }),
    ),
  ],
  reshape: [
    view("2×6 to 3×4", [[2, 6]], [3, 4], (b, xs) => b.apply("reshape", xs, { shape: [3, 4] })),
    view("one element to a scalar", [[1, 1]], [], (b, xs) => b.apply("reshape", xs, { shape: [] })),
  ],
  slice: [
    view("a part of a matrix", [[4, 5]], [2, 3], (b, xs) =>
      b.apply("slice", xs, { starts: [1, 2], sizes: [2, 3], steps: [1, 1] }),
    ),
    view("every second, backwards every third", [[5, 7]], [3, 3], (b, xs) =>
      b.apply("slice", xs, { starts: [0, 6], sizes: [3, 3], steps: [2, -3] }),
    ),
  ],
  pad: [
    view("in the middle of zeros", [[2, 3]], [4, 6], (b, xs) =>
      b.apply("pad", xs, { shape: [4, 6], starts: [1, 2], steps: [1, 1] }),
    ),
    view("backwards", [[3]], [5], (b, xs) => b.apply("pad", xs, { shape: [5], starts: [3], steps: [-1] })),
    view("with gaps", [[3, 3]], [6, 8], (b, xs) =>
      b.apply("pad", xs, { shape: [6, 8], starts: [1, 7], steps: [2, -3] }),
    ),
    view("in the middle of a number", [[2, 3]], [4, 6], (b, xs) =>
      b.apply("pad", xs, { shape: [4, 6], starts: [1, 2], steps: [1, 1], value: -2.5 }),
    ),
  ],
  window: [
    windowing("windows of a vector", [7], [0], [3], [1], [1]),
    windowing("strides that leave elements out, dilated", [9, 2], [0], [2], [3], [2]),
    windowing("of two axes", [2, 4, 5], [1, 2], [2, 3], [1, 2], [2, 1]),
    windowing("side by side", [4, 6], [0, 1], [2, 3], [2, 3], [1, 1]),
    windowing("of one element each", [3, 4], [0, 1], [1, 1], [1, 1], [1, 1]),
    windowing("one that is all there is", [3, 4], [0, 1], [3, 4], [5, 5], [1, 1]),
  ],
  overlapAdd: [
    overlapping("windows of a vector", [5, 3], [0], [7], [1], [1]),
    overlapping("past the edge, dilated", [3, 2, 2], [0], [9], [3], [2]),
    overlapping("of two axes", [2, 2, 2, 2, 3], [1, 2], [4, 5], [1, 2], [2, 1]),
    overlapping("side by side", [2, 2, 2, 3], [0, 1], [4, 6], [2, 3], [1, 1]),
    overlapping("side by side with gaps", [2, 3, 2, 2], [0, 1], [5, 9], [3, 3], [1, 1]),
    overlapping("of one element each", [3, 4, 1, 1], [0, 1], [3, 4], [1, 1], [1, 1]),
  ],
  concatenate: [
    view(
      "rows",
      [
        [1, 2],
        [3, 2],
        [2, 2],
      ],
      [6, 2],
      (b, xs) => b.apply("concatenate", xs, { axis: 0 }),
    ),
    view(
      "columns",
      [
        [2, 1],
        [2, 3],
      ],
      [2, 4],
      (b, xs) => b.apply("concatenate", xs, { axis: 1 }),
    ),
  ],

  gather: [
    { ...plain("gather", [real([4, 2]), indices(4, [3])]), shape: [3, 2] },
    { ...plain("gather", [real([4]), indices(4, [])], " of one element"), shape: [] },
    { ...plain("gather", [real([3, 2]), indices(3, [2, 2])], " by a matrix"), shape: [2, 2, 2] },
  ],
  scatterAdd: [
    {
      name: "scatterAdd of rows",
      leaves: [indices(4, [3]), real([3, 2])],
      make: (build, xs) => build.apply("scatterAdd", xs, { size: 4 }),
      shape: [4, 2],
    },
    {
      name: "scatterAdd of one element",
      leaves: [indices(3, []), real([])],
      make: (build, xs) => build.apply("scatterAdd", xs, { size: 3 }),
      shape: [3],
    },
  ],

  einsum: [
    contraction("ab,b->a", [3, 4], [4], [3]),
    contraction("ab,bc->ac", [2, 3], [3, 4], [2, 4]),
    contraction("a,a->", [5], [5], []),
    contraction("a,b->ab", [2], [3], [2, 3]),
    contraction("ab,ab->ab", [2, 3], [2, 3], [2, 3]),
    contraction("abc,acd->abd", [2, 3, 4], [2, 4, 5], [2, 3, 5]),
    contraction("ab,c->a", [2, 3], [4], [2]), // axes summed over one operand alone
    contraction("abc,c->b", [2, 3, 4], [4], [3]),
    contraction(",a->a", [], [3], [3]),
    contraction("ab,ba->", [2, 3], [3, 2], []),
  ],
  reduce: [
    ...(["sum", "max", "min", "logSumExp"] as const).flatMap((kind) => [
      reduction(kind, [0]),
      reduction(kind, [1]),
      reduction(kind, [0, 2]),
      reduction(kind, [0, 1, 2]),
    ]),
  ],
  batchReduce: (["sum", "mean"] as const).map((kind) => ({
    name: kind,
    leaves: [real([2, 3])],
    make: (build, xs) => build.apply("batchReduce", xs, { kind }),
    shape: [2, 3],
    batched: [[true]],
  })),

  stopGradient: [{ ...plain("stopGradient", [real([3])]), hasDeclaredDerivative: true }],
  whenTraining: [plain("whenTraining", [real([2, 3]), real([2, 3])])],
};
