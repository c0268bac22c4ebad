import { describe, expect, it } from "vitest";
import {
  type Affine,
  type Expression,
  type Program,
  type Statement,
  verifyProgram,
} from "../../src/program/index.ts";
import {
  apply,
  at,
  batch,
  buffer,
  define,
  dotProgram,
  load,
  local,
  loop,
  number,
  program,
  store,
} from "./sample.ts";

const x = buffer("input", "x", [3], true);
const s = buffer("scratch", "s", [4]);

function problemsOf(body: readonly Statement[], buffers = [x, s]): string {
  return verifyProgram(program(buffers, body), { batchSizes: [1, 5] }).join("\n");
}

function inRange(value: Affine, from: number, to: number, step = 1): Expression {
  return { kind: "inRange", value, from, to, step };
}

describe("verifyProgram", () => {
  it("accepts a well-formed program", () => {
    expect(verifyProgram(dotProgram)).toEqual([]);
  });

  it("accepts that a step reads what the step before it has written", () => {
    const step = loop("i", 3, store("s", at(1, [1, "i"]), load("s", at(0, [1, "i"]))));
    expect(problemsOf([store("s", at(0), number(1)), step])).toBe("");
  });

  it.each<[string, readonly Statement[], RegExp]>([
    [
      "a constant access out of bounds",
      [define("a", load("s", at(4)))],
      /s\[4\] reaches from 4 to 4, outside its 4/,
    ],
    [
      "a loop that runs past the end",
      [loop("i", 4, define("a", load("x", at(0, [1, "i"]))))],
      /x\[i\] reaches from 0 to 3/,
    ],
    [
      "an access before the beginning",
      [loop("i", 3, define("a", load("x", at(-1, [1, "i"]))))],
      /x\[i - 1\] reaches from -1/,
    ],
    [
      "a batch loop that runs past the end",
      [loop("n", batch, define("a", load("x", at(2, [4, "n"]))))],
      /batch 5/,
    ],
    ["an unknown buffer", [define("a", load("y", at(0)))], /y is not declared/],
    ["an unknown local", [define("a", local("b"))], /b is read before it is defined/],
    ["a local in its own value", [define("a", local("a"))], /a is read before it is defined/],
    [
      "a local out of its loop",
      [loop("i", 3, define("a", number(1))), define("b", local("a"))],
      /a is read before/,
    ],
    [
      "a loop variable out of its loop",
      [loop("i", 3), define("b", { kind: "index", value: at(0, [1, "i"]) })],
      /i is not in scope/,
    ],
    ["a second definition", [define("a", number(1)), define("a", number(2))], /a is defined twice/],
    [
      "a shadowing definition",
      [define("a", number(1)), loop("i", 2, define("a", number(2)))],
      /a is defined twice/,
    ],
    ["a local named like a buffer", [define("x", number(1))], /x is defined twice/],
    ["a nested loop over the same variable", [loop("i", 2, loop("i", 2))], /i is defined twice/],
    [
      "an assigned constant",
      [define("a", number(1)), { kind: "assign", name: "a", value: number(2) }],
      /not mutable/,
    ],
    ["an undefined accumulator", [{ kind: "assign", name: "a", value: number(2) }], /assigned before/],
    ["a store to an input", [store("x", at(0), number(1))], /x is written although its role is input/],
    [
      "scratch read too early",
      [define("a", load("s", at(0))), store("s", at(0), number(1))],
      /s is read before/,
    ],
    [
      "an element read that was not written",
      [store("s", at(0), number(1)), define("a", load("s", at(1)))],
      /s is read before/,
    ],
    [
      "a first step that reads what no step has written",
      [loop("i", 3, store("s", at(1, [1, "i"]), load("s", at(0, [1, "i"]))))],
      /s is read before/,
    ],
    ["accumulating onto nothing", [store("s", at(0), number(1), true)], /s is read before/],
    ["a wrong number of operands", [define("a", apply("add", number(1)))], /add has 1 operands, not 2/],
    ["a return in a loop", [loop("i", 2, { kind: "return", value: number(1) })], /not at the top level/],
    ["statements after the return", [{ kind: "return", value: number(1) }, loop("i", 2)], /not the last/],
    [
      "a local that crosses a piece",
      [define("a", number(1)), { kind: "piece", name: "p", body: [define("b", local("a"))] }],
      /a is read before/,
    ],
    [
      "a local that leaves a when",
      [{ kind: "when", value: number(1), body: [define("a", number(1))] }, define("b", local("a"))],
      /a is read before/,
    ],
    [
      "an element read that may not have been written",
      [
        { kind: "when", value: load("x", at(0)), body: [store("s", at(0), number(1))] },
        define("a", load("s", at(0))),
      ],
      /s is read before/,
    ],
    [
      "a loop without progress",
      [{ kind: "loop", variable: "i", from: 0, to: 3, step: 0, body: [] }],
      /has no whole step/,
    ],
    [
      "a real buffer as an index",
      [
        define(
          "a",
          load("x", {
            constant: 0,
            terms: [{ coefficient: 1, atom: { kind: "element", buffer: "x", offset: at(0) } }],
          }),
        ),
      ],
      /x is used as an index but holds reals/,
    ],
  ])("finds %s", (_name, body, problem) => {
    expect(problemsOf(body)).toMatch(problem);
  });

  it("finds parameters written outside the training step only", () => {
    const body = [store("W", at(0), number(1))];
    const make = (name: string): Program => program([buffer("parameter", "W", [1])], body, name);
    expect(verifyProgram(make("gradient"))).toEqual(["W is written although its role is parameter"]);
    expect(verifyProgram(make("trainStep"))).toEqual([]);
  });

  it("allows sibling scopes to use a name again", () => {
    expect(problemsOf([loop("i", 3, define("a", number(1))), loop("i", 3, define("a", number(1)))])).toBe("");
  });

  it("does not mind accesses in loops that never run", () => {
    const tile = {
      kind: "loop",
      variable: "n",
      from: 0,
      to: { kind: "batch", multipleOf: 4 },
      step: 4,
    } as const;
    const body: readonly Statement[] = [{ ...tile, body: [define("a", load("x", at(9, [3, "n"])))] }];
    expect(verifyProgram(program([x], body), { batchSizes: [1, 3] })).toEqual([]);
    expect(verifyProgram(program([x], body), { batchSizes: [4, 7] })).toEqual([]);
    const past: readonly Statement[] = [{ ...tile, body: [define("a", load("x", at(12, [3, "n"])))] }];
    expect(verifyProgram(program([x], past), { batchSizes: [4] })).toHaveLength(1);
  });

  it("checks data-dependent indices by their number of categories", () => {
    const t = { ...buffer("target", "t", [], true), element: "integer" } as const;
    const element: Affine = {
      constant: 0,
      terms: [{ coefficient: 1, atom: { kind: "element", buffer: "t", offset: at(0) } }],
    };
    const pick = program([x, t], [{ kind: "return", value: load("x", element) }]);
    expect(verifyProgram(pick, { batchSizes: [1], categories: new Map([["t", 3]]) })).toEqual([]);
    expect(verifyProgram(pick, { batchSizes: [1], categories: new Map([["t", 4]]) })).toHaveLength(1);
  });

  describe("under the condition of a select", () => {
    const guarded = (condition: Expression, then: Expression, otherwise: Expression = number(0)): string =>
      problemsOf([loop("i", 8, loop("j", 8, define("a", apply("select", condition, then, otherwise))))]);

    it("respects a range", () => {
      expect(guarded(inRange(at(-2, [1, "i"]), 0, 3), load("x", at(-2, [1, "i"])))).toBe("");
      expect(guarded(inRange(at(-2, [1, "i"]), 0, 4), load("x", at(-2, [1, "i"])))).toMatch(/from 0 to 3/);
      expect(guarded(inRange(at(-2, [1, "j"]), 0, 3), load("x", at(-2, [1, "i"])))).toMatch(/from -2 to 5/);
    });

    it("respects a range with a step", () => {
      expect(guarded(inRange(at(0, [1, "i"]), 1, 7, 2), load("x", at(-0.5, [0.5, "i"])))).toBe("");
      expect(guarded(inRange(at(0, [1, "i"]), 1, 9, 2), load("x", at(-0.5, [0.5, "i"])))).toMatch(/reaches/);
    });

    it("respects two ranges at once", () => {
      // A 1×3 image padded on all sides: x[3(i − 2) + (j − 1)].
      const both = apply("and", inRange(at(-2, [1, "i"]), 0, 1), inRange(at(-1, [1, "j"]), 0, 3));
      const offset = at(-7, [3, "i"], [1, "j"]);
      expect(guarded(both, load("x", offset))).toBe("");
      expect(guarded(inRange(at(-2, [1, "i"]), 0, 1), load("x", offset))).toMatch(/reaches/);
    });

    it("knows the opposite in the other branch", () => {
      const first = inRange(at(0, [1, "i"]), 0, 5);
      expect(guarded(first, number(1), load("x", at(-5, [1, "i"])))).toBe("");
      expect(guarded(apply("not", first), load("x", at(-5, [1, "i"])))).toBe("");
      expect(guarded(first, number(1), load("x", at(-6, [1, "i"])))).toMatch(/from -1 to 1/);
    });

    it("knows what the conditions around a condition leave of it", () => {
      // A concatenation of three: the last is reached where i lies in neither of the first two ranges.
      const last = apply("select", inRange(at(0, [1, "i"]), 3, 5), number(2), load("x", at(-5, [1, "i"])));
      expect(guarded(inRange(at(0, [1, "i"]), 0, 3), number(1), last)).toBe("");
      expect(guarded(inRange(at(0, [1, "i"]), 0, 2), number(1), last)).toMatch(/reaches/);
    });

    it("respects comparisons of indices", () => {
      const i: Expression = { kind: "index", value: at(0, [1, "i"]) };
      expect(guarded(apply("less", i, number(3)), load("x", at(0, [1, "i"])))).toBe("");
      expect(guarded(apply("lessEqual", i, number(3)), load("x", at(0, [1, "i"])))).toMatch(/from 0 to 3/);
      expect(guarded(apply("lessEqual", i, number(4)), number(0), load("x", at(-5, [1, "i"])))).toBe("");
    });

    it("looks conditions up in locals", () => {
      const body = [
        loop(
          "i",
          8,
          define("inside", inRange(at(0, [1, "i"]), 0, 3)),
          define("a", apply("select", local("inside"), load("x", at(0, [1, "i"])), number(0))),
        ),
      ];
      expect(problemsOf(body)).toBe("");
    });
  });
});
