import { describe, it } from "vitest";
import { type Statement } from "../../../src/program/index.ts";
import { apply, at, define, load, local, loop, number, program, store } from "../../program/sample.ts";
import { agree, inLanes, precisions, values, width, x, y, zeros } from "./agree.ts";

describe.each(precisions)("a local in %s", (precision) => {
  const lanes = width[precision];

  it("reads a local from outside as it is when the loop runs, whichever loops ran before", () => {
    const spread = (accumulate: boolean): Statement =>
      inLanes("i", 0, 16, lanes, [store("y", at(0, [1, "i"]), local("v"), accumulate)]);
    const tested = program(
      [x, y],
      [
        define("v", load("x", at(3)), true),
        { kind: "when", value: apply("less", number(1), number(0)), body: [spread(false)] },
        spread(false),
        { kind: "assign", name: "v", value: apply("add", local("v"), number(1)) },
        spread(true),
      ],
    );
    agree(tested, precision, { x: values, y: zeros });
  });

  it("puts into lanes what a local is at each loop, though one before did not run or found another number", () => {
    const add = (): Statement =>
      inLanes("i", 0, 16, lanes, [
        store("y", at(0, [1, "i"]), apply("multiply", local("a"), local("b")), true),
      ]);
    const never: Statement = {
      kind: "loop",
      variable: "n",
      from: 0,
      to: { kind: "batch", multipleOf: 4 },
      step: 4,
      body: [add()],
    };
    const tested = program(
      [x, y],
      [
        loop("k", 16, store("y", at(0, [1, "k"]), number(1))),
        define("a", load("x", at(1))),
        define("b", number(2), true),
        never,
        add(),
        { kind: "assign", name: "b", value: number(5) },
        add(),
      ],
    );
    agree(tested, precision, { x: values, y: zeros });
  });

  it("ends with its block, so that another may have its name", () => {
    const own = (k: number): Statement =>
      loop("i", 4, define("v", load("x", at(4 * k, [1, "i"]))), store("y", at(4 * k, [1, "i"]), local("v")));
    agree(program([x, y], [own(0), own(1), own(2), own(3)]), precision, { x: values, y: zeros });
  });
});
