import wabt from "wabt";
import { describe, expect, it } from "vitest";
import { emitKernel } from "../../../src/emit/wasm/kernel.ts";
import {
  type Affine,
  type Expression,
  type Memory,
  type ModuleProgram,
  type Program,
  runProgram,
  scalarArity,
  scalarFunctions,
  type ScalarOperation,
  type Statement,
} from "../../../src/program/index.ts";
import { Instance, Memory as LinearMemory, Module } from "../../support/webassembly.ts";
import {
  apply,
  at,
  buffer,
  define,
  line,
  load,
  number,
  overBatch,
  program,
  store,
} from "../typescript/networks.ts";

const { readWasm } = await wabt().then((tools) => ({ readWasm: tools.readWasm.bind(tools) }));

/** What the programs read. */
interface Inputs {
  readonly x: Float64Array;
  readonly t: Float64Array;
}

const inputs: Inputs = {
  x: Float64Array.of(0.5, -2, 3.25, 0, -0.75, 11, 2),
  t: Float64Array.of(1, 0, 2, -1, 3, 0.5, 2),
};

/** y of the kernel and of the interpreter, where `predict` does what the statements say. */
function bothRun(
  body: readonly Statement[],
  { x, t }: Inputs,
  more: Program["buffers"] = [],
): readonly (readonly number[])[] {
  const samples = x.length;
  const buffers = [buffer("x", "input"), buffer("t", "input"), buffer("y", "output"), ...more];
  const predict = program("predict", buffers, body);
  const { module } = line();
  const changed: ModuleProgram = {
    ...module,
    batchSize: samples,
    inputs: [...module.inputs, ...module.targets],
    targets: [],
    programs: { ...module.programs, predict },
  };
  const { bytes, memory } = emitKernel(changed);
  readWasm(bytes, {}).validate();
  const linear = new LinearMemory({ initial: memory.pages, maximum: memory.pages });
  const instance = new Instance(new Module(bytes), { env: { memory: linear } });
  const view = (offset = NaN): Float64Array => new Float64Array(linear.buffer, offset, samples);
  view(memory.data.get("x")?.offset).set(x);
  view(memory.data.get("t")?.offset).set(t);
  const run = instance.exports["predict"] as (count: number, step: number, seed: number) => void; // every kernel's
  run(samples, 3, 5);
  const interpreted: Memory = new Map([
    ["x", x],
    ["t", t],
    ["y", new Float64Array(samples)],
  ]);
  runProgram(predict, interpreted, { batch: samples, step: 3, seed: 5 });
  return [[...view(memory.output?.offset)], [...(interpreted.get("y") ?? [])]];
}

const here: Affine = at(0, [1, "n"]);

function expectSame(body: readonly Statement[], more: Program["buffers"] = []): void {
  const [found, wanted] = bothRun(body, inputs, more);
  expect(found).toEqual(wanted);
}

describe("scalar operations", () => {
  const names = Object.keys(scalarArity) as ScalarOperation[]; // the table's keys are its operations
  const values = [0, -0, 1, -1, 0.5, -2.5, 1e-310, 3, 40, 710, -746, Infinity, -Infinity, NaN];

  it.each(names)("%s is what it is in JavaScript, nearly", (operation) => {
    const arity = scalarArity[operation];
    const pairs = values.flatMap((a) => values.map((b) => [a, b] as const));
    const [x, t] = [0, 1].map((k) => Float64Array.from(pairs, (pair) => pair[k] ?? NaN));
    const operands = [load("x", here), load("t", here), number(7)].slice(0, arity);
    const body = [overBatch("n", [store("y", here, apply(operation, ...operands))])];
    const [found = []] = bothRun(body, { x: x ?? inputs.x, t: t ?? inputs.t });
    pairs.forEach(([a, b], k) => {
      const wanted = scalarFunctions[operation](...[a, b, 7].slice(0, arity));
      const value = found[k] ?? NaN;
      const close = Math.abs(value - wanted) <= 8 * Number.EPSILON * Math.abs(wanted);
      expect(close || Object.is(value, wanted), `${operation}(${a}, ${b}) = ${wanted}, not ${value}`).toBe(
        true,
      );
    });
  });
});

describe("programs", () => {
  it("reads nothing of a branch that is not taken", () => {
    const inside: Expression = { kind: "inRange", value: at(-4, [1, "n"]), from: 0, to: 2, step: 1 };
    const far = load("x", at(-100_000_000, [25_000_000, "n"]));
    const near = load("x", at(-4, [1, "n"]));
    expectSame([overBatch("n", [store("y", here, apply("select", inside, near, number(9)))])]);
    const wild = apply("select", apply("less", number(1), number(0)), far, number(9));
    expectSame([overBatch("n", [store("y", here, wild)])]);
  });

  it("stay within memory in lanes for which a condition does not hold", () => {
    const second: Expression = { kind: "inRange", value: here, from: 1, to: 2, step: 1 };
    const inPairs = (value: Expression): Statement => ({
      kind: "loop",
      variable: "n",
      from: 0,
      to: 6,
      step: 2,
      lanes: 2,
      body: [store("y", here, apply("select", second, value, number(9)))],
    });
    const last = store("y", at(6), number(0));
    expectSame([inPairs(load("x", at(-2000, [2000, "n"]))), last]);
    const zero = buffer("zero", "constant", [1], { element: "integer", data: [0] });
    // What lies 31 integers before it is half of an element of t, and as an index far outside.
    const atom = { kind: "element", buffer: "zero", offset: at(-31, [31, "n"]) } as const;
    expectSame([inPairs(load("x", { constant: 0, terms: [{ coefficient: 1, atom }] })), last], [zero]);
  });

  it("go backwards, by steps and by lanes, over whole blocks and what is left", () => {
    const double = (place: Affine): Statement =>
      store("y", place, apply("add", load("x", place), load("x", place)));
    const down: Statement = {
      kind: "loop",
      variable: "i",
      from: 6,
      to: -1,
      step: -1,
      body: [double(at(0, [1, "i"]))],
    };
    expectSame([down]);
    const turned: Statement = { ...down, body: [double(at(6, [-1, "i"]))] };
    expectSame([turned]);
    const shifted: Statement = {
      kind: "loop",
      variable: "i",
      from: -6,
      to: 1,
      step: 1,
      body: [double(at(6, [1, "i"]))],
    };
    expectSame([shifted]);
    const blocks: Statement = {
      ...{ kind: "loop", variable: "n", from: 0, to: { kind: "batch", multipleOf: 4 }, step: 4, lanes: 4 },
      body: [double(here)],
    };
    const rest: Statement = {
      ...{ kind: "loop", variable: "n", from: { kind: "batch", multipleOf: 4 }, step: 1 },
      ...{ to: { kind: "batch", multipleOf: 1 }, body: [double(here)] },
    };
    expectSame([blocks, rest]);
  });

  it("keep names of blocks apart", () => {
    const hide = (value: number): Statement => ({
      kind: "piece",
      name: `p${value}`,
      body: [
        define("a", number(value)),
        store("y", at(0), apply("add", load("y", at(0)), { kind: "local", name: "a" })),
      ],
    });
    const clear = overBatch("n", [store("y", here, number(0))]);
    const after = store("y", at(1), { kind: "local", name: "a" });
    expectSame([clear, define("a", number(1)), hide(2), hide(3), after]);
  });

  it("look up by integers, and add to what is there", () => {
    const ids = buffer("ids", "constant", [3], { element: "integer", data: [4, 0, 2] });
    const clear = overBatch("n", [store("y", here, number(1))]);
    const place: Affine = {
      constant: 0,
      terms: [{ coefficient: 1, atom: { kind: "element", buffer: "ids", offset: at(0, [1, "k"]) } }],
    };
    const add: Statement = {
      ...store("y", place, load("t", at(2, [1, "k"]))),
      accumulate: true,
    } as Statement;
    expectSame([clear, { kind: "loop", variable: "k", from: 0, to: 3, step: 1, body: [add] }], [ids]);
  });

  it("do a part on a condition, and draw the random numbers of every target", () => {
    const draw = (stream: number): Expression => ({ kind: "random", stream, value: at(3, [2, "n"]) });
    const positive = apply("less", number(0), load("x", here));
    expectSame([
      overBatch("n", [
        store("y", here, apply("subtract", draw(1), draw(4))),
        { kind: "when", value: positive, body: [store("y", here, apply("add", load("y", here), draw(1)))] },
      ]),
    ]);
  });
});
