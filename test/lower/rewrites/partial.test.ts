import { describe, expect, it } from "vitest";
import { NameSupply } from "../../../src/lower/names.ts";
import { unrollBy, unrollVectors } from "../../../src/lower/rewrites/partial.ts";
import {
  type Buffer,
  type Expression,
  formatStatements,
  type Memory,
  runProgram,
  type ScalarOperation,
  type Statement,
  verifyProgram,
} from "../../../src/program/index.ts";
import type { Loop } from "../../../src/lower/traverse.ts";
import { at, load, loop, store } from "../lanes/nests.ts";

const total: Expression = { kind: "local", name: "total" };

/** total ← total ∘ x[i] over twelve elements, and what it starts with. */
function reduction(operation: ScalarOperation): Loop {
  const value: Expression = { kind: "apply", operation, operands: [total, load("x", at({ i: 1 }))] };
  return loop("i", 12, [{ kind: "assign", name: "total", value }]);
}

/** What is left in `total`, which starts at −5. */
function reduced(statements: readonly Statement[], x: readonly number[]): number | undefined {
  const buffers = [
    { name: "x", role: "state", element: "real", shape: [12], batched: false },
    { name: "y", role: "state", element: "real", shape: [1], batched: false },
  ] satisfies readonly Buffer[];
  const body: readonly Statement[] = [
    { kind: "let", name: "total", value: { kind: "number", value: -5 }, mutable: true },
    ...statements,
    store("y", at({}), total),
  ];
  const program = { name: "trainStep", buffers, body, schedule: "tiled", scheduleReason: "" } as const;
  expect(verifyProgram(program)).toEqual([]);
  const memory: Memory = new Map([
    ["x", Float64Array.from(x)],
    ["y", new Float64Array(1)],
  ]);
  runProgram(program, memory, { batch: 1, step: 1 });
  return memory.get("y")?.[0];
}

const numbers = [3, -7, 0, 12, 5, 5, -2, 8, 1, -9, 4, 11];

/** Extremes, in which grouping and order show. */
const special: Readonly<Record<string, readonly number[]>> = {
  numbers,
  "a NaN": numbers.map((value, k) => (k === 6 ? NaN : value)),
  "an infinity": numbers.map((value, k) => (k === 6 ? -Infinity : value)),
};

describe.each(["add", "maximum", "minimum"] as const)("several iterations in one, of %s", (operation) => {
  const unrolled: Readonly<Record<string, readonly Statement[]>> = {
    "one by one": unrollBy(reduction(operation), 5, new NameSupply()),
    "in vectors": unrollVectors({ ...reduction(operation), step: 2, lanes: 2 }, 2, new NameSupply()),
  };
  it.each(Object.keys(unrolled))("combine their parts before the accumulator does: %s", (way) => {
    const statements = unrolled[way] ?? [];
    const assigned = formatStatements(statements).filter((line) => line.includes("total = "));
    expect(assigned).toHaveLength(way === "in vectors" ? 1 : 2); // and what five leave over of twelve
    for (const x of Object.values(special))
      expect(reduced(statements, x)).toEqual(reduced([reduction(operation)], x));
  });
});

it("leaves what combines with itself in another way as it is", () => {
  const statements = unrollBy(reduction("subtract"), 4, new NameSupply());
  const assigned = formatStatements(statements).filter((line) => line.includes("total = "));
  expect(assigned).toHaveLength(4);
  expect(reduced(statements, numbers)).toBe(reduced([reduction("subtract")], numbers));
});
