import { describe, expect, it } from "vitest";
import { formatMetric, measure, meterFor, metricsOf } from "../../src/train/metrics.ts";

describe("measure", () => {
  it("takes the greatest score for the label", () => {
    const scores = Float64Array.of(0.1, 0.7, 0.2, 5, 3, -1);
    expect(measure({ kind: "labels", categories: 3, length: 1 }, scores, Int32Array.of(1, 1))).toEqual({
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

  it("measures sequences by perplexity, of probabilities and of logits alike", () => {
    const task = { kind: "labels", categories: 2, length: 2 } as const;
    const probabilities = Float64Array.of(0.5, 0.5, 0.25, 0.75);
    const target = Int32Array.of(0, 0);
    const metric = measure(task, probabilities, target);
    // −(ln ½ + ln ¼) / 2 = 1.5 ln 2
    expect(metric).toMatchObject({ kind: "perplexity", bits: 1.5, accuracy: 0.5, count: 2 });
    expect(formatMetric(metric)).toBe("perplexity 2.828 (1.500 bits each), accuracy 0.500");
    const logits = probabilities.map((p) => Math.log(p) + 700);
    const same = measure(task, logits, target);
    if (same.kind !== "perplexity") throw new Error("this is a sequence");
    expect(same.bits).toBeCloseTo(1.5, 12);
  });

  it("calls what was held for impossible infinitely surprising", () => {
    const meter = meterFor({ kind: "oneHot", width: 2 }, "perplexity");
    meter.add(Float64Array.of(1, 0), Float64Array.of(0, 1));
    expect(meter.result()).toMatchObject({ perplexity: Infinity, accuracy: 0 });
  });

  it.each(metricsOf({ kind: "oneHot", width: 2 }))("gives the same %s in parts as in one piece", (name) => {
    const task = { kind: "oneHot", width: 2 } as const;
    const prediction = Float64Array.of(0.5, 0.5, 0.25, 0.75, 0.9, 0.1);
    const target = Float64Array.of(0, 1, 0, 1, 0, 1);
    const [whole, parts] = [meterFor(task, name), meterFor(task, name)];
    whole.add(prediction, target);
    for (let n = 0; n < 6; n += 2) parts.add(prediction.subarray(n, n + 2), target.subarray(n, n + 2));
    expect(parts.result()).toEqual(whole.result());
  });
});
