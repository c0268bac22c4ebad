import { describe, expect, it } from "vitest";
import {
  type Affine,
  type Expression,
  type Program,
  type ScalarOperation,
  scalarArity,
} from "../../../src/program/index.ts";
import { apply, at, load, loop, number, program, store } from "../../program/sample.ts";
import { kernelBytes } from "../../support/kernel.ts";
import { agree, inLanes, precisions, values, width, x, y, zeros } from "./agree.ts";

describe.each(precisions)("an expression in %s", (precision) => {
  const lanes = width[precision];
  const each = (value: Expression, offset: Affine = at(0, [1, "i"])): Program =>
    program([x, y], [inLanes("i", 0, 16, lanes, [store("y", offset, value)])]);

  const operations = Object.keys(scalarArity) as ScalarOperation[]; // its keys are the operations
  it.each(operations)("computes %s by itself and in lanes", (operation) => {
    const a = load("x", at(0, [1, "i"]));
    const operands = [a, load("x", at(15, [-1, "i"])), number(0.75)].slice(0, scalarArity[operation]);
    const inDomain = domains[operation] ?? ((v: number) => v);
    const computed = apply("select", apply(operation, ...operands), number(1), number(0));
    const value = booleans.has(operation) ? computed : apply(operation, ...operands);
    const alone = program([x, y], [loop("i", 16, store("y", at(0, [1, "i"]), value))]);
    const fill = { x: values.map(inDomain), y: zeros };
    agree(alone, precision, fill);
    agree(each(value), precision, fill);
  });

  it.each([
    [2, 9, 1],
    [3, Infinity, 1],
    [1, 14, 3],
    [0, 16, 2],
  ])("tells whether an index is in range: from %d to %d by %d", (from, to, step) => {
    const value = apply(
      "select",
      { kind: "inRange", value: at(0, [1, "i"]), from, to, step },
      number(1),
      number(2),
    );
    agree(each(value), precision, { x: values, y: zeros });
    agree(program([x, y], [loop("i", 16, store("y", at(0, [1, "i"]), value))]), precision, {
      x: values,
      y: zeros,
    });
  });

  it("knows indices, the batch size and the step as numbers", () => {
    const index: Expression = { kind: "index", value: at(3, [2, "i"]) };
    const value = apply("add", index, apply("multiply", { kind: "batchSize" }, { kind: "step" }));
    agree(each(value), precision, { x: values, y: zeros });
  });

  it("draws the same random numbers as every target", () => {
    const value: Expression = { kind: "random", stream: 2, value: at(5, [3, "i"]) };
    agree(each(value), precision, { x: values, y: zeros });
    agree(program([x, y], [loop("i", 16, store("y", at(0, [1, "i"]), value))]), precision, {
      x: values,
      y: zeros,
    });
  });

  it("writes elementary functions out in lanes, but calls them where there are many, and where the code runs once", () => {
    const exponentials = (count: number, to: number): Program => {
      const value = apply("exp", load("x", at(0, [1, "i"])));
      const stores = Array.from({ length: count }, () => store("y", at(0, [1, "i"]), value));
      return program([x, y], [inLanes("i", 0, to, lanes, stores)]);
    };
    const bytes = (count: number, to: number): number =>
      kernelBytes(exponentials(count, to), precision, 1).length;
    const perCall = 40; // at most, with its load and its store
    expect(bytes(24, 16) - bytes(23, 16)).toBeGreaterThan(perCall);
    expect(bytes(26, 16) - bytes(25, 16)).toBeLessThan(perCall);
    expect(bytes(3, 15) - bytes(2, 15)).toBeLessThan(2 * perCall);
    expect(bytes(25, 16)).toBeLessThan(bytes(24, 16));
    agree(exponentials(25, 16), precision, { x: values, y: zeros });
  });

  it("loads only what the chosen branch needs", () => {
    const guarded = apply(
      "select",
      { kind: "inRange", value: at(-1, [1, "k"]), from: 0, to: 16, step: 1 },
      load("x", at(-1, [1, "k"])),
      number(9),
    );
    const tested = program([x, y], [loop("k", 16, store("y", at(0, [1, "k"]), guarded))]);
    agree(tested, precision, { x: values, y: zeros });
  });
});

const booleans: ReadonlySet<ScalarOperation> = new Set<ScalarOperation>([
  "less",
  "lessEqual",
  "equal",
  "notEqual",
  "and",
  "or",
  "not",
]);

const positive = (v: number): number => Math.abs(v) + 0.5;
const domains: Readonly<Partial<Record<ScalarOperation, (v: number) => number>>> = {
  power: positive,
  sqrt: positive,
  log: positive,
  log1p: positive,
  divide: positive,
  asin: Math.sin,
  acos: Math.sin,
  atanh: (v) => Math.sin(v) / 2,
  acosh: (v) => Math.abs(v) + 1,
};
