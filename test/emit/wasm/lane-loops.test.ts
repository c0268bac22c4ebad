import { describe, it } from "vitest";
import { type Affine, type Buffer } from "../../../src/program/index.ts";
import {
  apply,
  at,
  buffer,
  define,
  load,
  local,
  loop,
  number,
  program,
  store,
} from "../../program/sample.ts";
import { agree, inLanes, precisions, values, width, x, y, zeros } from "./agree.ts";

describe.each(precisions)("a loop in lanes in %s", (precision) => {
  const lanes = width[precision];

  it.each([1, 3, 5, 9])("leaves lanes idle that come to no more than %d iterations", (to) => {
    const wild = values.map((value, k) => (k < to ? value : ([NaN, Infinity, -Infinity][k % 3] ?? NaN)));
    const element = load("x", at(0, [1, "i"]));
    const ids: Buffer = { ...buffer("input", "ids", [16]), element: "integer" };
    const z = buffer("gradient", "z", [16]);
    const places = wild.map((_, k) => (k < to ? (k * 7) % 5 : 1e9));
    const place: Affine = {
      constant: 0,
      terms: [{ coefficient: 1, atom: { kind: "element", buffer: "ids", offset: at(0, [1, "i"]) } }],
    };
    const tested = program(
      [ids, x, y, z],
      [
        define("sum", number(2), true),
        define("most", number(-Infinity), true),
        loop("k", 16, store("y", at(0, [1, "k"]), number(4))),
        loop("k", 16, store("z", at(0, [1, "k"]), number(1))),
        inLanes("i", 0, to, lanes, [
          define("own", number(1), true),
          { kind: "assign", name: "own", value: apply("add", local("own"), element) },
          { kind: "assign", name: "sum", value: apply("add", local("sum"), apply("exp", local("own"))) },
          { kind: "assign", name: "most", value: apply("maximum", local("most"), element) },
          {
            kind: "when",
            value: apply("less", number(0), element),
            body: [store("y", at(0, [1, "i"]), element)],
          },
          store("z", at(15, [-1, "i"]), element, true),
          store("y", at(14), element, true),
        ]),
        inLanes("i", 0, to, lanes, [store("z", place, number(1), true)]),
        store("y", at(15), local("most")),
        { kind: "return", value: local("sum") },
      ],
    );
    agree(tested, precision, { ids: places, x: wild, y: zeros, z: zeros });
  });

  it("runs what stands under a condition in the lanes that fulfil it", () => {
    const element = load("x", at(0, [1, "i"]));
    const z = buffer("gradient", "z", [16]);
    const tested = program(
      [x, y, z],
      [
        loop("k", 16, store("z", at(0, [1, "k"]), number(1))),
        define("sum", number(0), true),
        inLanes("i", 0, 16, lanes, [
          store("y", at(0, [1, "i"]), number(1)),
          define("mine", number(4), true),
          {
            kind: "when",
            value: apply("less", number(0), element),
            body: [
              store("y", at(0, [1, "i"]), element),
              store("y", at(0, [1, "i"]), element, true),
              store("z", at(3), element, true),
              { kind: "assign", name: "mine", value: apply("add", local("mine"), element) },
              { kind: "assign", name: "sum", value: apply("add", local("sum"), local("mine")) },
              {
                kind: "when",
                value: { kind: "inRange", value: at(0, [1, "i"]), from: 4, to: 10, step: 1 },
                body: [store("y", at(0, [1, "i"]), number(-3))],
              },
            ],
          },
          store("y", at(0, [1, "i"]), local("mine"), true),
        ]),
        { kind: "return", value: local("sum") },
      ],
    );
    agree(tested, precision, { x: values, y: zeros, z: zeros });
  });
});
