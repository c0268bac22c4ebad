import { describe, expect, it } from "vitest";
import { type Statement } from "../../../src/program/index.ts";
import {
  apply,
  at,
  batch,
  buffer,
  define,
  load,
  local,
  loop,
  number,
  program,
  store,
} from "../../program/sample.ts";
import { kernelBytes } from "../../support/kernel.ts";
import { agree, precisions, values, x, y, zeros } from "./agree.ts";

describe.each(precisions)("a program in %s", (precision) => {
  it("adds up in a loop over the batch", () => {
    const samples = buffer("input", "s", [3], true);
    const tested = program(
      [samples],
      [
        define("sum", number(0), true),
        loop(
          "n",
          batch,
          loop("i", 3, {
            kind: "assign",
            name: "sum",
            value: apply("add", local("sum"), load("s", at(0, [3, "n"], [1, "i"]))),
          }),
        ),
        { kind: "return", value: local("sum") },
      ],
    );
    for (const count of [0, 1, 5])
      agree(tested, precision, { s: values.slice(0, 15) }, { batch: count, step: 1, seed: 0 });
  });

  it("counts down", () => {
    const down: Statement = {
      kind: "loop",
      variable: "t",
      from: 14,
      to: -1,
      step: -1,
      body: [
        store("y", at(0, [1, "t"]), apply("add", load("y", at(1, [1, "t"])), load("x", at(0, [1, "t"])))),
      ],
    };
    agree(program([x, y], [store("y", at(15), number(1)), down]), precision, { x: values, y: zeros });
  });

  it("puts pieces into functions that are given the loops around them, and shares equal ones", () => {
    const piece: Statement = {
      kind: "piece",
      name: "part",
      body: [loop("j", 4, store("y", at(0, [4, "i"], [1, "j"]), load("x", at(0, [4, "i"], [1, "j"]))))],
    };
    const once = program([x, y], [loop("i", 4, piece)]);
    const twice = program([x, y], [loop("i", 4, piece, piece)]);
    agree(twice, precision, { x: values, y: zeros });
    const [first, second] = [once, twice].map((each) => kernelBytes(each, precision, 1).length);
    expect((second ?? 0) - (first ?? 0)).toBeLessThan(20);
  });
});
