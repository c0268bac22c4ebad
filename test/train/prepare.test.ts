import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DataSlot } from "../../src/program/index.ts";
import { destandardise, measureScaling, splitRows, standardise, takeRows } from "../../src/train/prepare.ts";

const slot: DataSlot = { name: "x", shape: [2], element: "real" };

describe("splitRows", () => {
  it("puts every row on one side", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 200 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        fc.nat(),
        (count, fraction, seed) => {
          const { training, heldOut } = splitRows(count, fraction, seed);
          expect([...training, ...heldOut].sort((a, b) => a - b)).toEqual(
            Array.from({ length: count }, (_, k) => k),
          );
          expect(training.length).toBeGreaterThan(0);
          expect(heldOut.length > 0).toBe(fraction > 0);
        },
      ),
    );
  });

  it("is the same for the same seed only", () => {
    expect(splitRows(100, 0.2, 3)).toEqual(splitRows(100, 0.2, 3));
    expect(splitRows(100, 0.2, 3)).not.toEqual(splitRows(100, 0.2, 4));
    expect(splitRows(100, 0.2, 3).heldOut).toHaveLength(20);
  });

  it("holds every row out equally often", () => {
    const times = new Array<number>(10).fill(0);
    const seeds = 2000;
    for (let seed = 0; seed < seeds; seed++) {
      for (const row of splitRows(10, 0.2, seed).heldOut) times[row] = (times[row] ?? 0) + 1;
    }
    for (const each of times) expect(Math.abs(each / seeds - 0.2)).toBeLessThan(0.05); // 5.6 standard deviations
  });
});

describe("standardising", () => {
  it("gives mean 0 and deviation 1, and is undone", () => {
    const values = Float64Array.of(1, 10, 2, 20, 3, 60);
    const scaling = measureScaling({ slot, values });
    expect(scaling.mean).toEqual([2, 30]);
    expect(scaling.deviation[0]).toBeCloseTo(Math.sqrt(2 / 3), 12);
    const scaled = standardise(values, scaling);
    expect(scaled[0]).toBeCloseTo(-Math.sqrt(1.5), 12);
    destandardise(scaled, scaling).forEach((value, at) => {
      expect(value).toBeCloseTo(values[at] ?? NaN, 12);
    });
  });

  it("leaves a constant column finite", () => {
    const scaling = measureScaling({ slot, values: Float64Array.of(5, 1, 5, 2) });
    expect(scaling.deviation[0]).toBe(1);
    expect([...standardise(Float64Array.of(5, 1), scaling)][0]).toBe(0);
  });

  it("takes whole samples", () => {
    const taken = takeRows({ slot, values: Float32Array.of(0, 1, 10, 11, 20, 21) }, Int32Array.of(2, 0));
    expect(taken.values).toEqual(Float32Array.of(20, 21, 0, 1));
  });
});
