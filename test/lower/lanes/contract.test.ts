import { describe, expect, it } from "vitest";
import { contractAlong, divideAmong, withRoom } from "../../../src/lower/lanes/contract.ts";
import type { Loop, Statement } from "../../../src/program/index.ts";
import { at, batch, buffer, load, loop, number, store } from "../../program/sample.ts";

const scratch = buffer("scratch", "h", [5], true);
const contracted = new Set(["h"]);

describe("memory that one statement alone knows", () => {
  it("is what no other one loads or stores", () => {
    const first = loop("i", 4, store("a", at(0, [1, "i"]), number(1)), store("b", at(0), number(1)));
    const second = loop("i", 4, store("c", at(0), load("b", at(0))), store("y", at(0), number(0)));
    const own = divideAmong([first, second], new Set(["a", "b", "c", "d"]));
    expect([...(own.get(first) ?? [])]).toEqual(["a"]);
    expect([...(own.get(second) ?? [])]).toEqual(["c"]);
  });
});

describe("the room of contracted memory", () => {
  const shapeAfter = (...statements: readonly Statement[]): unknown => {
    const [after] = withRoom([scratch], contracted, statements);
    return [after?.batched, after?.shape];
  };
  const down = (from: number, ...body: readonly Statement[]): Statement => ({
    kind: "loop",
    variable: "t",
    from,
    to: -1,
    step: -1,
    body,
  });

  it("is that of one iteration", () => {
    const whole = loop("n", batch, loop("i", 5, store("h", at(0, [5, "n"], [1, "i"]), number(1))));
    const after = contractAlong(whole as Loop, contracted); // which it is
    expect(after).toEqual(loop("n", batch, loop("i", 5, store("h", at(0, [1, "i"]), number(1)))));
    expect(shapeAfter(after)).toEqual([false, [5]]);
  });

  it("holds all that is stored, forwards, backwards, and in lanes that are idle", () => {
    expect(shapeAfter(loop("i", 4, store("h", at(7, [-2, "i"]), number(1))))).toEqual([false, [8]]);
    expect(shapeAfter(down(6, store("h", at(0, [2, "t"]), number(1))))).toEqual([false, [13]]);
    const lanes: Statement = {
      ...(loop("i", 5, store("h", at(0, [1, "i"]), number(1))) as Loop),
      step: 4,
      lanes: 4,
    };
    expect(shapeAfter(lanes)).toEqual([false, [8]]);
  });

  it("stays where samples still have stretches of their own", () => {
    const apart = loop("n", batch, store("h", at(0, [5, "n"]), number(1)));
    expect(shapeAfter(apart)).toEqual([true, [5]]);
  });
});
