import { expect, it } from "vitest";
import { isParallel } from "../../../src/lower/rewrites/parallel.ts";
import type { Affine, Statement } from "../../../src/program/index.ts";

type Loop = Extract<Statement, { kind: "loop" }>;

function offset(terms: Readonly<Record<string, number>>): Affine {
  return {
    constant: 0,
    terms: Object.entries(terms).map(([name, coefficient]) => ({
      coefficient,
      atom: { kind: "variable", name },
    })),
  };
}

function loop(variable: string, to: number, ...body: readonly Statement[]): Loop {
  return { kind: "loop", variable, from: 0, to, step: 1, body };
}

function add(terms: Readonly<Record<string, number>>): Statement {
  const value = { kind: "number", value: 1 } as const;
  return { kind: "store", buffer: "y", offset: offset(terms), value, accumulate: true };
}

it("tells iterations that overlap from those that do not", () => {
  const windows = (columns: number): Loop =>
    loop("n", 3, loop("i", 4, loop("j", columns, add({ n: 6, i: 1, j: 1 }))));
  expect(isParallel(windows(3))).toBe(true); // 4 + 3 − 1 = 6 places a sample
  expect(isParallel(windows(4))).toBe(false);
});

it("takes two loops over a variable of one name apart", () => {
  const zeros = loop("i", 6, add({ n: 6, i: 1 }));
  const windows = loop("i", 4, loop("j", 3, add({ n: 6, i: 1, j: 1 })));
  expect(isParallel(loop("n", 3, zeros, windows))).toBe(true);
});

it.each([
  ["rows of which each iteration has a part", 8, true],
  ["rows that begin within another's part", 6, false],
  ["rows as long as two", 16, true],
])("tells %s", (_, length, expected) => {
  const parts = loop("i", 2, loop("r", 3, loop("k", 4, add({ i: 4, r: length, k: 1 }))));
  expect(isParallel(parts)).toBe(expected);
});

it.each([
  ["beside", 4, true],
  ["among", 3, false],
])("knows loads %s what all iterations store", (_, from, expected) => {
  const row: Affine = { ...offset({ n: 8, j: 1 }), constant: from };
  const value = { kind: "load", buffer: "y", offset: row } as const;
  const store: Statement = {
    kind: "store",
    buffer: "y",
    offset: offset({ n: 8, i: 1 }),
    value,
    accumulate: false,
  };
  expect(isParallel(loop("i", 4, loop("j", 4, store)))).toBe(expected);
});
