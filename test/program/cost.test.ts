import { describe, expect, it } from "vitest";
import { countProgram, countVectors, type Statement } from "../../src/program/index.ts";
import { apply, at, buffer, dotProgram, load, number, program, store } from "./sample.ts";

describe("countProgram", () => {
  it("counts loops by their extents", () => {
    // For each of 5 samples: a local, 3 products, 3 sums, 6 loads, 1 store; then a load and a sum each, into a local, and one division.
    expect(countProgram(dotProgram, 5)).toEqual({
      operations: { add: 20, multiply: 15, divide: 1 },
      total: 36,
      loads: 35,
      stores: 5,
      locals: 6,
      iterations: 25,
    });
  });

  it("counts += and data-dependent indices as what they do", () => {
    const t = { ...buffer("target", "t", [], true), element: "integer" } as const;
    const element = {
      constant: 0,
      terms: [{ coefficient: 1, atom: { kind: "element", buffer: "t", offset: at(0) } }],
    } as const;
    const scatter = program([t, buffer("gradient", "dW", [3])], [store("dW", element, number(1), true)]);
    expect(countProgram(scatter, 1)).toMatchObject({ operations: { add: 1 }, total: 1, loads: 2, stores: 1 });
  });

  it("counts both branches of a select", () => {
    const x = buffer("input", "x", [2], true);
    const value = apply(
      "select",
      apply("less", load("x", at(0)), number(0)),
      apply("exp", load("x", at(0))),
      load("x", at(1)),
    );
    const cost = countProgram(program([x], [{ kind: "return", value }]), 1);
    expect(cost.operations).toEqual({ exp: 1, less: 1, select: 1 });
    expect(cost.loads).toBe(3);
  });

  it("counts the body of a when, whatever its condition", () => {
    const s = buffer("scratch", "s", [1]);
    const body: readonly Statement[] = [
      { kind: "when", value: apply("less", number(1), number(0)), body: [store("s", at(0), number(1))] },
    ];
    expect(countProgram(program([s], body), 1)).toEqual({
      operations: { less: 1 },
      total: 1,
      loads: 0,
      stores: 1,
      locals: 0,
      iterations: 0,
    });
  });

  it("rounds tiles as the loop does", () => {
    const four = { kind: "batch", multipleOf: 4 } as const;
    const s = buffer("scratch", "s", [1]);
    const body = [store("s", at(0), apply("exp", number(1)))];
    const tiled = program(
      [s],
      [
        { kind: "loop", variable: "n", from: 0, to: four, step: 4, body },
        { kind: "loop", variable: "r", from: four, to: { kind: "batch", multipleOf: 1 }, step: 1, body },
      ],
    );
    expect(countProgram(tiled, 11).operations).toEqual({ exp: 2 + 3 });
  });
});

describe("countVectors", () => {
  const s = buffer("scratch", "s", [1]);
  const body = [store("s", at(0), apply("exp", number(1)), true)];
  const inFours = { kind: "loop", variable: "n", from: 0, step: 4, lanes: 4, body } as const;
  const whole = program(
    [s],
    [{ ...inFours, to: { kind: "batch", multipleOf: 1 } }, store("s", at(0), apply("log", number(1)))],
  );

  it("counts what is done for all lanes of a vector once, also where some are idle", () => {
    const { inLanes, alone } = countVectors(whole, 11);
    expect(inLanes).toEqual({
      operations: { exp: 3, add: 3 },
      total: 6,
      loads: 3,
      stores: 3,
      locals: 0,
      iterations: 3,
    });
    expect(alone).toMatchObject({ operations: { log: 1 }, stores: 1, iterations: 0 });
    expect(countProgram(whole, 11).operations).toEqual({ exp: 11, add: 11, log: 1 });
  });

  it("counts loops within lanes for each of their iterations, and vectors for each of the loops around", () => {
    const inner = {
      ...inFours,
      to: 8,
      body: [{ ...inFours, variable: "i", to: 5, step: 1, lanes: 1 }],
    } as const;
    const around = program([s], [{ ...inFours, variable: "k", to: 3, step: 1, lanes: 1, body: [inner] }]);
    const { inLanes, alone } = countVectors(around, 1);
    expect(inLanes.operations["exp"]).toBe(3 * 2 * 5);
    expect(inLanes.iterations).toBe(3 * 2 + 3 * 2 * 5);
    expect(alone).toMatchObject({ total: 0, iterations: 3 });
  });

  it("finds nothing in lanes where no loop has them", () => {
    const { inLanes, alone } = countVectors(dotProgram, 5);
    expect(inLanes.total).toBe(0);
    expect(alone).toEqual(countProgram(dotProgram, 5));
  });
});
