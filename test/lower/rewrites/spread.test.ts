import { expect, it } from "vitest";
import type { Expression, Statement } from "../../../src/program/index.ts";
import { at, load, loop, loopsOf, store, tiled, times, wholeBatch } from "../lanes/nests.ts";

const sizes = { w: 32 * 40, v: 32 * 40, x: 40, y: 32 };

/** A sum of products of x with a row of a matrix, and perhaps another factor, into a local. */
function dot(name: string, matrix: string, count: number, factor?: Expression): readonly Statement[] {
  const product = times(load(matrix, at({ i: 40, j: 1 })), load("x", at({ n: 40, j: 1 })));
  const summand = factor === undefined ? product : times(product, factor);
  const value: Expression = { kind: "apply", operation: "add", operands: [local(name), summand] };
  return [
    { kind: "let", name, value: { kind: "number", value: 0 }, mutable: true },
    loop("j", count, [{ kind: "assign", name, value }]),
  ];
}

function local(name: string): Expression {
  return { kind: "local", name };
}

const stored = (value: Expression): Statement => store("y", at({ n: 32, i: 1 }), value);

/** What is made of a row for each sample, held against what it meant, and whether its sums are in rows. */
function inRows(row: readonly Statement[]): boolean {
  const nest = loop("n", wholeBatch, [loop("i", 32, row)]);
  const { statements } = tiled(nest, { sizes, batched: ["x", "y"] }, [1, 4, 7]);
  return loopsOf(statements).some(({ body }) =>
    body.some((each) => each.kind === "store" && each.accumulate),
  );
}

it("puts all sums of a row in rows, each with a copy of its own operand", () => {
  const both = times(local("a"), local("b"));
  expect(inRows([...dot("a", "w", 40), ...dot("b", "v", 24), stored(both)])).toBe(true);
});

it("leaves rows alone of which two sums read one operand, or one waits for another", () => {
  const both = times(local("a"), local("b"));
  expect(inRows([...dot("a", "w", 24), ...dot("b", "w", 40), stored(both)])).toBe(false);
  expect(inRows([...dot("a", "w", 40), ...dot("b", "v", 40, local("a")), stored(local("b"))])).toBe(false);
  expect(inRows([...dot("a", "w", 40), stored(local("a")), ...dot("b", "v", 40), stored(local("b"))])).toBe(
    false,
  );
});
