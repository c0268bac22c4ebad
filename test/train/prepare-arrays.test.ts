import { describe, expect, it } from "vitest";
import { OptionError } from "../../src/diagnostics/index.ts";
import type { DataSlot, ModuleProgram, Precision } from "../../src/program/index.ts";
import { elementTypes, type NumericArray } from "../../src/train/binary.ts";
import { type ArrayOptions, prepareArrays } from "../../src/train/prepare-arrays.ts";

const real = (name: string, ...shape: number[]): DataSlot => ({ name, shape, element: "real" });
const labels = (name: string, categories: number): DataSlot => ({
  name,
  shape: [],
  element: "integer",
  categories,
});

function array(name: string, shape: readonly number[], values: readonly number[]): NumericArray {
  return {
    name,
    shape,
    type: elementTypes.f8,
    values: Float64Array.from(values),
    byteOf: (index) => 100 + 8 * index,
  };
}

function prepare(
  [input, target]: readonly [DataSlot, DataSlot],
  x: NumericArray,
  t: NumericArray,
  options: ArrayOptions = {},
  precision: Precision = "f64",
): ReturnType<typeof prepareArrays> {
  const program = { inputs: [input], targets: [target], precision } as unknown as ModuleProgram; // no more is read
  return prepareArrays({ program }, new Map([["x", x], ["t", t]]), options); // prettier-ignore
}

const valuesOf = (slots: ReturnType<typeof prepareArrays>["training"]): unknown =>
  slots.map(({ values }) => [...values]);
const counted = (count: number): number[] => Array.from({ length: count }, (_, k) => k);

describe("arrays feed inputs and targets", () => {
  it("as they are, or divided", () => {
    const x = array("x.idx", [2, 1, 2], [0, 51, 102, 255]);
    const t = array("t.idx", [2], [1, 0]);
    const slots = [real("x", 2), labels("t", 2)] as const;
    expect(valuesOf(prepare(slots, x, t).training)).toEqual([
      [0, 51, 102, 255],
      [1, 0],
    ]);
    const data = prepare(slots, x, t, { divisors: new Map([["x", 255]]) });
    expect(valuesOf(data.training)).toEqual([
      [0, 0.2, 0.4, 1],
      [1, 0],
    ]);
    expect(data).toMatchObject({ samples: 2, heldOutSamples: 0, columns: undefined });
    expect(data.arrays?.[0]).toEqual({
      name: "x",
      file: "x.idx",
      shape: [2, 1, 2],
      type: "float64",
      divisor: 255,
    });
  });

  it("of the same shape, whatever extents of 1 it has, or row by row", () => {
    const t = array("t", [1], [0]);
    const x = array("x", [1, 2, 3], counted(6));
    for (const shape of [[6], [2, 3], [1, 2, 3], [2, 1, 3]])
      expect(valuesOf(prepare([real("x", ...shape), labels("t", 2)], x, t).training)).toEqual([
        counted(6),
        [0],
      ]);
    const flat = array("x", [1, 6], counted(6));
    expect(prepare([real("x", 2, 3), labels("t", 2)], flat, t).samples).toBe(1);
    // As many elements, but the channels last instead of first.
    expect(() => prepare([real("x", 3, 2), labels("t", 2)], x, t)).toThrow(
      "error[wrong-shape]: x holds samples of shape [2, 3], but x takes [3, 2].",
    );
    expect(() => prepare([real("x", 5), labels("t", 2)], x, t)).toThrow("[2, 3], but x takes [5]");
  });

  it("of class numbers, one-hot where the target is a vector", () => {
    const data = prepare([real("x"), real("t", 3)], array("x", [2], [5, 6]), array("t", [2], [2, 0]));
    expect(valuesOf(data.training)).toEqual([[5, 6], [0, 0, 1, 1, 0, 0]]); // prettier-ignore
    expect(data.oneHot).toEqual(["t"]);
  });

  it("standardised by what is not held out", () => {
    const [x, t] = [array("x", [4], [1, 2, 3, 4]), array("t", [4], [0, 0, 1, 1])];
    const data = prepare([real("x"), labels("t", 2)], x, t, { standardise: true, validation: 0.25, seed: 3 });
    expect(data).toMatchObject({ samples: 3, heldOutSamples: 1 });
    const values = [...(data.training[0]?.values ?? [])];
    expect(values.reduce((sum, value) => sum + value)).toBeCloseTo(0, 12);
    const held = new Map([["x", array("y", [1], [2.5])], ["t", array("u", [1], [1])]]); // prettier-ignore
    const other = prepare([real("x"), labels("t", 2)], x, t, { standardise: true, validation: held });
    expect(other).toMatchObject({ samples: 4, heldOutSamples: 1, scalings: { x: { mean: [2.5] } } });
    expect(valuesOf(other.heldOut)).toEqual([[0], [1]]);
  });
});

describe("arrays are refused", () => {
  const slots = [real("x"), labels("t", 2)] as const;
  const [x, t] = [array("x.npy", [3], [1, 2, 3]), array("t.npy", [3], [0, 1, 0])];

  it.each([
    ["of too few samples", x, array("t.npy", [2], [0, 1]), "t.npy has 2 samples, but x.npy has 3."],
    [
      "with NaN",
      array("x.npy", [3], [1, 2, NaN]),
      t,
      "x.npy holds NaN at byte 116, in sample 3 of 3: data must be",
    ],
    [
      "with a class too many",
      x,
      array("t.npy", [3], [0, 2, 1]),
      "t.npy holds 2 at byte 108, in sample 2 of 3: t takes",
    ],
    [
      "with half a class",
      x,
      array("t.npy", [3], [0.5, 0, 1]),
      "t.npy holds 0.5 at byte 100, in sample 1 of 3",
    ],
  ])("%s", (_, first, second, message) => {
    expect(() => prepare(slots, first, second)).toThrow(message);
  });

  it("with numbers that overflow as they are stored", () => {
    const message = "x.npy holds 1e+39 at byte 100, in sample 1 of 3, which becomes Infinity as x stores it";
    expect(() => prepare(slots, array("x.npy", [3], [1e39, 0, 0]), t, {}, "f32")).toThrow(message);
  });

  it.each<readonly [ArrayOptions, string]>([
    [{ divisors: new Map([["y", 2]]) }, "--divide speaks of y, which is no input or target of the network."],
    [{ divisors: new Map([["t", 2]]) }, "--divide speaks of t, but its numbers are classes."],
    [{ validation: new Map([["x", x]]) }, "--validation says nothing of t. (hint: --validation t=<file>)"],
  ])("with options that make no sense: %#", (options, message) => {
    expect(() => prepare(slots, x, t, options)).toThrow(OptionError);
    expect(() => prepare(slots, x, t, options)).toThrow(message);
  });
});
