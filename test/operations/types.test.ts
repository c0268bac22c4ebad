import { describe, expect, it } from "vitest";
import { InvariantError } from "../../src/diagnostics/index.ts";
import type { ElementType, Node, OperationAttributes, OperationName } from "../../src/graph/index.ts";
import { operationTable, TypeProblem } from "../../src/operations/index.ts";
import { newBuilder, realLeaf } from "./harness.ts";

/** Operands that do not fit, and what is said about them. */
interface Misfit<K extends OperationName> {
  readonly operands: readonly (readonly [
    shape: readonly number[],
    element?: ElementType,
    batched?: boolean,
  ])[];
  readonly attributes: OperationAttributes[K];
  readonly message: string;
}

const scalar = [[]] as const;
const matrix = [[4, 2]] as const;
const vector = [[3]] as const;

const notReal = {
  operands: [[[3], "boolean"]],
  attributes: {},
  message: "expected real numbers but found truth values",
} as const;
const ofLabels = {
  operands: [[[], "integer"]],
  attributes: {},
  message: "expected real numbers but found integers (class labels or ids)",
} as const;
const unary = [notReal, ofLabels] as const;
const unequalShapes = {
  operands: [matrix, vector],
  attributes: {},
  message: "the operands are 4×2 and 3: an elementwise operation needs equal shapes",
} as const;
const binary = [
  unequalShapes,
  { operands: [matrix, scalar], attributes: {}, message: unequalShapes.message.replace("3", "scalar") },
  { operands: [vector, [[3], "integer"]], attributes: {}, message: ofLabels.message },
] as const;
const comparison = [
  unequalShapes,
  {
    operands: [vector, [[3], "integer"]],
    attributes: {},
    message: "one operand has real numbers, the other integers (class labels or ids)",
  },
  {
    operands: [
      [[3], "boolean"],
      [[3], "boolean"],
    ],
    attributes: {},
    message: notReal.message,
  },
] as const;
const logical = [
  { operands: [vector, vector], attributes: {}, message: "expected truth values but found real numbers" },
] as const;
const neverInferred = { operands: [], message: "internal error: a leaf's type is declared" } as const;

const misfits: { readonly [K in OperationName]: readonly Misfit<K>[] } = {
  input: [{ ...neverInferred, attributes: { name: "x", role: "input" } }],
  parameter: [{ ...neverInferred, attributes: { name: "W" } }],
  constant: [{ ...neverInferred, attributes: { value: 1 } }],
  literal: [{ ...neverInferred, attributes: { data: [1] } }],
  iota: [{ ...neverInferred, attributes: { axis: 0 } }],
  batchSize: [{ ...neverInferred, attributes: {} }],
  state: [{ ...neverInferred, attributes: { name: "m", parameter: "W" } }],
  step: [{ ...neverInferred, attributes: {} }],
  placeholder: [{ ...neverInferred, attributes: { id: 0 } }],
  delay: [{ ...neverInferred, attributes: { id: 0, axis: 0, level: 0, reverse: false } }],
  random: [{ ...neverInferred, attributes: { stream: 0 } }],
  negate: unary,
  abs: unary,
  sign: unary,
  floor: unary,
  ceil: unary,
  round: unary,
  exp: unary,
  expm1: unary,
  log: unary,
  log1p: unary,
  sqrt: unary,
  sin: unary,
  cos: unary,
  tan: unary,
  asin: unary,
  acos: unary,
  atan: unary,
  sinh: unary,
  cosh: unary,
  tanh: unary,
  asinh: unary,
  acosh: unary,
  atanh: unary,
  erf: unary,
  sigmoid: unary,
  softplus: unary,
  not: [{ operands: [vector], attributes: {}, message: "expected truth values but found real numbers" }],
  toReal: [
    {
      operands: [vector],
      attributes: {},
      message: "expected integers (class labels or ids) but found real numbers",
    },
  ],
  add: binary,
  subtract: binary,
  multiply: binary,
  divide: binary,
  power: binary,
  maximum: binary,
  minimum: binary,
  less: comparison,
  lessEqual: comparison,
  greater: comparison,
  greaterEqual: comparison,
  equal: comparison,
  notEqual: comparison,
  and: logical,
  or: logical,
  select: [
    {
      operands: [vector, vector, vector],
      attributes: {},
      message: "expected truth values but found real numbers",
    },
    { operands: [[[3], "boolean"], vector, matrix], attributes: {}, message: "the operands are 3 and 4×2" },
    { operands: [[[4], "boolean"], vector, vector], attributes: {}, message: "the operands are 4 and 3" },
    {
      operands: [[[3], "boolean"], vector, [[3], "integer"]],
      attributes: {},
      message: "one operand has real numbers",
    },
  ],
  broadcast: [
    {
      operands: [vector],
      attributes: { shape: [2, 4], axes: [1] },
      message: "a value of shape 3 cannot be spread over 2×4",
    },
    {
      operands: [matrix],
      attributes: { shape: [2, 4], axes: [1, 0] },
      message: "a value of shape 4×2 cannot be spread over 2×4",
    },
    { operands: [scalar], attributes: { shape: [2], axes: [0] }, message: "a value of shape scalar cannot" },
  ],
  permute: [
    {
      operands: [matrix],
      attributes: { order: [1, 1] },
      message: "(1, 1) does not order the axes of a value of shape 4×2",
    },
    { operands: [matrix], attributes: { order: [0] }, message: "(0) does not order" },
  ],
  reshape: [
    {
      operands: [matrix],
      attributes: { shape: [3, 3] },
      message: "a value of shape 4×2 has 8 elements, but 3×3 holds 9",
    },
  ],
  slice: [
    {
      operands: [vector],
      attributes: { starts: [1], sizes: [3], steps: [1] },
      message: "index 4 is outside of 1 … 3, the range of dimension 1 of a value of shape 3",
    },
    {
      operands: [matrix],
      attributes: { starts: [0, -1], sizes: [1, 1], steps: [1, 1] },
      message: "index 0 is outside of 1 … 2, the range of dimension 2",
    },
    {
      operands: [vector],
      attributes: { starts: [1], sizes: [0], steps: [1] },
      message: "the range along dimension 1 is empty",
    },
    {
      operands: [vector],
      attributes: { starts: [1], sizes: [2], steps: [0] },
      message: "the range along dimension 1 has step 0",
    },
    {
      operands: [matrix],
      attributes: { starts: [1], sizes: [2], steps: [1] },
      message: "1 indices do not index a value of shape 4×2",
    },
  ],
  pad: [
    {
      operands: [vector],
      attributes: { shape: [4], starts: [2], steps: [1] },
      message: "a value of shape 3 does not fit into 4 there",
    },
    { operands: [vector], attributes: { shape: [4], starts: [0], steps: [0] }, message: "does not fit" },
  ],
  window: [
    {
      operands: [matrix],
      attributes: { axes: [1], sizes: [3], strides: [1], dilations: [1] },
      message: "a window of 3 elements does not fit into the 2 of dimension 2 of a value of shape 4×2",
    },
    {
      operands: [matrix],
      attributes: { axes: [0], sizes: [3], strides: [1], dilations: [2] },
      message: "a window of 5 elements does not fit into the 4 of dimension 1",
    },
    {
      operands: [matrix],
      attributes: { axes: [2], sizes: [1], strides: [1], dilations: [1] },
      message: "a value of shape 4×2 has no windows along dimension 3",
    },
    {
      operands: [matrix],
      attributes: { axes: [1, 0], sizes: [1, 1], strides: [1, 1], dilations: [1, 1] },
      message: "a value of shape 4×2 has no windows along dimension 2, 1",
    },
    {
      operands: [matrix],
      attributes: { axes: [0], sizes: [2], strides: [0], dilations: [1] },
      message: "sizes, strides and dilations are positive whole numbers, and 0 is none",
    },
  ],
  overlapAdd: [
    {
      operands: [matrix],
      attributes: { axes: [0], extents: [6], strides: [1], dilations: [1] },
      message: "windows of shape 4×2 are not those of 6 elements",
    },
    {
      operands: [vector],
      attributes: { axes: [0], extents: [6], strides: [1], dilations: [1] },
      message: "a value of shape scalar has no windows along dimension 1",
    },
    {
      operands: [[[4, 2], "integer"]],
      attributes: { axes: [0], extents: [5], strides: [1], dilations: [1] },
      message: "expected real numbers",
    },
  ],
  concatenate: [
    {
      operands: [matrix, vector],
      attributes: { axis: 0 },
      message: "the operands are 4×2 and 3: they may differ in dimension 1 only",
    },
    {
      operands: [matrix, [[4, 3]]],
      attributes: { axis: 0 },
      message: "the operands are 4×2 and 4×3: they may differ in dimension 1 only",
    },
    {
      operands: [scalar, scalar],
      attributes: { axis: 0 },
      message: "a value of shape scalar has no dimension 1",
    },
    {
      operands: [vector, [[3], "integer"]],
      attributes: { axis: 0 },
      message: "one operand has real numbers",
    },
  ],
  gather: [
    {
      operands: [matrix, vector],
      attributes: {},
      message: "expected integers (class labels or ids) but found real numbers",
    },
    { operands: [scalar, [[], "integer"]], attributes: {}, message: "a scalar has no rows to look up" },
    {
      operands: [
        [[3], "integer"],
        [[], "integer"],
      ],
      attributes: {},
      message: "the table of shape 3 must hold real numbers",
    },
  ],
  scatterAdd: [
    {
      operands: [[[2], "integer"], vector],
      attributes: { size: 5 },
      message: "the operands are 2 and 3: there must be one row a place",
    },
    { operands: [vector, vector], attributes: { size: 5 }, message: "expected integers" },
  ],
  einsum: [
    {
      operands: [matrix, vector],
      attributes: { specification: "ab,b->a" },
      message: "the operands are 4×2 and 3: the inner sizes 2 and 3 differ",
    },
    {
      operands: [matrix, vector],
      attributes: { specification: "ij,j->i" },
      message: 'internal error: "ij,j->i" is canonical',
    },
    {
      operands: [vector, vector],
      attributes: { specification: "ab,b->a" },
      message: 'internal error: "ab" names the axes of a value of shape 3',
    },
    {
      operands: [matrix, vector],
      attributes: { specification: "aa,b->a" },
      message: "internal error: no letter repeats",
    },
    {
      operands: [matrix, vector],
      attributes: { specification: "ab,c->d" },
      message: "internal error: the output's letters",
    },
  ],
  reduce: [
    {
      operands: [matrix],
      attributes: { kind: "sum", axes: [2] },
      message: "a value of shape 4×2 has no dimension 3 to reduce over",
    },
    {
      operands: [matrix],
      attributes: { kind: "max", axes: [1, 0] },
      message: "a value of shape 4×2 has no dimension",
    },
    {
      operands: [[[3], "boolean"]],
      attributes: { kind: "sum", axes: [0] },
      message: "expected real numbers",
    },
  ],
  batchReduce: [
    { operands: [vector], attributes: { kind: "sum" }, message: "the operand is the same for every sample" },
    { operands: [[[3], "integer", true]], attributes: { kind: "sum" }, message: "expected real numbers" },
  ],
  stopGradient: [],
  whenTraining: comparison.slice(0, 2),
};

function typesOf(operands: Misfit<OperationName>["operands"]): readonly Node["type"][] {
  return operands.map(([shape, element = "real", batched = false]) => ({ shape, element, batched }));
}

function expectRejected<K extends OperationName>(
  name: K,
  { operands, attributes, message }: Misfit<K>,
): void {
  const infer = () => operationTable[name].infer(typesOf(operands), attributes);
  expect(infer).toThrow(message);
  expect(infer).toThrow(message.startsWith("internal error") ? InvariantError : TypeProblem);
}

describe.each(Object.keys(misfits) as OperationName[])("%s", (name) => {
  it("says what does not fit", () => {
    // Indexing by a name gives the misfits of that name's operation.
    for (const misfit of misfits[name]) expectRejected(name, misfit as Misfit<typeof name>);
    expect(misfits[name].length > 0).toBe(name !== "stopGradient"); // which fits anything
  });
});

describe("Builder", () => {
  it("makes canonical contractions, so that equal ones are one node", () => {
    const build = newBuilder();
    const [a, b] = [matrix, [[2]] as const].map(([shape], k) =>
      realLeaf(build, `x${k}`, { shape, element: "real", batched: false }),
    ) as [Node, Node]; // two shapes give two leaves
    expect(build.einsum("ij,j->i", a, b)).toBe(build.einsum("xy,y->x", a, b));
  });

  it("makes no leaf of an operation with operands", () => {
    const type = { shape: [], element: "real", batched: false } as const;
    expect(() => newBuilder().leaf("tanh", {}, type)).toThrow("tanh is no leaf");
  });

  it("counts samples where the batch sum is of a shared value", () => {
    const build = newBuilder();
    const shared = build.constant(2, [3]);
    const sum = build.batchSum(shared);
    expect(sum.type).toEqual(shared.type);
    expect(sum.operation).toBe("multiply");
    expect(build.batchMean(shared)).toBe(shared);
  });
});
