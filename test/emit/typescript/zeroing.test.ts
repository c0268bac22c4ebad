import { describe, expect, it } from "vitest";
import { afterZeroing } from "../../../src/emit/typescript/zeroing.ts";
import type { Affine, Buffer, Expression, Statement } from "../../../src/program/index.ts";

const buffer = (name: string, length: number): Buffer => {
  return { name, role: "gradient", element: "real", shape: [length], batched: false, of: name };
};
const buffers = [buffer("dW", 6), buffer("db", 2)];

const at = (constant: number, ...terms: readonly (readonly [number, string])[]): Affine => ({
  constant,
  terms: terms.map(([coefficient, name]) => ({ coefficient, atom: { kind: "variable", name } })),
});
const zero: Expression = { kind: "number", value: 0 };

function store(name: string, offset: Affine, value = zero, accumulate = false): Statement {
  return { kind: "store", buffer: name, offset, value, accumulate };
}

function loop(variable: string, to: number, ...body: readonly Statement[]): Statement {
  return { kind: "loop", variable, from: 0, to, step: 1, body };
}

const zeroW = loop("i", 3, loop("j", 2, store("dW", at(0, [2, "i"], [1, "j"]))));
const zeroB = [store("db", at(0)), store("db", at(1))];
const sum = loop("n", 2, store("db", at(1), { kind: "number", value: 3 }, true));
const end: Statement = { kind: "return", value: zero };

describe("zeros at the beginning of a program", () => {
  it("are found in loops and in straight line, and what follows is left", () => {
    expect(afterZeroing([zeroW, ...zeroB, sum, end], buffers)).toEqual([sum, end]);
  });

  it.each<readonly [string, readonly Statement[]]>([
    ["an element is left out", [loop("i", 3, store("dW", at(0, [2, "i"]))), ...zeroB, sum, end]],
    ["a buffer is left out", [zeroW, sum, end]],
    ["something comes before", [sum, zeroW, ...zeroB, end]],
    [
      "a zero is negative",
      [zeroW, store("db", at(0), { kind: "number", value: -0 }), ...zeroB.slice(1), end],
    ],
    ["a zero is added", [zeroW, store("db", at(0), zero, true), ...zeroB.slice(1), end]],
  ])("are not taken for all zeros where %s", (_, statements) => {
    expect(afterZeroing(statements, buffers)).toBeUndefined();
  });
});
