import { describe, expect, it } from "vitest";
import { lowerProgram } from "../../../src/lower/index.ts";
import { NameSupply } from "../../../src/lower/names.ts";
import { groupCalls } from "../../../src/lower/rewrites/group.ts";
import {
  affineConstant,
  type Buffer,
  type Expression,
  formatStatements,
  type Program,
  runProgram,
  scalarApply,
  type Statement,
  verifyProgram,
} from "../../../src/program/index.ts";
import { expectMeaning, sinksOf } from "../check.ts";
import { xor } from "../networks.ts";

const width = 8;
const places = Array.from({ length: width }, (_, k) => k);

const x: Buffer = { name: "x", role: "input", element: "real", shape: [width], batched: false };
const output: Buffer = { name: "output", role: "output", element: "real", shape: [width], batched: false };
const memory: Buffer = { name: "memory", role: "scratch", element: "real", shape: [width], batched: false };

const load = (buffer: string, k: number): Expression => ({ kind: "load", buffer, offset: affineConstant(k) });
const local = (name: string): Expression => ({ kind: "local", name });
const define = (name: string, value: Expression): Statement => ({ kind: "let", name, value, mutable: false });
const store = (buffer: string, k: number, value: Expression): Statement => {
  return { kind: "store", buffer, offset: affineConstant(k), value, accumulate: false };
};

function group(statements: readonly Statement[]): Program {
  const buffers = [x, output, memory];
  const body = groupCalls(statements, buffers, new NameSupply());
  return { name: "predict", buffers, body, schedule: "unrolled", scheduleReason: "" };
}

function loopsOf({ body }: Program): readonly string[] {
  return body.flatMap((statement) =>
    statement.kind === "loop" ? [formatStatements([statement]).join("\n")] : [],
  );
}

function outputOf(program: Program): readonly number[] {
  expect(verifyProgram(program)).toEqual([]);
  const result = new Float64Array(width);
  const values = Float64Array.from(places, (k) => k / 3 - 1);
  runProgram(
    program,
    new Map([
      ["x", values],
      ["output", result],
    ]),
    { batch: 1 },
  );
  return [...result];
}

/** Two layers of `tanh`, element by element; what is between a call and its use does not matter to it. */
const layers = places.flatMap((k) => [
  define(`x${k}`, load("x", k)),
  define(`h${k}`, scalarApply("tanh", local(`x${k}`))),
  define(`twice${k}`, scalarApply("add", local(`h${k}`), local(`h${k}`))),
  define(`y${k}`, scalarApply("tanh", local(`twice${k}`))),
  store("output", k, local(`y${k}`)),
]);

describe("groupCalls", () => {
  it("makes one loop of the calls of each layer", () => {
    const program = group(layers);
    expect(loopsOf(program)).toHaveLength(2);
    const expected = places.map((k) => Math.tanh(2 * Math.tanh(k / 3 - 1)));
    expect(outputOf(program)).toEqual(expected);
  });

  it("leaves few calls as they are", () => {
    const few = layers.slice(0, 5 * 5);
    expect(group(few).body).toEqual(few);
  });

  it("does not group calls of which each needs the one before", () => {
    const chain = places.map((k) =>
      define(`h${k}`, scalarApply("tanh", k === 0 ? load("x", 0) : local(`h${k - 1}`))),
    );
    expect(group(chain).body).toEqual(chain);
  });

  it("moves nothing past a store to memory that it reads", () => {
    const reused = places.flatMap((k) => [
      store("memory", 0, load("x", k)),
      define(`z${k}`, load("memory", 0)),
      define(`h${k}`, scalarApply("tanh", local(`z${k}`))),
      store("output", k, local(`h${k}`)),
    ]);
    expect(group(reused).body).toEqual(reused);
  });

  it("moves nothing past a change of an accumulator that it reads", () => {
    const sums: readonly Statement[] = [
      { kind: "let", name: "sum", value: load("x", 0), mutable: true },
      ...places.flatMap((k): readonly Statement[] => [
        define(`h${k}`, scalarApply("tanh", local("sum"))),
        { kind: "assign", name: "sum", value: scalarApply("add", local("sum"), local(`h${k}`)) },
      ]),
    ];
    expect(group(sums).body).toEqual(sums);
  });
});

describe("four samples of XOR at a time", () => {
  const network = xor();

  it.each(Object.entries(sinksOf(network)))("%s has one loop of 16 calls of tanh", (name, sinks) => {
    const schedule = "unrolled";
    const program = lowerProgram({ name, sinks, names: network.names, schedule, batchSize: 4 });
    const scratch = program.buffers.filter(({ role }) => role === "scratch");
    expect(scratch.map((buffer) => [buffer.name, buffer.shape])).toEqual([["tanhs", [16]]]);
    for (const batch of [3, 4, 9]) expectMeaning(program, sinks, batch, batch);
  });
});
