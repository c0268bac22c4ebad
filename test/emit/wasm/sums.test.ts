import { describe, expect, it } from "vitest";
import { accumulationsOf, sumStores } from "../../../src/emit/wasm/sums.ts";
import type { Loop, Statement } from "../../../src/program/index.ts";
import { apply, at, define, load, local, number, store } from "../../program/sample.ts";
import { inLanes } from "./agree.ts";

const element = load("x", at(0, [1, "i"]));

function assign(name: string, operation: "add" | "subtract" | "maximum" | "minimum"): Statement {
  return { kind: "assign", name, value: apply(operation, local(name), element) };
}

describe("accumulations", () => {
  const of = (...body: readonly Statement[]): readonly string[] =>
    accumulationsOf(inLanes("i", 0, 8, 4, body) as Loop) // which it is
      .map(({ name, operation }) => `${name} ${operation}`);

  it("are of locals from outside, wherever they are assigned", () => {
    const guarded: Statement = { kind: "when", value: element, body: [assign("least", "minimum")] };
    const own = [define("mine", number(0), true), assign("mine", "add")];
    expect(
      of(assign("sum", "add"), assign("sum", "subtract"), assign("most", "maximum"), guarded, ...own),
    ).toEqual(["sum f64.add", "most f64.max", "least f64.min"]);
  });

  it("are refused that differ, or are none that lanes can do for themselves", () => {
    expect(() => of(assign("sum", "add"), assign("sum", "maximum"))).toThrow("lanes do one thing to sum");
    for (const value of [element, apply("subtract", element, local("sum"))])
      expect(() => of({ kind: "assign", name: "sum", value })).toThrow("lanes add to sum");
  });
});

describe("stores of sums", () => {
  const sums = new Set(["a", "b"]);
  const zero = [define("a", number(0), true), define("b", number(0), true)];
  const stores = [store("y", at(4), local("a")), store("y", at(5), local("b"))];
  const names = (before: readonly Statement[], after: readonly Statement[]): readonly unknown[] => {
    const found = sumStores(sums, before, after);
    return [[...found.stores.keys()], found.statements];
  };
  const none = [[], 0];

  it("are those right after the loops, and comments between them", () => {
    const comment: Statement = { kind: "comment", text: "the sums" };
    expect(names(zero, [...stores, store("y", at(6), number(1))])).toEqual([["a", "b"], 2]);
    expect(names(zero, [comment, ...stores, comment])).toEqual([["a", "b"], 3]);
    expect(names(zero, [store("y", at(6), number(1)), ...stores])).toEqual(none);
  });

  it("are none that are read again, or that do not begin at 0", () => {
    expect(names(zero, [...stores, { kind: "return", value: local("b") }])).toEqual(none);
    expect(names([define("a", number(1), true), define("b", number(0), true)], stores)).toEqual(none);
    expect(names([...zero, assign("b", "add")], stores)).toEqual(none);
  });

  it("are to a known place, and not added to what is there", () => {
    expect(names(zero, [store("y", at(0, [1, "k"]), local("a"))])).toEqual(none);
    expect(names(zero, [store("y", at(0), local("a"), true)])).toEqual(none);
    expect(names(zero, [store("y", at(0), local("other"))])).toEqual(none);
  });
});
