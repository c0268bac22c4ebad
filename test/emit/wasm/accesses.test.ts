import { describe, it } from "vitest";
import { type Affine, type Buffer } from "../../../src/program/index.ts";
import { at, buffer, load, loop, number, program, store } from "../../program/sample.ts";
import { agree, inLanes, precisions, values, width, x, y, zeros } from "./agree.ts";

describe.each(precisions)("an access in %s", (precision) => {
  const lanes = width[precision];

  it.each([
    ["backwards", at(15, [-1, "i"])],
    ["apart", at(1, [2, "i"])],
    ["further apart", at(0, [3, "i"])],
    ["the same", at(5)],
  ])("loads elements that lie %s", (_, offset) => {
    const long = buffer("input", "x", [48]);
    const tested = program(
      [long, y],
      [inLanes("i", 0, 16, lanes, [store("y", at(0, [1, "i"]), load("x", offset))])],
    );
    agree(tested, precision, { x: [...values, ...values, ...values], y: zeros });
  });

  it("stores and adds to elements that lie apart", () => {
    const long = buffer("gradient", "z", [48]);
    const tested = program(
      [x, long],
      [
        loop("k", 48, store("z", at(0, [1, "k"]), number(0.5))),
        inLanes("i", 0, 16, lanes, [
          store("z", at(1, [3, "i"]), load("x", at(0, [1, "i"]))),
          store("z", at(2, [3, "i"]), load("x", at(0, [1, "i"])), true),
          store("z", at(0), load("x", at(0, [1, "i"])), true),
        ]),
      ],
    );
    agree(tested, precision, { x: values, z: [...zeros, ...zeros, ...zeros] });
  });

  it("gathers and scatters where integers say, lane after lane", () => {
    const ids: Buffer = { ...buffer("input", "ids", [16]), element: "integer" };
    const place: Affine = {
      constant: 0,
      terms: [{ coefficient: 1, atom: { kind: "element", buffer: "ids", offset: at(0, [1, "i"]) } }],
    };
    const tested = program(
      [ids, x, y],
      [
        loop("k", 16, store("y", at(0, [1, "k"]), number(0))),
        inLanes("i", 0, 16, lanes, [store("y", place, load("x", place), true)]),
      ],
    );
    agree(tested, precision, { ids: values.map((_, k) => (k * 7) % 5), x: values, y: zeros });
  });
});
