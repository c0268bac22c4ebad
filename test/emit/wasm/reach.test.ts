import { describe, expect, it } from "vitest";
import { guardsGathers, reachOfLanes } from "../../../src/emit/wasm/reach.ts";
import type { Affine, Loop, Statement } from "../../../src/program/index.ts";
import { apply, at, batch, load, loop, number, store } from "../../program/sample.ts";
import { inLanes } from "./agree.ts";

const place = { offset: 64, bytes: 4 };
const copy = (offset: Affine): Statement => store("y", at(0), load("x", offset));
const gathered: Affine = {
  constant: 0,
  terms: [{ coefficient: 1, atom: { kind: "element", buffer: "ids", offset: at(0, [1, "i"]) } }],
};

describe("what loops in lanes touch", () => {
  const reach = (...body: readonly Statement[]): readonly number[] => {
    const { low, high } = reachOfLanes(body, 10, () => place);
    return [(low - place.offset) / place.bytes, (high - place.offset) / place.bytes];
  };

  it("is nothing outside of them", () => {
    expect(reach(loop("i", 8, copy(at(100, [1, "i"]))))).toEqual([Infinity, -Infinity]);
  });

  it("goes from the lowest to the highest element of all accesses, those under conditions too", () => {
    const guarded: Statement = { kind: "when", value: number(0), body: [copy(at(-3, [2, "i"]))] };
    expect(reach(inLanes("i", 0, 8, 4, [guarded]))).toEqual([-3, 12]);
    expect(reach(inLanes("i", 0, 8, 4, [copy(at(5, [-2, "i"]))]))).toEqual([-9, 6]);
  });

  it("knows the loops around, over as many samples as there may be", () => {
    expect(reach(loop("n", batch, inLanes("i", 0, 8, 4, [copy(at(0, [8, "n"], [1, "i"]))])))).toEqual([
      0, 80,
    ]);
    const down: Statement = {
      kind: "loop",
      variable: "t",
      from: 6,
      to: -1,
      step: -1,
      body: [inLanes("i", 0, 8, 4, [copy(at(0, [8, "t"], [1, "i"]))])],
    };
    expect(reach(down)).toEqual([0, 56]);
  });

  it("goes on for lanes that have nothing left to do", () => {
    expect(reach(inLanes("i", 0, 5, 4, [copy(at(0, [1, "i"]))]))).toEqual([0, 8]);
  });

  it("leaves out what integers in memory decide", () => {
    const scaled: Affine = { constant: 1000, terms: gathered.terms };
    expect(reach(inLanes("i", 0, 8, 4, [copy(scaled)]))).toEqual([0, 8]); // the integers themselves
  });
});

describe("gathers that a lane is kept from", () => {
  const guards = (to: number, ...body: readonly Statement[]): boolean =>
    guardsGathers(inLanes("i", 0, to, 4, body) as Loop); // which it is
  const choice = (offset: Affine): Statement =>
    store("y", at(0, [1, "i"]), apply("negate", apply("select", number(1), load("x", offset), number(0))));

  it("are those under conditions, in branches, and of lanes that have nothing left to do", () => {
    const body = [copy(gathered)];
    expect(guards(8, loop("k", 2, { kind: "when", value: number(1), body }))).toBe(true);
    expect(guards(8, choice(gathered))).toBe(true);
    expect(guards(7, ...body)).toBe(true);
  });

  it("are not those that every lane does, nor loads of places that are known", () => {
    expect(guards(8, copy(gathered))).toBe(false);
    expect(guards(7, choice(at(0, [1, "i"])))).toBe(false);
    const condition = apply("less", load("x", gathered), number(0));
    expect(guards(8, { kind: "when", value: condition, body: [copy(at(0))] })).toBe(false);
  });
});
