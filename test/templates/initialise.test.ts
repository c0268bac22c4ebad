import { describe, expect, test } from "vitest";
import { fillNormal, fillOrthogonal, fillUniform } from "../../templates/initialise.ts";

function moments(values: Float64Array): {
  readonly mean: number;
  readonly deviation: number;
  readonly kurtosis: number;
} {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const fourth = values.reduce((sum, value) => sum + (value - mean) ** 4, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance), kurtosis: fourth / variance ** 2 };
}

test("uniform: range, mean and deviation", () => {
  const values = new Float64Array(100_000);
  fillUniform(values, 7, 1, -2, 6);
  expect(Math.min(...values)).toBeGreaterThanOrEqual(-2);
  expect(Math.max(...values)).toBeLessThan(6);
  const { mean, deviation } = moments(values);
  expect(mean).toBeCloseTo(2, 1);
  expect(deviation).toBeCloseTo(8 / Math.sqrt(12), 1);
});

test("normal: mean, deviation and tails, for an odd number of values too", () => {
  const values = new Float64Array(100_001);
  fillNormal(values, 7, 2, 3, 0.5);
  const { mean, deviation, kurtosis } = moments(values);
  expect(mean).toBeCloseTo(3, 2);
  expect(deviation).toBeCloseTo(0.5, 2);
  expect(kurtosis).toBeCloseTo(3, 1);
  expect(values.every(Number.isFinite)).toBe(true);
});

test("the same seed gives the same values, another seed or stream others", () => {
  const draw = (seed: number, stream: number): string => {
    const values = new Float64Array(4);
    fillNormal(values, seed, stream, 0, 1);
    return values.join();
  };
  expect(draw(1, 2)).toBe(draw(1, 2));
  expect(new Set([draw(1, 2), draw(2, 1), draw(1, 3), draw(0, 0)]).size).toBe(4);
});

describe.each([
  [4, 4],
  [3, 7],
  [7, 3],
  [1, 5],
  [40, 60],
])("orthogonal %d×%d", (rows, columns) => {
  test("the shorter side's vectors are orthogonal and as long as the gain", () => {
    const gain = 1.5;
    const values = new Float64Array(rows * columns);
    fillOrthogonal(values, 3, 0, rows, columns, gain);
    const count = Math.min(rows, columns);
    const element = (vector: number, i: number): number =>
      (rows < columns ? values[vector * columns + i] : values[i * columns + vector]) ?? NaN;
    for (let a = 0; a < count; a++) {
      for (let b = 0; b <= a; b++) {
        let product = 0;
        for (let i = 0; i < Math.max(rows, columns); i++) product += element(a, i) * element(b, i);
        expect(product).toBeCloseTo(a === b ? gain ** 2 : 0, 12);
      }
    }
  });
});
