import { expect, test } from "vitest";
import { chooseInlined } from "../../../src/emit/typescript/inlining.ts";
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

test("what fits into V8's budget is inlined, what gains most first", () => {
  expect([...chooseInlined([...calls("tanh", 4), ...calls("exp", 1)])]).toEqual(["tanh", "log1p", "exp"]);
  expect(chooseInlined([...calls("tanh", 5), ...calls("exp", 1)]).has("exp")).toBe(false);
  expect(chooseInlined([...calls("tanh", 6), ...calls("exp", 1)]).has("tanh")).toBe(false);
  expect(chooseInlined([...calls("tanh", 6), ...calls("exp", 1)]).has("exp")).toBe(true);
});

test("a call in a loop counts once, one in a remainder or a piece not at all", () => {
  const body = calls("tanh", 5);
  const loop: Statement = { kind: "loop", variable: "i", from: 0, to: 16, step: 1, body };
  const remainder: Statement = {
    ...loop,
    from: { kind: "batch", multipleOf: 4 },
    to: { kind: "batch", multipleOf: 1 },
  };
  const piece: Statement = { kind: "piece", name: "forward", body };
  expect(chooseInlined([loop]).has("tanh")).toBe(true);
  expect(chooseInlined([loop, remainder, piece]).has("tanh")).toBe(true);
  expect(chooseInlined([loop, loop]).has("tanh")).toBe(false);
});
