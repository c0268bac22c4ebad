import { describe, expect, it } from "vitest";
import {
  type Affine,
  type Buffer,
  type Expression,
  type Memory,
  type Program,
  runProgram,
  type ScalarOperation,
  scalarArity,
  type Statement,
} from "../../../src/program/index.ts";
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
import { kernelBytes, runKernel } from "../../support/kernel.ts";

const precisions = ["f64", "f32"] as const;
const width = { f64: 2, f32: 4 } as const;

/** Largest difference relative to the largest value. */
function difference(actual: Iterable<number>, expected: Iterable<number>): number {
  const [a, b] = [[...actual], [...expected]];
  const scale = Math.max(1e-3, ...b.map(Math.abs).filter(Number.isFinite));
  return Math.max(
    0,
    ...b.map((value, k) => (Object.is(value, a[k]) ? 0 : Math.abs(value - (a[k] ?? NaN)) / scale)),
  );
}

function inLanes(
  variable: string,
  from: number,
  to: number,
  lanes: number,
  body: readonly Statement[],
): Statement {
  return { kind: "loop", variable, from, to, step: lanes, lanes, body };
}

/** Runs the program both ways, and holds all that it leaves against each other. */
function agree(
  tested: Program,
  precision: "f32" | "f64",
  fill: Readonly<Record<string, readonly number[]>>,
  options = { batch: 1, step: 3, seed: 7 },
): void {
  const memoryOf = (): Memory =>
    new Map(
      Object.entries(fill).map(([name, values]) => [
        name,
        integerOf(tested, name) ? Int32Array.from(values) : Float64Array.from(values, Math.fround),
      ]),
    );
  const [expected, actual] = [memoryOf(), memoryOf()];
  const value = runProgram(tested, expected, options);
  const computed = runKernel(tested, actual, precision, options);
  const bound = precision === "f64" ? 1e-13 : 1e-5;
  if (value !== undefined) expect(difference([computed ?? NaN], [value])).toBeLessThan(bound);
  for (const [name, values] of expected) {
    if (fill[name] !== undefined)
      expect(difference(actual.get(name) ?? [], values), name).toBeLessThan(bound);
  }
}

function integerOf({ buffers }: Program, name: string): boolean {
  return buffers.some((each) => each.name === name && each.element === "integer");
}

const x = buffer("input", "x", [16]);
const y: Buffer = buffer("gradient", "y", [16]);
const values = Array.from({ length: 16 }, (_, k) => Math.sin(3 * k + 1) * (k % 5));
const zeros = Array.from({ length: 16 }, () => 0);

describe.each(precisions)("a program in %s", (precision) => {
  const lanes = width[precision];
  const each = (value: Expression, offset: Affine = at(0, [1, "i"])): Program =>
    program([x, y], [inLanes("i", 0, 16, lanes, [store("y", offset, value)])]);

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
        ]),
        inLanes("i", 0, to, lanes, [store("z", place, number(1), true)]),
        store("y", at(15), local("most")),
        { kind: "return", value: local("sum") },
      ],
    );
    agree(tested, precision, { ids: places, x: wild, y: zeros, z: zeros });
  });

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

  it("runs what stands under a condition in the lanes that fulfil it", () => {
    const element = load("x", at(0, [1, "i"]));
    const tested = program(
      [x, y],
      [
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
    agree(tested, precision, { x: values, y: zeros });
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
