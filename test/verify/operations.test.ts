import { describe, expect, it } from "vitest";
import { type Node, type OperationName, sizeOf } from "../../src/graph/index.ts";
import { Random } from "../../src/verify/data.ts";
import { differenceAlong } from "../../src/verify/differences.ts";
import { dualGradient } from "../../src/verify/dual.ts";
import { pullbacks } from "../../src/verify/local-derivatives.ts";
import { tapeGradients } from "../../src/verify/tape.ts";
import { tensorFlowGradients } from "../../src/verify/tfjs.ts";
import { HandBuilder } from "../support/graphs.ts";

/** One operation between leaves `x` (batched) and parameters `p`, `q` of shape 2×3. */
interface Case {
  readonly make: (build: HandBuilder, p: Node, q: Node, x: Node) => Node;
  /** Parameters are drawn from [low, high); default (−1.5, 1.5). */
  readonly from?: readonly [low: number, high: number];
}

const shape = [2, 3];
const unary = (name: OperationName, from?: readonly [number, number]): Case => ({
  make: (build, p, _, x) => build.node(name, [build.node("multiply", [p, x], shape, {})], shape, {}),
  ...(from ? { from } : {}),
});
const binary = (name: OperationName, from?: readonly [number, number]): Case => ({
  make: (build, p, q, x) => build.node(name, [build.node("multiply", [p, x], shape, {}), q], shape, {}),
  ...(from ? { from } : {}),
});

/** Everything through which a derivative flows. `x` is drawn from (0.5, 1). */
const cases: Readonly<Record<string, Case>> = {
  negate: unary("negate"),
  abs: unary("abs"),
  exp: unary("exp"),
  expm1: unary("expm1"),
  log: unary("log", [0.5, 2]),
  log1p: unary("log1p", [-0.8, 2]),
  sqrt: unary("sqrt", [0.5, 2]),
  sin: unary("sin"),
  cos: unary("cos"),
  tan: unary("tan", [-1.2, 1.2]),
  asin: unary("asin", [-0.9, 0.9]),
  acos: unary("acos", [-0.9, 0.9]),
  atan: unary("atan"),
  sinh: unary("sinh"),
  cosh: unary("cosh"),
  tanh: unary("tanh"),
  asinh: unary("asinh"),
  acosh: unary("acosh", [2.5, 4]),
  atanh: unary("atanh", [-0.9, 0.9]),
  erf: unary("erf"),
  sigmoid: unary("sigmoid"),
  softplus: unary("softplus"),
  add: binary("add"),
  subtract: binary("subtract"),
  multiply: binary("multiply"),
  divide: binary("divide", [0.5, 2]),
  power: binary("power", [0.5, 2]),
  maximum: binary("maximum"),
  minimum: binary("minimum"),
  select: {
    make: (build, p, q, x) =>
      build.node("select", [build.node("less", [p, x], shape, {}, "boolean"), p, q], shape, {}),
  },
  whenTraining: {
    make: (build, p, q, x) =>
      build.node("whenTraining", [build.node("multiply", [p, x], shape, {}), q], shape, {}),
  },
  broadcast: {
    make: (build, p) => build.node("broadcast", [p], [2, 4, 3], { shape: [2, 4, 3], axes: [0, 2] }),
  },
  permute: {
    make: (build, p, _, x) =>
      build.node("permute", [build.node("add", [p, x], shape, {})], [3, 2], { order: [1, 0] }),
  },
  reshape: { make: (build, p) => build.node("reshape", [p], [6], { shape: [6] }) },
  slice: {
    make: (build, p) => build.node("slice", [p], [2, 2], { starts: [0, 2], sizes: [2, 2], steps: [1, -2] }),
  },
  pad: {
    make: (build, p) => build.node("pad", [p], [5, 4], { shape: [5, 4], starts: [1, 3], steps: [2, -1] }),
  },
  "pad with a number": {
    make: (build, p) =>
      build.node(
        "reduce",
        [build.node("pad", [p], [4, 3], { shape: [4, 3], starts: [1, 0], steps: [1, 1], value: -Infinity })],
        [3],
        { kind: "max", axes: [0] },
      ),
  },
  window: {
    make: (build, p) =>
      build.node("window", [p], [2, 2, 2], { axes: [1], sizes: [2], strides: [1], dilations: [1] }),
  },
  "window of two axes": {
    make: (build, p, _, x) =>
      build.node("window", [build.node("add", [p, x], shape, {})], [1, 1, 2, 2], {
        axes: [0, 1],
        sizes: [2, 2],
        strides: [3, 2],
        dilations: [1, 2],
      }),
  },
  overlapAdd: {
    make: (build, p, _, x) =>
      build.node("overlapAdd", [build.node("multiply", [p, x], shape, {})], [4], {
        axes: [0],
        extents: [4],
        strides: [1],
        dilations: [1],
      }),
  },
  concatenate: { make: (build, p, q, x) => build.node("concatenate", [p, x, q], [2, 9], { axis: 1 }) },
  gather: {
    make: (build, p) =>
      build.node("gather", [p, build.node("iota", [], [2], { axis: 0 }, "integer")], [2, 3], {}),
  },
  scatterAdd: {
    make: (build, p) =>
      build.node("scatterAdd", [build.node("iota", [], [2], { axis: 0 }, "integer"), p], [4, 3], { size: 4 }),
  },
  einsum: {
    make: (build, p, q, x) =>
      build.node("einsum", [p, build.node("multiply", [q, x], shape, {})], [2, 2], {
        specification: "ab,cb->ac",
      }),
  },
  "reduce sum": {
    make: (build, p, _, x) =>
      build.node("reduce", [build.node("multiply", [p, x], shape, {})], [3], { kind: "sum", axes: [0] }),
  },
  "reduce max": {
    make: (build, p, _, x) =>
      build.node("reduce", [build.node("multiply", [p, x], shape, {})], [2], { kind: "max", axes: [1] }),
  },
  "reduce min": {
    make: (build, p, _, x) =>
      build.node("reduce", [build.node("multiply", [p, x], shape, {})], [], { kind: "min", axes: [0, 1] }),
  },
  "reduce logSumExp": {
    make: (build, p, _, x) =>
      build.node("reduce", [build.node("multiply", [p, x], shape, {})], [2], {
        kind: "logSumExp",
        axes: [1],
      }),
  },
};

const batchSize = 3;

/** loss = mean over the batch of Σ y², so that adjoints differ from element to element and from sample to sample. */
function lossOf(build: HandBuilder, y: Node, kind: "sum" | "mean"): Node {
  const axes = y.type.shape.map((_, axis) => axis);
  const square = build.node("multiply", [y, y], y.type.shape, {});
  const sum = axes.length === 0 ? square : build.node("reduce", [square], [], { kind: "sum", axes });
  return sum.type.batched ? build.node("batchReduce", [sum], [], { kind }) : sum;
}

describe.each(Object.entries(cases))("%s", (name, { make, from: [low, high] = [-1.5, 1.5] }) => {
  const build = new HandBuilder();
  const [p, q, x] = [build.parameter("p", shape), build.parameter("q", shape), build.input("x", shape)];
  const loss = lossOf(build, make(build, p, q, x), name.length % 2 === 0 ? "sum" : "mean");
  const random = new Random(20 + name.length);
  const leaves = new Map<Node, Float64Array>([
    [p, random.array(sizeOf(shape), () => low + (high - low) * random.uniform())],
    [q, random.array(sizeOf(shape), () => low + (high - low) * random.uniform())],
    [x, random.array(sizeOf(shape) * batchSize, () => 0.5 + random.uniform() / 2)],
  ]);
  const bindings = { batchSize, leaves };
  const { gradients } = tapeGradients(loss, [p, q, x], bindings);
  const scale = Math.max(...[...gradients.values()].flatMap((each) => [...each.map(Math.abs)]));

  it.each([p, q, x])("tape, duals and differences agree on leaf $attributes.name", (leaf) => {
    const tape = gradients.get(leaf) ?? new Float64Array();
    const dual = dualGradient(loss, leaf, bindings);
    tape.forEach((derivative, k) => {
      expect(Math.abs(derivative - (dual[k] ?? NaN))).toBeLessThanOrEqual(2e-14 * scale);
      const unit = new Float64Array(tape.length);
      unit[k] = 1;
      const difference = differenceAlong(loss, new Map([[leaf, unit]]), bindings);
      if (difference.kind === "skipped") throw new Error(difference.reason);
      expect(Math.abs(derivative - difference.derivative)).toBeLessThanOrEqual(1e-8 * scale);
    });
  });

  it("TensorFlow.js agrees, in single precision", async () => {
    const judged = await tensorFlowGradients(loss, [p, q, x], bindings);
    if (judged.kind === "skipped") throw new Error(judged.reason);
    for (const [leaf, gradient] of gradients) {
      const outside = judged.gradients.get(leaf);
      gradient.forEach((derivative, k) => {
        expect(Math.abs(derivative - (outside?.[k] ?? NaN))).toBeLessThanOrEqual(1e-5 * scale);
      });
    }
  });

  it("has a derivative that is not zero", () => {
    expect(Math.max(...(gradients.get(p) ?? []).map(Math.abs))).toBeGreaterThan(0.01);
  });
});

it("covers every operation that the tape has a derivative of", () => {
  const derived = Object.entries(pullbacks).flatMap(([name, pullback]) => (pullback ? [name] : []));
  const covered = new Set(Object.keys(cases).map((name) => name.split(" ")[0]));
  expect(derived.filter((name) => !covered.has(name))).toEqual([]);
});

describe("conventions where there is no derivative", () => {
  /** ∂/∂p of the sum of `make(p)` at p, by the tape and by duals. */
  const both = (p: number[], make: (build: HandBuilder, p: Node) => Node): number[][] => {
    const build = new HandBuilder();
    const leaf = build.parameter("p", [p.length]);
    const y = make(build, leaf);
    const axes = y.type.shape.map((_, axis) => axis);
    const loss = axes.length === 0 ? y : build.node("reduce", [y], [], { kind: "sum", axes });
    const bindings = { batchSize: 1, leaves: new Map([[leaf, p]]) };
    return [
      [...(tapeGradients(loss, [leaf], bindings).gradients.get(leaf) ?? [])],
      [...dualGradient(loss, leaf, bindings)],
    ];
  };

  it("relu′(0) = 0 and min(0, 0)′ goes to the second", () => {
    const relu = both([0, 1, -1], (b, p) => b.node("maximum", [p, b.constant(0, [3])], [3], {}));
    expect(relu).toEqual([
      [0, 1, 0],
      [0, 1, 0],
    ]);
    expect(both([0], (b, p) => b.node("minimum", [b.constant(0, [1]), p], [1], {}))).toEqual([[1], [1]]);
  });

  it("|x|′(0) = 0; sign, floor, ceil, round are flat", () => {
    expect(both([0, -2], (b, p) => b.node("abs", [p], [2], {}))).toEqual([
      [0, -1],
      [0, -1],
    ]);
    for (const name of ["sign", "floor", "ceil", "round", "stopGradient"] as const) {
      expect(both([0.7], (b, p) => b.node(name, [p], [1], {}))).toEqual([[0], [0]]);
    }
  });

  it("elements that attain a maximum share its derivative", () => {
    const max = both([3, 1, 3], (b, p) => b.node("reduce", [p], [], { kind: "max", axes: [0] }));
    expect(max).toEqual([
      [0.5, 0, 0.5],
      [0.5, 0, 0.5],
    ]);
  });

  it("(x⁰)′ = 0 and ∂(0ᵖ)/∂p = 0", () => {
    expect(both([0], (b, p) => b.node("power", [p, b.constant(0, [1])], [1], {}))).toEqual([[0], [0]]);
    expect(both([2], (b, p) => b.node("power", [b.constant(0, [1]), p], [1], {}))).toEqual([[0], [0]]);
  });
});
