import { describe, expect, it } from "vitest";
import {
  type Check,
  checkOf,
  type Compared,
  relativeError,
  sizeFloor,
  tolerances,
  worstOf,
} from "../../src/verify/compare.ts";

const comparison = (generated: readonly number[], judged: readonly number[], floor = 0): Compared => ({
  quantity: "W",
  generated,
  judged,
  floor,
});

describe("relativeError", () => {
  it("measures by the largest element of a vector", () => {
    expect(relativeError(comparison([1, 0.001], [1, 0]))).toBe(0.001);
    expect(relativeError(comparison([2e-20], [1e-20]))).toBe(1);
  });

  it("measures by the floor what is smaller", () => {
    expect(relativeError(comparison([1], [0], 4))).toBe(0.25);
    expect(relativeError(comparison([4], [2], 1e-3))).toBe(1);
  });

  it("is absolute where the judge finds nothing but zeros", () => {
    expect(relativeError(comparison([1e-8, 0], [0, 0]))).toBe(1e-8);
    expect(relativeError(comparison([0], [0]))).toBe(0);
    expect(relativeError(comparison([], []))).toBe(0);
  });

  it("lets nothing pass that is missing or not finite", () => {
    expect(relativeError(comparison([1], [1, 2]))).toBe(Infinity);
    expect(relativeError(comparison([NaN], [0]))).toBe(Infinity);
    expect(relativeError(comparison([Infinity], [Infinity]))).toBe(Infinity);
  });
});

describe("sizeFloor", () => {
  it("lets 64 roundings of a gradient's terms just pass", () => {
    const floor = sizeFloor(3, "tape", "f64");
    expect(floor * tolerances.f64.tape).toBeCloseTo(64 * 2 ** -53 * 3, 25);
    expect(sizeFloor(3, "tfjs", "f64") * tolerances.f64.tfjs).toBeCloseTo(64 * 2 ** -24 * 3, 15);
  });
});

describe("worstOf", () => {
  const right = checkOf("tape", comparison([1], [1]), "f64");
  const wrong = checkOf("tape", comparison([1], [2]), "f64");
  const skipped = checkOf("tape", { quantity: "W", skipped: "no idea" }, "f64");
  const only = (checks: readonly Check[]): Check | undefined => {
    const rows = worstOf(checks);
    expect(rows).toHaveLength(1);
    return rows[0];
  };

  it("keeps the worst", () => {
    expect(only([right, wrong, right])).toEqual(wrong);
  });

  it("says what was skipped: the row, where nothing was compared, or a part of it", () => {
    expect(only([skipped, skipped])).toEqual(skipped);
    expect(skipped).toMatchObject({ skipped: true, maxRelativeError: NaN, note: "no idea" });
    const partly = { ...right, note: "skipped in part: no idea" };
    expect(only([skipped, right, skipped])).toEqual(partly);
    expect(only([right, skipped])).toEqual(partly);
    expect(only([right, skipped, wrong, skipped])).toEqual({ ...wrong, note: partly.note });
  });
});
