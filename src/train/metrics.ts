import type { Samples } from "./encode.ts";

/** How good predictions are, in the terms of the task. */
export type Metric =
  | { readonly kind: "accuracy"; readonly accuracy: number; readonly right: number; readonly count: number }
  | {
      readonly kind: "regression";
      /** Root of the mean squared error, in the target's own units. */
      readonly rmse: number;
      /** Coefficient of determination, 1 − Σ(t − y)²/Σ(t − t̄)²; undefined when the target never varies. */
      readonly r2: number | undefined;
    };

/** What kind of thing a target is, seen from its values. */
export type Task =
  /** One label a sample; the prediction has a score for each. */
  | { readonly kind: "labels"; readonly categories: number }
  /** A vector of scores a sample against a vector with a single 1. */
  | { readonly kind: "oneHot"; readonly width: number }
  /** Zeros and ones, each judged by itself against `threshold`. */
  | { readonly kind: "binary"; readonly threshold: number }
  | { readonly kind: "regression"; readonly width: number };

/** The index of the greatest of `width` scores from `start`; the first of several. */
function argmax(scores: Samples, start: number, width: number): number {
  let best = 0;
  for (let k = 1; k < width; k++) {
    if ((scores[start + k] ?? 0) > (scores[start + best] ?? 0)) best = k;
  }
  return best;
}

/** Compares predictions with targets, samples one after the other in both. */
export function measure(task: Task, prediction: Samples, target: Samples): Metric {
  switch (task.kind) {
    case "labels":
      return accuracy(
        target.length,
        (n) => argmax(prediction, n * task.categories, task.categories) === target[n],
      );
    case "oneHot": {
      const { width } = task;
      const agrees = (n: number): boolean =>
        argmax(prediction, n * width, width) === argmax(target, n * width, width);
      return accuracy(target.length / width, agrees);
    }
    case "binary":
      return accuracy(target.length, (n) => ((prediction[n] ?? 0) > task.threshold ? 1 : 0) === target[n]);
    case "regression":
      return regression(prediction, target, task.width);
  }
}

function accuracy(count: number, isRight: (sample: number) => boolean): Metric {
  let right = 0;
  for (let n = 0; n < count; n++) if (isRight(n)) right++;
  return { kind: "accuracy", accuracy: right / count, right, count };
}

function regression(prediction: Samples, target: Samples, width: number): Metric {
  const count = target.length / width;
  const mean = new Array<number>(width).fill(0);
  target.forEach((value, at) => (mean[at % width] = (mean[at % width] ?? 0) + value / count));
  let residual = 0;
  let variation = 0;
  target.forEach((value, at) => {
    residual += (value - (prediction[at] ?? 0)) ** 2;
    variation += (value - (mean[at % width] ?? 0)) ** 2;
  });
  const r2 = variation === 0 ? undefined : 1 - residual / variation;
  return { kind: "regression", rmse: Math.sqrt(residual / target.length), r2 };
}

/** `accuracy 0.967 (29 of 30)`, `RMSE 2.71, R² 0.881` */
export function formatMetric(metric: Metric): string {
  if (metric.kind === "accuracy") {
    return `accuracy ${metric.accuracy.toFixed(3)} (${metric.right} of ${metric.count})`;
  }
  const rmse = `RMSE ${formatNumber(metric.rmse)}`;
  return metric.r2 === undefined ? rmse : `${rmse}, R² ${metric.r2.toFixed(3)}`;
}

/** Four significant digits. */
export function formatNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
