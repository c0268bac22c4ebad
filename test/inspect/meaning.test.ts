import fc from "fast-check";
import { all, create } from "mathjs";
import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import type { DerivedNetwork, Node } from "../../src/graph/index.ts";
import { type Equation, formulas } from "../../src/inspect/index.ts";
import { evaluate, withoutRecurrences } from "../../src/verify/index.ts";
import {
  deepRegression,
  iris,
  linearRegressionWithPrediction,
  Sketch,
  softmaxRegression,
  xor,
} from "./networks.ts";
import { readEquation, type Value } from "./reader.ts";

const samples = 3;

/** Numbers that are no accident of each other. */
function irregular(count: number, seed: number): Float64Array {
  return Float64Array.from({ length: count }, (_, k) => Math.sin(12.9898 * (k + 1) + 78.233 * seed) * 1.5);
}

function leavesOf(derived: DerivedNetwork): ReadonlyMap<Node, Float64Array> {
  const { inputs, targets, parameters } = derived.network;
  return new Map(
    [...inputs, ...targets, ...parameters].map((declaration, seed) => {
      const node = declaration.node as unknown as Node; // NodeOf<"input"> is a member of the union
      const size = node.type.shape.reduce(
        (product, extent) => product * extent,
        node.type.batched ? samples : 1,
      );
      const categories = node.operation === "input" ? node.attributes.categories : undefined;
      const data = irregular(size, seed + 1);
      return [node, categories === undefined ? data : data.map((_, k) => (k * 7 + seed) % categories)];
    }),
  );
}

/** Reads every formula in index notation back and compares its values with the interpreter's. */
function expectTrueFormulas(derived: DerivedNetwork): void {
  const leaves = leavesOf(derived);
  const values = new Map<string, Value>([["N", { extents: [], data: [samples] }]]);
  const extentsOf = (node: {
    readonly shape: readonly number[];
    readonly batched: boolean;
  }): readonly number[] => (node.batched ? [samples, ...node.shape] : node.shape);
  for (const [node, data] of leaves) {
    const name = derived.names.get(node) ?? "";
    // Formulas count labels from 1, as they do every index.
    values.set(name, {
      extents: extentsOf(node.type),
      data: node.type.element === "integer" ? data.map((k) => k + 1) : data,
    });
  }
  const sheet = formulas(derived);
  for (const equation of [...sheet.definitions, ...sheet.gradients, sheet.loss])
    values.set(equation.name, readEquation(equation.element, equation.index, extentsOf(equation), values));
  const recurrent = [derived.loss, ...derived.gradients.map(({ node }) => node)];
  const roots = recurrent.map(withoutRecurrences(derived.network.graph, recurrent));
  const truth = evaluate(roots, { batchSize: samples, leaves });
  const names = [sheet.loss, ...sheet.gradients].map(({ name }) => name);
  roots.forEach((root, position) => {
    const found = values.get(names[position] ?? "")?.data ?? [];
    const expected = truth.get(root) ?? new Float64Array();
    expect(found).toHaveLength(expected.length);
    expected.forEach((value, k) => {
      expect(Math.abs((found[k] ?? NaN) - value)).toBeLessThan(1e-9 * (1 + Math.abs(value)));
    });
  });
}

/** Reads whatever mentions only what is known, until nothing is left: a definition may mention a gradient. */
function resolve(equations: readonly Equation[], read: (equation: Equation) => void): void {
  const waiting = new Set(equations);
  for (let before = Infinity; waiting.size < before;) {
    before = waiting.size;
    for (const equation of waiting) {
      try {
        read(equation);
        waiting.delete(equation);
      } catch (error) {
        if (!/unknown name|Undefined symbol/.test(String(error))) throw error;
      }
    }
  }
  expect([...waiting].map(({ name }) => name)).toEqual([]);
}

describe("formulas in index notation mean what the graph computes", () => {
  it.each([linearRegressionWithPrediction, xor, iris, softmaxRegression, deepRegression])("%o", (network) => {
    expectTrueFormulas(network());
  });

  /** Σ of sin of something made of W and x, so that every gradient is interesting. */
  function lossOf(
    make: (s: Sketch, W: Node, x: Node) => Node,
    shapeW: readonly number[],
    shapeX: readonly number[],
  ): DerivedNetwork {
    const s = new Sketch();
    const x = s.input("x", shapeX);
    const W = s.parameter("W", shapeW);
    return s.derive(s.mean(s.sum(s.apply("sin", make(s, W, x)))));
  }

  it.each([
    ["ab,b->a", [2, 3], [3]],
    ["ab,a->b", [2, 3], [2]],
    ["a,b->ab", [2], [3]],
    ["a,b->ba", [2], [3]],
    ["a,a->", [3], [3]],
    [",a->a", [], [3]],
    ["ab,bc->ac", [2, 3], [3, 2]],
    ["ab,bc->ca", [2, 3], [3, 2]],
    ["ab,cb->ac", [2, 3], [4, 3]],
    ["ab,ac->cb", [2, 3], [2, 4]],
    ["ab,ab->", [2, 3], [2, 3]],
    ["ab,ba->", [2, 3], [3, 2]],
    ["ab,ab->a", [2, 3], [2, 3]],
    ["ab,ab->b", [2, 3], [2, 3]],
    ["ab,ab->ba", [2, 3], [2, 3]],
    ["ab,a->ab", [2, 3], [2]],
    ["ab,b->ab", [2, 3], [3]],
    ["ab,b->", [2, 3], [3]],
    ["ab,c->a", [2, 3], [4]],
    ["abc,abd->acd", [2, 2, 3], [2, 2, 2]],
  ])("einsum %s", (specification, shapeW, shapeX) => {
    expectTrueFormulas(lossOf((s, W, x) => s.build.einsum(specification, W, x), shapeW, shapeX));
  });

  it.each<[string, (s: Sketch, W: Node, x: Node) => Node, readonly number[], readonly number[]]>([
    [
      "a transpose",
      (s, W, x) => s.build.multiply(s.build.apply("permute", [W], { order: [1, 0] }), x),
      [2, 3],
      [3, 2],
    ],
    ["a spread row", (s, W, x) => s.build.multiply(s.build.broadcast(W, [2, 3], [1]), x), [3], [2, 3]],
    ["a spread column", (s, W, x) => s.build.multiply(s.build.broadcast(W, [2, 3], [0]), x), [2], [2, 3]],
    ["a spread scalar", (s, W, x) => s.build.divide(x, s.build.fill(s.apply("exp", W), [2, 3])), [], [2, 3]],
    [
      "slices with steps",
      (s, W, x) => s.build.multiply(s.build.apply("slice", [W], { starts: [4], sizes: [2], steps: [-2] }), x),
      [5],
      [2],
    ],
    [
      "a pad",
      (s, W, x) => s.build.multiply(s.build.apply("pad", [W], { shape: [5], starts: [1], steps: [1] }), x),
      [3],
      [5],
    ],
    [
      "a pad with a number",
      (s, W, x) =>
        s.build.multiply(
          s.build.apply("pad", [W], { shape: [5, 4], starts: [1, 2], steps: [1, 1], value: 0.5 }),
          x,
        ),
      [3, 2],
      [5, 4],
    ],
    [
      "a convolution",
      (s, W, x) => {
        const attributes = { axes: [1, 2], sizes: [2, 3], strides: [1, 1], dilations: [1, 2] };
        return s.build.einsum(
          "ocij,chwij->ohw",
          W,
          s.apply("tanh", s.build.apply("window", [x], attributes)),
        );
      },
      [2, 2, 2, 3],
      [2, 4, 6],
    ],
    [
      "what a convolution's input gets",
      (s, W, x) => {
        const attributes = { axes: [0], sizes: [2], strides: [1], dilations: [2] };
        return s.build.einsum("ok,ok->o", s.build.apply("window", [W], attributes), x);
      },
      [5],
      [3, 2],
    ],
    [
      "windows with strides, of a parameter",
      (s, W, x) => {
        const attributes = { axes: [0, 1], sizes: [2, 2], strides: [2, 3], dilations: [1, 1] };
        return s.build.multiply(s.build.apply("window", [W], attributes), x);
      },
      [5, 6],
      [2, 2, 2, 2],
    ],
    [
      "a concatenation",
      (s, W, x) => s.build.apply("concatenate", [W, s.apply("exp", x), W], { axis: 0 }),
      [3],
      [2],
    ],
    ["columns side by side", (s, W, x) => s.build.apply("concatenate", [W, x], { axis: 1 }), [2, 3], [2, 2]],
    [
      "a vector in rows",
      (s, W, x) => s.build.multiply(s.build.apply("reshape", [W], { shape: [2, 3] }), x),
      [6],
      [2, 3],
    ],
    [
      "rows in a vector",
      (s, W, x) => s.build.multiply(s.build.apply("reshape", [W], { shape: [6] }), x),
      [2, 3],
      [6],
    ],
    ["a sum over rows", (s, W, x) => s.build.multiply(s.build.sum(W, [0]), x), [2, 3], [3]],
    [
      "a maximum over columns",
      (s, W, x) => s.build.multiply(s.build.apply("reduce", [W], { kind: "max", axes: [1] }), x),
      [2, 3],
      [2],
    ],
    [
      "a softmax along an axis",
      (s, W, x) => {
        const z = s.build.multiply(W, x);
        const total = s.build.apply("reduce", [z], { kind: "logSumExp", axes: [1] });
        return s.apply("exp", s.build.subtract(z, s.build.broadcast(total, [2, 3], [0])));
      },
      [2, 3],
      [2, 3],
    ],
    [
      "batch statistics",
      (s, W, x) => {
        const z = s.build.multiply(W, x);
        const centred = s.build.subtract(z, s.mean(z));
        return s.build.divide(centred, s.build.add(s.mean(s.square(centred)), s.build.constant(1, [3])));
      },
      [3],
      [3],
    ],
    [
      "a choice",
      (s, W, x) =>
        s.build.select(s.build.apply("greater", [x, W], {}), s.apply("exp", W), s.build.multiply(W, x)),
      [3],
      [3],
    ],
    [
      "extremes",
      (s, W, x) =>
        s.build.apply("minimum", [s.build.apply("maximum", [W, x], {}), s.build.apply("abs", [W], {})], {}),
      [3],
      [3],
    ],
    [
      "nested contractions",
      (s, W, x) => s.build.einsum("ab,b->a", W, s.apply("tanh", s.build.einsum("ab,b->a", W, x))),
      [3, 3],
      [3],
    ],
  ])("%s", (_name, make, shapeW, shapeX) => {
    expectTrueFormulas(lossOf(make, shapeW, shapeX));
  });

  it("looking rows up, and adding them back", () => {
    const s = new Sketch();
    const ids = s.labels("ids", 5, [4], "input");
    const x = s.input("x", [4, 2]);
    const E = s.parameter("E", [5, 2]);
    const rows = s.build.apply("gather", [E, ids], {});
    expectTrueFormulas(s.derive(s.mean(s.sum(s.apply("sin", s.build.multiply(rows, x))))));
  });

  it.each([
    "lstm(x, 2)",
    "gru(x, 2, {initial: w})",
    "rnn(x, 2, {initial: w, reverse: true})",
    "scan(step(s, v) = tanh(w .* s + v), x[2, :], x)",
    "scan(step(s, v) = {a: tanh(w .* s.old + v), old: s.a}, {a: w, old: x[1, :]}, x).a",
    "scan(step(s, v) = scan(inner(r, u) = tanh(r * u + w), s, [v[1], 0.5])[end, :], w, x)",
  ])("a recurrence: %s", async (states) => {
    const text = `x = input([3, 2])\nw = parameter([2])\nh = ${states}\nloss = sum(sin(h .* x)) + sum(w .^ 2)\n`;
    const { derived } = await compile({ name: "test.nabla", text });
    expectTrueFormulas(derived);
  });

  it("a causal mask", async () => {
    const text =
      "x = input([3, 2])\nw = parameter([2])\nh = attention(x, x .* w, x, {causal: true})\nloss = sum(sin(h))";
    const { derived } = await compile({ name: "test.nabla", text });
    expect(formulas(derived).definitions.map(({ index }) => index)).toContain("[j ≤ i]");
    expectTrueFormulas(derived);
  });

  it("random scalar expressions, read by mathjs", () => {
    const math = create(all ?? {});
    // The interpreter's function; mathjs has none.
    math.import({ sigmoid: (x: number) => 1 / (1 + Math.exp(-x)) });
    fc.assert(
      fc.property(expressions, (make) => {
        const s = new Sketch();
        const leaves = [s.input("x"), s.parameter("a"), s.parameter("b2")];
        const value = make(s, leaves);
        const perSample = value.type.batched ? value : s.build.multiply(value, leaves[0] ?? unreachable());
        const derived = s.derive(s.batchSum(perSample));
        const bound = new Map(leaves.map((leaf, k) => [leaf, Float64Array.of([0.7, -1.3, 2.1][k] ?? 0)]));
        const sheet = formulas(derived);
        const scope: Record<string, number> = { N: 1 };
        for (const [leaf, value] of bound) scope[derived.names.get(leaf) ?? ""] = value[0] ?? NaN;
        const read = (text: string): number => Number(math.evaluate(toMathjs(text), scope));
        resolve([...sheet.definitions, ...sheet.gradients, sheet.loss], ({ name, matrix }) => {
          scope[identifier(name)] = read(matrix);
        });
        const roots = [derived.loss, ...derived.gradients.map(({ node }) => node)];
        const truth = evaluate(roots, { batchSize: 1, leaves: bound });
        [sheet.loss, ...sheet.gradients].forEach(({ name, matrix }, k) => {
          const root = roots[k];
          const expected = (root && truth.get(root)?.[0]) ?? NaN;
          const found = scope[identifier(name)] ?? NaN;
          if (!Number.isFinite(expected) || Math.abs(expected) > 1e8) return;
          expect(Math.abs(found - expected), `${name} = ${matrix} = ${found}, not ${expected}`).toBeLessThan(
            1e-7 * (1 + Math.abs(expected)),
          );
        });
      }),
      { numRuns: 300, seed: 20260 },
    );
  });
});

type Make = (s: Sketch, leaves: readonly Node[]) => Node;

const unaryNames = ["negate", "tanh", "sigmoid", "exp", "abs", "sin"] as const;
const binaryNames = ["add", "subtract", "multiply", "divide", "maximum"] as const;

const { expression: expressions } = fc.letrec<{ expression: Make }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    fc.nat(2).map(
      (k): Make =>
        (_, leaves) =>
          leaves[k] ?? unreachable(),
    ),
    fc.constantFrom(2, 0.5, -3, 1, 0.1).map(
      (value): Make =>
        (s) =>
          s.build.constant(value),
    ),
    fc.tuple(fc.constantFrom(...unaryNames), tie("expression")).map(
      ([name, a]): Make =>
        (s, leaves) =>
          s.build.apply(name, [a(s, leaves)], {}),
    ),
    fc.tuple(fc.constantFrom(...binaryNames), tie("expression"), tie("expression")).map(
      ([name, a, b]): Make =>
        (s, leaves) =>
          s.build.apply(name, [a(s, leaves), b(s, leaves)], {}),
    ),
    tie("expression").map(
      (a): Make =>
        (s, leaves) =>
          s.square(a(s, leaves)),
    ),
  ),
}));

function unreachable(): never {
  throw new Error("there are three leaves");
}

/** `∂L/∂a` has no name in mathjs, and `L` is its litre. */
function identifier(name: string): string {
  return name === "L" ? "loss" : name.replaceAll("∂", "d").replaceAll("/", "_");
}

/** Our text as mathjs reads it: one sample, products by `*`. */
function toMathjs(text: string): string {
  return identifierText(text)
    .replaceAll("−", "-")
    .replaceAll("Σ ", "")
    .replaceAll("½", "(1/2)")
    .replaceAll("¼", "(1/4)")
    .replace(
      /[⁰¹²³⁴⁵⁶⁷⁸⁹]+/g,
      (digits) => `^${Array.from(digits, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(digit)).join("")}`,
    )
    .replaceAll("≤", "<=")
    .replaceAll("≥", ">=")
    .replaceAll("≠", "!=")
    .replace(/\|([^|]*)\|/g, "abs($1)")
    .replaceAll("[", "number(")
    .replaceAll("]", ")")
    .replace(/(?<=[\w)]) (?=[\w(])/g, " * ")
    .replaceAll("¬", "not ");
}

function identifierText(text: string): string {
  return text.replace(/∂L\/∂\w+|\bL\b/g, identifier);
}
