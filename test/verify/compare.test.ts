import { describe, expect, it } from "vitest";
import { type Comparison, relativeErrors } from "../../src/verify/compare.ts";

const comparison = (generated: readonly number[], judged: readonly number[]): Comparison => ({
  quantity: "W",
  generated,
  judged,
});

describe("relativeErrors", () => {
  it("measures by the largest element of a vector", () => {
    expect(relativeErrors([comparison([1, 0.001], [1, 0])], 0)).toEqual([0.001]);
  });

  it("compares a vector of zeros with the others, or with the loss", () => {
    const small = comparison([1e-10], [0]);
    expect(relativeErrors([small, comparison([2], [2])], 0)).toEqual([1e-10 / 2e-3, 0]);
    expect(relativeErrors([small], 5)).toEqual([1e-10 / 5e-3]);
  });

  it("is absolute where the judge finds nothing but zeros", () => {
    expect(relativeErrors([comparison([1e-8, 0], [0, 0])], 0)).toEqual([1e-8]);
    expect(relativeErrors([comparison([0], [0])], 0)).toEqual([0]);
    expect(relativeErrors([comparison([], [])], 0)).toEqual([0]);
  });

  it("lets nothing pass that is missing or not finite", () => {
    expect(relativeErrors([comparison([1], [1, 2])], 0)).toEqual([Infinity]);
    expect(relativeErrors([comparison([NaN], [0])], 0)).toEqual([Infinity]);
    expect(relativeErrors([comparison([Infinity], [Infinity])], 0)).toEqual([Infinity]);
  });
});
