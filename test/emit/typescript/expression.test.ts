import fc from "fast-check";
import { expect, test } from "vitest";
import {
  asNumber,
  type Places,
  printDefinition,
  printExpression,
} from "../../../src/emit/typescript/expression.ts";
import {
  type Expression,
  foldExpression,
  scalarArity,
  scalarFunctions,
  type ScalarOperation,
} from "../../../src/program/index.ts";
import { exp, tanh } from "../../../templates/elementary.ts";
import { erf } from "../../../templates/erf.ts";
import { apply, at, load, local, number } from "./networks.ts";

const places: Places = {
  local: (name) => ({ text: name, boolean: false }),
  element: (buffer, offset) => `${buffer}[${offset.constant}]!`,
  batchSize: "count",
  step: "step",
  key: (stream) => `key${stream}`,
  helper: () => undefined,
  inlinesElementary: () => true,
};

function print(expression: Expression): string {
  return asNumber(printExpression(expression, places)).text;
}

const values = { a: 0.7, b: -1.3, c: 2.5 };

function run(text: string): unknown {
  // Of our own printing, and only in a test.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const make = new Function("a", "b", "c", "erf", "exp", "tanh", `return ${text};`);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-call -- likewise
  return make(values.a, values.b, values.c, erf, exp, tanh);
}

/** What is printed as a call of a template's function; test/templates says how close those are to the reference. */
const functions: typeof scalarFunctions = { ...scalarFunctions, exp, tanh };

/** The reference meaning; NaN never stands for a name that is missing. */
function meaningOf(expression: Expression): number {
  return foldExpression<number>(expression, {
    number: (value) => value,
    local: (name) => values[name as keyof typeof values],
    load: () => NaN,
    index: (value) => value.constant,
    inRange: () => NaN,
    batchSize: () => NaN,
    step: () => NaN,
    random: () => NaN,
    apply: (operation, operands) => functions[operation](...operands),
  });
}

/** By another algorithm than the reference's, or by a form of it that rounds otherwise. */
const inexact: ReadonlySet<ScalarOperation> = new Set(["erf", "sigmoid"]);
const operations = Object.keys(scalarArity) as ScalarOperation[]; // its keys are exactly the operations

test.each(operations)("%s computes what the reference computes, at awkward values too", (operation) => {
  const awkward = [
    0,
    -0,
    1,
    -1,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    1e-300,
    1e300,
    -1e300,
    Infinity,
    -Infinity,
    NaN,
    0.3,
    -3.7,
  ];
  const arity = scalarArity[operation];
  for (const first of awkward) {
    for (const second of arity === 1 ? [0] : awkward) {
      const operands = [first, second, 7].slice(0, arity).map(number);
      const expected = meaningOf(apply(operation, ...operands));
      const found = run(print(apply(operation, ...operands))) as number;
      if (inexact.has(operation))
        expect(Math.abs(found - expected) <= 1e-15 || Object.is(found, expected)).toBe(true);
      else expect(found).toBe(expected);
    }
  }
});

test("parentheses are where the order of evaluation needs them, and nowhere else", () => {
  const [a, b, c] = [local("a"), local("b"), local("c")];
  const cases: readonly (readonly [Expression, string])[] = [
    [apply("add", apply("add", a, b), c), "a + b + c"],
    [apply("add", a, apply("add", b, c)), "a + (b + c)"],
    [apply("subtract", a, apply("subtract", b, c)), "a - (b - c)"],
    [apply("add", a, apply("multiply", b, c)), "a + b * c"],
    [apply("multiply", apply("add", a, b), c), "(a + b) * c"],
    [apply("divide", a, apply("multiply", b, c)), "a / (b * c)"],
    [apply("negate", apply("negate", a)), "-(-a)"],
    [apply("subtract", a, number(-1)), "a - -1"],
    [apply("negate", number(-1)), "-(-1)"],
    [apply("multiply", apply("negate", a), b), "-a * b"],
    [apply("negate", apply("multiply", a, b)), "-(a * b)"],
    [apply("select", apply("less", a, b), a, b), "a < b ? a : b"],
    [apply("select", a, b, apply("select", b, a, c)), "a !== 0 ? b : b !== 0 ? a : c"],
    [apply("add", apply("less", a, b), c), "(a < b ? 1 : 0) + c"],
    [
      apply("select", apply("not", apply("and", apply("less", a, b), c)), a, b),
      "!(a < b && c !== 0) ? a : b",
    ],
    [apply("maximum", apply("add", a, b), number(0)), "Math.max(a + b, 0)"],
    [load("p", at(3)), "p[3]!"],
    [
      { kind: "inRange", value: at(4), from: 1, to: 9, step: 2 },
      "4 >= 1 && 4 < 9 && (4 - 1) % 2 === 0 ? 1 : 0",
    ],
  ];
  for (const [expression, text] of cases) expect(print(expression)).toBe(text);
});

test("random expressions mean the same printed, to the bit", () => {
  const exact = operations.filter((operation) => !inexact.has(operation));
  const tree = fc.letrec<{ node: Expression }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 6, depthIdentifier: "expression" },
      fc.constantFrom<Expression>(local("a"), local("b"), local("c")),
      fc.double({ noNaN: true }).map(number),
      fc
        .tuple(fc.constantFrom(...exact), tie("node"), tie("node"), tie("node"))
        .map(([operation, ...operands]) => apply(operation, ...operands.slice(0, scalarArity[operation]))),
    ),
  })).node;
  fc.assert(
    fc.property(tree, (expression) => {
      expect(run(print(expression))).toBe(meaningOf(expression));
    }),
    { numRuns: 2000 },
  );
});

test("deep sums print without overflowing the stack", () => {
  let sum: Expression = local("a");
  for (let i = 0; i < 20_000; i++) sum = apply("add", sum, local("b"));
  expect(print(sum).length).toBe(1 + 20_000 * 4);
});

test.each([0, -0, 1.5, -1.5, 5e-324, -5e-324, Infinity, -Infinity, NaN])(
  "max(x, 0) as a choice: x = %d",
  (x) => {
    const relu = apply("maximum", local("a"), number(0));
    const { text } = printDefinition(relu, places);
    expect(text).toBe("a <= 0 ? 0 : a");
    // Of our own printing, and only in a test.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    const choose = new Function("a", `return ${text};`) as (a: number) => number; // one argument, one number back
    expect(choose(x)).toBe(Math.max(x, 0));
  },
);

test("what is not the maximum of a local and +0 stays a call", () => {
  expect(printDefinition(apply("maximum", local("a"), number(-0)), places).text).toBe("Math.max(a, -0)");
  expect(printDefinition(apply("maximum", number(0), local("a")), places).text).toBe("Math.max(0, a)");
  const inside = apply("add", apply("maximum", local("a"), number(0)), local("b"));
  expect(printDefinition(inside, places).text).toBe("Math.max(a, 0) + b");
});
