import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { batchSizes, roundingsOf, usualRoundings } from "../../src/verify/batches.ts";

/** Whether some size runs the loop over blocks of `rounding` and the one over the rest. */
const isMixedBy = (sizes: readonly number[], rounding: number): boolean =>
  sizes.some((size) => size > rounding && size % rounding !== 0);

describe("batchSizes", () => {
  it("has for each rounding a batch of blocks and a rest", () => {
    for (const roundings of [[2], [4], [5], [4, 8], [3, 4], [16, 6, 5], usualRoundings]) {
      const { all, few } = batchSizes(roundings, 4, Infinity);
      for (const rounding of roundings) {
        expect(isMixedBy(all, rounding)).toBe(true);
        expect(isMixedBy(few, rounding)).toBe(true);
      }
    }
  });

  it("tries two blocks and a rest, a rest alone, one sample, and the usual batch", () => {
    expect(batchSizes([4], 32, Infinity)).toEqual({ all: [1, 3, 11, 32], few: [5] });
    expect(batchSizes([8, 4], 64, 64)).toEqual({ all: [1, 3, 23, 64], few: [9] });
    expect(batchSizes([], 10, Infinity)).toEqual({ all: [1, 3, 10], few: [3] });
  });

  it("takes no more samples than memory is for", () => {
    expect(batchSizes([4], 6, 6).all).toEqual([1, 3, 6]);
    expect(batchSizes([4], 8, 8).all).toEqual([1, 3, 7, 8]);
    expect(batchSizes([4], 4, 4)).toEqual({ all: [1, 3, 4], few: [3] });
    expect(batchSizes([4], 1, 1)).toEqual({ all: [1], few: [1] });
  });
});

describe("roundingsOf", () => {
  it("finds how many samples the loops of a program take at a time", async () => {
    const text = "x = input([2])\nw = parameter([2])\nloss = tanh(w * x)^2";
    for (const [batchSize, rounding] of [
      [8, 4],
      [10, 5],
      [9, 3],
    ] as const) {
      const { program, code } = await compile({ name: "line.nabla", text }, { batchSize });
      const roundings = roundingsOf(program);
      expect(roundings).toContain(rounding);
      for (const each of roundings) expect(code).toContain(`count % ${each}`);
    }
  });
});
