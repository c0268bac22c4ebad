import { describe, expect, it } from "vitest";
import { formatMetric, measure } from "../../src/train/metrics.ts";

describe("measure", () => {
  it("takes the greatest score for the label", () => {
    const scores = Float64Array.of(0.1, 0.7, 0.2, 5, 3, -1);
    expect(measure({ kind: "labels", categories: 3 }, scores, Int32Array.of(1, 1))).toEqual({
      kind: "accuracy",
      accuracy: 0.5,
      right: 1,
      count: 2,
    });
    const oneHot = Float64Array.of(0, 1, 0, 1, 0, 0);
    expect(measure({ kind: "oneHot", width: 3 }, scores, oneHot)).toMatchObject({ accuracy: 1, count: 2 });
  });

  it("judges zeros and ones against the threshold", () => {
    const scores = Float64Array.of(0.4, 0.6, -0.1, 2);
    const target = Float64Array.of(0, 1, 1, 1);
    expect(measure({ kind: "binary", threshold: 0.5 }, scores, target)).toMatchObject({ right: 3 });
    expect(measure({ kind: "binary", threshold: 0 }, scores, target)).toMatchObject({ right: 2 });
  });

  it("measures regressions by RMSE and R²", () => {
    const task = { kind: "regression", width: 1 } as const;
    const target = Float64Array.of(1, 2, 3);
    const metric = measure(task, Float64Array.of(1, 2, 4), target);
    expect(metric).toMatchObject({ kind: "regression", r2: 0.5 });
    expect(formatMetric(metric)).toBe("RMSE 0.5774, R² 0.500");
    const constant = measure(task, Float64Array.of(1, 1), Float64Array.of(2, 2));
    expect(constant).toEqual({ kind: "regression", rmse: 1, r2: undefined });
    expect(formatMetric(constant)).toBe("RMSE 1");
  });
});
