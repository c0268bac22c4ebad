import { describe, expect, it } from "vitest";
import {
  type Affine,
  type Buffer,
  countProgram,
  erf,
  type Expression,
  runProgram,
  type Statement,
  verifyProgram,
} from "../../src/program/index.ts";
import { at, batch, load, local, number, program } from "./sample.ts";

const x: Buffer = { name: "x", role: "input", element: "real", shape: [3], batched: true };

describe("runProgram", () => {
  it.each([
    [1, 5],
    [-0, 2],
    [NaN, 5],
  ])("does what stands under when for a condition other than 0: %d", (condition, expected) => {
    const body: readonly Statement[] = [
      { kind: "let", name: "sum", value: number(2), mutable: true },
      { kind: "when", value: number(condition), body: [{ kind: "assign", name: "sum", value: number(5) }] },
      { kind: "return", value: local("sum") },
    ];
    expect(runProgram(program([], body), new Map(), { batch: 1 })).toBe(expected);
  });

  it("sums over the batch and returns", () => {
    const sum = program(
      [x],
      [
        { kind: "let", name: "sum", value: number(0), mutable: true },
        {
          kind: "loop",
          variable: "n",
          from: 0,
          to: batch,
          step: 1,
          body: [
            {
              kind: "loop",
              variable: "i",
              from: 0,
              to: 3,
              step: 1,
              body: [
                {
                  kind: "assign",
                  name: "sum",
                  value: {
                    kind: "apply",
                    operation: "add",
                    operands: [local("sum"), load("x", at(0, [3, "n"], [1, "i"]))],
                  },
                },
              ],
            },
          ],
        },
        {
          kind: "return",
          value: { kind: "apply", operation: "divide", operands: [local("sum"), { kind: "batchSize" }] },
        },
      ],
    );
    expect(runProgram(sum, new Map([["x", Float64Array.of(1, 2, 3, 10, 20, 30)]]), { batch: 2 })).toBe(33);
  });

  it("loops over whole multiples of the batch, then over the rest", () => {
    const out: Buffer = { name: "out", role: "state", element: "real", shape: [], batched: true };
    const mark = (variable: string, value: number): Statement => ({
      kind: "store",
      buffer: "out",
      offset: at(0, [1, variable]),
      value: number(value),
      accumulate: true,
    });
    const four = { kind: "batch", multipleOf: 4 } as const;
    const split = program(
      [out],
      [
        { kind: "loop", variable: "n", from: 0, to: four, step: 4, body: [mark("n", 1)] },
        { kind: "loop", variable: "r", from: four, to: batch, step: 1, body: [mark("r", 2)] },
      ],
    );
    const memory = new Map([["out", new Float64Array(6)]]);
    expect(runProgram(split, memory, { batch: 6 })).toBeUndefined();
    expect([...(memory.get("out") ?? [])]).toEqual([1, 0, 0, 0, 2, 2]);
  });

  it("reads at data-dependent places", () => {
    const t: Buffer = { name: "t", role: "target", element: "integer", shape: [], batched: true };
    const element: Affine = {
      constant: 0,
      terms: [
        { coefficient: 1, atom: { kind: "element", buffer: "t", offset: at(0) } },
        { coefficient: 3, atom: { kind: "element", buffer: "t", offset: at(1) } },
      ],
    };
    const pick = program([x, t], [{ kind: "return", value: load("x", element) }]);
    const memory = new Map<string, Float64Array | Int32Array>([
      ["x", Float64Array.of(1, 2, 3, 10, 20, 30)],
      ["t", Int32Array.of(2, 1)],
    ]);
    expect(runProgram(pick, memory, { batch: 2 })).toBe(30);
  });

  it("does not evaluate the branch that select leaves", () => {
    const guarded = program(
      [x],
      [
        {
          kind: "return",
          value: {
            kind: "apply",
            operation: "select",
            operands: [
              { kind: "inRange", value: at(7), from: 0, to: 3, step: 1 },
              load("x", at(7)),
              number(-1),
            ],
          },
        },
      ],
    );
    expect(runProgram(guarded, new Map([["x", new Float64Array(3)]]), { batch: 1 })).toBe(-1);
  });

  it("refuses an access out of bounds", () => {
    const outside = program([x], [{ kind: "return", value: load("x", at(3)) }]);
    expect(() => runProgram(outside, new Map([["x", new Float64Array(3)]]), { batch: 1 })).toThrow(/x at 3/);
  });

  it("refuses a read of scratch that was never written, whatever memory holds", () => {
    const scratch: Buffer = { name: "s", role: "scratch", element: "real", shape: [2], batched: false };
    const half = program(
      [scratch],
      [
        { kind: "store", buffer: "s", offset: at(0), value: number(4), accumulate: false },
        { kind: "return", value: load("s", at(1)) },
      ],
    );
    expect(() => runProgram(half, new Map([["s", new Float64Array(2)]]), { batch: 1 })).toThrow(
      /element 1 of s/,
    );
  });

  it("refuses to leave an element of a result unwritten", () => {
    const out: Buffer = { name: "dW", role: "gradient", element: "real", shape: [2], batched: false };
    const half = program(
      [out],
      [{ kind: "store", buffer: "dW", offset: at(0), value: number(4), accumulate: false }],
    );
    expect(() => runProgram(half, new Map([["dW", new Float64Array(2)]]), { batch: 1 })).toThrow(
      /element 1 of dW/,
    );
  });

  it("runs deep expressions", () => {
    let deep: Expression = number(0);
    for (let i = 0; i < 3000; i++) deep = { kind: "apply", operation: "add", operands: [deep, number(1)] };
    expect(runProgram(program([], [{ kind: "return", value: deep }]), new Map(), { batch: 1 })).toBe(3000);
  });
});

describe("erf", () => {
  // From Python's math.erf.
  it.each([
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [2.99, 0.9999764743969194],
    [3.01, 0.9999792610363629],
    [3.5, 0.9999992569016276],
    [5, 0.9999999999984626],
  ])("erf(%d)", (argument, value) => {
    expect(Math.abs(erf(argument) / value - 1)).toBeLessThan(5e-16);
    expect(erf(-argument)).toBe(-erf(argument));
  });

  it("keeps zeros, infinities and NaN", () => {
    expect(erf(-0)).toBe(-0);
    expect(erf(Infinity)).toBe(1);
    expect(erf(-Infinity)).toBe(-1);
    expect(erf(NaN)).toBeNaN();
    expect(erf(1e-300)).toBeCloseTo(1.1283791670955126e-300, 310);
  });
});

describe("a loop in lanes", () => {
  const sum = program(
    [{ ...x, shape: [] }],
    [
      { kind: "let", name: "sum", value: number(0), mutable: true },
      {
        kind: "loop",
        variable: "n",
        from: 0,
        to: 8,
        step: 4,
        lanes: 2,
        body: [
          {
            kind: "assign",
            name: "sum",
            value: {
              kind: "apply",
              operation: "add",
              operands: [local("sum"), load("x", at(0, [1, "n"]))],
            },
          },
        ],
      },
      { kind: "return", value: local("sum") },
    ],
  );

  it("visits as many neighbours at each step as there are lanes", () => {
    const memory = new Map([["x", Float64Array.of(1, 10, 100, 1000, 2, 20, 200, 2000)]]);
    expect(runProgram(sum, memory, { batch: 8 })).toBe(33);
  });

  it("leaves lanes idle that have come to its end", () => {
    const loops = sum.body.map((each) => (each.kind === "loop" ? { ...each, to: 7, step: 2 } : each));
    const memory = new Map([["x", Float64Array.of(1, 10, 100, 1000, 2, 20, 200, NaN)]]);
    const some = { ...sum, body: loops };
    expect(runProgram(some, memory, { batch: 8 })).toBe(1333);
    expect(countProgram(some, 8).total).toBe(7);
    expect(verifyProgram(some, { batchSizes: [7] })).toEqual([]);
    expect(verifyProgram(some, { batchSizes: [6] })).toHaveLength(1);
    const apart = loops.map((each) => (each.kind === "loop" ? { ...each, step: 4 } : each));
    expect(verifyProgram({ ...sum, body: apart }, { batchSizes: [8] })).toHaveLength(1);
  });

  it("is counted and held to its bounds lane by lane", () => {
    expect(countProgram(sum, 8).total).toBe(4);
    expect(verifyProgram(sum, { batchSizes: [6] })).toEqual([]);
    expect(verifyProgram(sum, { batchSizes: [5] })).toHaveLength(1);
  });
});
