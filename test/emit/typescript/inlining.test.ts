import { expect, test } from "vitest";
import { inlinesElementary } from "../../../src/emit/typescript/inlining.ts";
import type { Expression, ScalarOperation, Statement } from "../../../src/program/index.ts";
import { apply, number } from "./networks.ts";

function calls(operation: ScalarOperation, count: number): readonly Statement[] {
  const value: Expression = apply(operation, number(1));
  return Array.from({ length: count }, (_, i) => ({
    kind: "let",
    name: `${operation}${i}`,
    value,
    mutable: false,
  }));
}

test("all calls fit into what V8 inlines, or none is inlined", () => {
  expect(inlinesElementary([...calls("tanh", 4), ...calls("exp", 1)])).toBe(true);
  expect(inlinesElementary([...calls("tanh", 5), ...calls("exp", 1)])).toBe(false);
  expect(inlinesElementary(calls("exp", 5))).toBe(true);
  expect(inlinesElementary(calls("exp", 6))).toBe(false);
  expect(inlinesElementary(calls("log1p", 100))).toBe(true);
});

test("a call in a loop counts once, one in a remainder or a piece not at all", () => {
  const body = calls("tanh", 5);
  const loop: Statement = { kind: "loop", variable: "i", from: 0, to: 16, step: 1, body };
  const rounded = { kind: "batch", multipleOf: 4 } as const;
  const remainder: Statement = { ...loop, from: rounded, to: { kind: "batch", multipleOf: 1 } };
  const piece: Statement = { kind: "piece", name: "forward", body };
  expect(inlinesElementary([loop])).toBe(true);
  expect(inlinesElementary([loop, remainder, piece])).toBe(true);
  expect(inlinesElementary([loop, loop])).toBe(false);
});
