import fc from "fast-check";
import { all, create, type FactoryFunctionMap } from "mathjs";
import { describe, expect, it } from "vitest";
import { DiagnosticError } from "../../src/diagnostics/index.ts";
import { formatDiagnostics } from "../../src/diagnostics/index.ts";
import { read, valueOf } from "./support.ts";

/*
 * What is said without our extensions means what it means to mathjs. One deliberate difference: exp, tanh and their
 * kin act on every element of an array, where mathjs 15 wants map(x, tanh).
 */
const mathjs = create(all as FactoryFunctionMap);

/** x is a vector of 3, y another, A is 2×3, B is 3×2, s a scalar. */
const data = {
  x: [0.5, -1.25, 2],
  y: [1.5, 0.25, -0.75],
  A: [1, -2, 0.5, 3, 0.25, -1],
  B: [2, 1, -1, 0.5, 0.75, -3],
  s: [1.75],
};
const declarations = "x = input([3])\ny = input([3])\nA = input([2, 3])\nB = input([3, 2])\ns = input()\n";
const scope = {
  x: mathjs.matrix(data.x),
  y: mathjs.matrix(data.y),
  A: mathjs.matrix([data.A.slice(0, 3), data.A.slice(3)]),
  B: mathjs.matrix([data.B.slice(0, 2), data.B.slice(2, 4), data.B.slice(4)]),
  s: 1.75,
};

function oracle(expression: string): number[] | undefined {
  try {
    const value: unknown = mathjs.evaluate(expression, { ...scope });
    const plain: unknown = mathjs.isMatrix(value) ? value.toArray() : value;
    const flat = [plain].flat(4).map(Number);
    return flat.length > 0 && flat.every(Number.isFinite) ? flat : undefined;
  } catch {
    return undefined;
  }
}

function ours(expression: string): number[] | undefined {
  try {
    // Adding an input keeps what is known while reading from vanishing from the graph.
    return valueOf(read(`${declarations}result = (${expression}) + 0 * s`), "result", data);
  } catch (error) {
    if (error instanceof DiagnosticError) return undefined;
    throw error;
  }
}

function expectAgreement(expression: string, expected: readonly number[]): void {
  const found = ours(expression);
  if (found === undefined)
    throw new Error(
      `mathjs gives ${expression} the value ${expected.join()}, we refuse it: ${refusal(expression)}`,
    );
  expect(found.length, expression).toBe(expected.length);
  found.forEach((each, index) => {
    const wanted = expected[index] ?? NaN;
    expect(Math.abs(each - wanted), expression).toBeLessThanOrEqual(1e-10 * Math.max(1, Math.abs(wanted)));
  });
}

function refusal(expression: string): string {
  try {
    read(`${declarations}result = ${expression}`);
    return "";
  } catch (error) {
    return error instanceof DiagnosticError ? formatDiagnostics(error.diagnostics) : String(error);
  }
}

const fixed = [
  "A * x",
  "x * y",
  "x * B",
  "A * B",
  "B * A",
  "A' + B",
  "(A * B)' * 2",
  "x .* y ./ 3",
  "2 .^ x",
  "x .^ 3",
  "-x + 1",
  "A + x",
  "A .* x",
  "x + [[1], [2]]",
  "sum(A)",
  "sum(A, 1)",
  "sum(A, 2)",
  "mean(A, 1)",
  "prod(x)",
  "prod(A)",
  "min(x)",
  "max(A)",
  "norm(x)",
  "norm(x, 1)",
  "norm(x, Infinity)",
  'norm(A * B, "fro")',
  "dot(x, y)",
  "A[1, :]",
  "A[:, 2]",
  "A[2, 1:2]",
  "x[2:end]",
  "x[end]",
  "x[3:-1:1]",
  "B[1:2:3, 2]",
  "reshape(A, [3, 2])",
  "concat(x, y)",
  "concat(A, B', 1)",
  "[x, y]",
  "[1, 2; 3, 4] * [1; 2]",
  "s ^ 3",
  "2 ^ 3 ^ 2",
  "-2 ^ 2",
  "2s",
  "3(s + 1)",
  "1 / 2 s",
  "s > 1 ? x : y",
  "exp(s) - log(s)",
  "log(s, 2)",
  "sqrt(s) + abs(x)",
  "tanh(s) + sinh(s) - cosh(s)",
  "atan(s) + asin(s / 4)",
  "floor(x) + ceil(y) + round(s)",
  "sign(x)",
  "erf(s)",
  "log1p(s) + expm1(s)",
  "log2(s) + log10(s)",
  "cube(s) + square(s)",
  "size(A) + 0",
  "pi * e - tau",
  "max(s, 2)",
  "transpose(A)",
];

describe("mathjs as the oracle", () => {
  it.each(fixed)("%s", (expression) => {
    const expected = oracle(expression);
    if (expected === undefined) throw new Error(`mathjs refuses ${expression}`);
    expectAgreement(expression, expected);
  });

  it("agrees on random expressions of scalars and vectors", () => {
    const { expression } = fc.letrec<{ expression: string; leaf: string }>((tie) => ({
      leaf: fc.constantFrom("x", "y", "s", "2", "0.5", "x[1]", "sum(y)", "A * x * [1, 2]"),
      expression: fc.oneof(
        { maxDepth: 4, depthIdentifier: "depth" },
        tie("leaf"),
        fc
          .tuple(tie("expression"), fc.constantFrom("+", "-", ".*", "*"), tie("expression"))
          .map(([a, op, b]) => `(${a} ${op} ${b})`),
        fc
          .tuple(tie("expression"), fc.constantFrom("+", "-", ".*"), tie("expression"))
          .map(([a, op, b]) => `${a} ${op} ${b}`),
        fc
          .tuple(fc.constantFrom("tanh", "-", "sin", "abs", "sum"), tie("expression"))
          .map(([f, a]) => `${f}(${a})`),
      ),
    }));
    fc.assert(
      fc.property(expression, (text) => {
        const expected = oracle(text);
        fc.pre(expected !== undefined);
        expectAgreement(text, expected);
      }),
      { numRuns: 300, seed: 20_260_101 },
    );
  });
});
