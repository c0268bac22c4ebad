import { describe, expect, it } from "vitest";
import { exactReciprocal, laneTypes } from "../../../src/emit/wasm/lane-type.ts";

describe.each(["f32", "f64"] as const)("a division in %s", (precision) => {
  const type = laneTypes[precision];
  const round = precision === "f32" ? Math.fround : (x: number): number => x;
  const greatest = precision === "f32" ? 126 : 1022;

  it("by a power of two is a multiplication, to the last bit", () => {
    const dividends = [0, -0, 1, -3, 1 / 3, 5e-324, 1e-310, 2 ** -149, 3e-39, 1e38, 1e308, Infinity, NaN];
    for (const divisor of [1, 2, -4, 0.125, 2 ** greatest, -(2 ** -greatest)]) {
      const factor = exactReciprocal(divisor, type) ?? NaN;
      for (const each of dividends.map(round))
        expect(round(each * factor), `${each} / ${divisor}`).toBe(round(each / divisor));
    }
  });

  it.each([3, 0.1, 0, Infinity, NaN, 2 ** (greatest + 1), 2 ** -(greatest + 1)])(
    "by %d stays one",
    (divisor) => {
      expect(exactReciprocal(divisor, type)).toBeUndefined();
    },
  );

  it("goes by what the divisor is after rounding", () => {
    expect(exactReciprocal(2 + 2 ** -51, type)).toBe(precision === "f32" ? 0.5 : undefined);
  });
});
