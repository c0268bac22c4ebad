import { describe, expect, test } from "vitest";
import { initialParameters } from "../../../generated/xor.ts";

describe("initialParameters", () => {
  test.each([NaN, 0.5, Infinity])("refuses the seed %s, whose bits are those of another", (seed) => {
    expect(() => initialParameters(seed)).toThrow(new RangeError(`seed must be a whole number, not ${seed}`));
  });

  test("takes every whole number for a seed", () => {
    expect(initialParameters(-1)).not.toEqual(initialParameters(1));
    expect(initialParameters()).toEqual(initialParameters(0));
  });
});
