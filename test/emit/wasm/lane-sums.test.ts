import { describe, expect, it } from "vitest";
import { type Program, type Statement } from "../../../src/program/index.ts";
import { apply, at, define, load, local, loop, number, program, store } from "../../program/sample.ts";
import { kernelBytes } from "../../support/kernel.ts";
import { agree, inLanes, precisions, values, width, x, y, zeros } from "./agree.ts";

describe.each(precisions)("sums of lanes in %s", (precision) => {
  const lanes = width[precision];

  it("stores sums that go to places one after the other, and those that are read besides", () => {
    const names = Array.from({ length: 7 }, (_, k) => `sum${k}`);
    const add = (start: number): Statement =>
      inLanes(
        "i",
        start,
        start + 8,
        lanes,
        names.map((name, k) => ({
          kind: "assign",
          name,
          value: apply("add", local(name), apply("multiply", number(k + 1), load("x", at(0, [1, "i"])))),
        })),
      );
    const stores = (places: readonly number[]): readonly Statement[] =>
      names.map((name, k) => store("y", at(places[k] ?? 0), local(name)));
    const clear = loop("k", 16, store("y", at(0, [1, "k"]), number(0)));
    const tested = (from: number, places: readonly number[], more: readonly Statement[]): Program =>
      program(
        [x, y],
        [
          clear,
          ...names.map((name) => define(name, number(from), true)),
          add(0),
          add(8),
          ...stores(places),
          ...more,
        ],
      );
    const [together = 0, apart = 0] = [
      [0, 1, 2, 3, 4, 5, 6],
      [0, 2, 4, 6, 8, 10, 12],
    ].map((places) => kernelBytes(tested(0, places, []), precision, 1).length);
    expect(together).toBeLessThan(apart - 30); // a vector's store for those of its lanes
    const read: Statement = { kind: "return", value: local("sum2") };
    for (const places of [
      [0, 1, 2, 3, 4, 5, 6],
      [9, 8, 7, 6, 5, 4, 3],
      [1, 3, 4, 5, 6, 0, 9],
    ]) {
      for (const whole of [tested(0, places, []), tested(3, places, []), tested(0, places, [read])])
        agree(whole, precision, { x: values, y: zeros });
    }
  });

  it("adds to, and takes the greatest and the least of, locals from outside", () => {
    const element = load("x", at(0, [1, "i"]));
    const tested = program(
      [x, y],
      [
        define("sum", number(2), true),
        define("most", number(-Infinity), true),
        define("least", number(Infinity), true),
        inLanes("i", 0, 16, lanes, [
          { kind: "assign", name: "sum", value: apply("add", local("sum"), element) },
          { kind: "assign", name: "most", value: apply("maximum", local("most"), element) },
          { kind: "assign", name: "least", value: apply("minimum", local("least"), element) },
        ]),
        loop("k", 16, store("y", at(0, [1, "k"]), apply("subtract", local("most"), local("least")))),
        { kind: "return", value: local("sum") },
      ],
    );
    agree(tested, precision, { x: values, y: zeros });
  });
});
