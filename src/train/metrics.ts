import type { Samples } from "./encode.ts";

/** How good predictions are, in the terms of the task. */
export type Metric =
  | { readonly kind: "accuracy"; readonly accuracy: number; readonly right: number; readonly count: number }
  | {
      readonly kind: "perplexity";
      /** exp of the mean of −ln p, p being the probability given to what was right. */
      readonly perplexity: number;
      /** The mean of −log₂ p: for text, bits per character. */
      readonly bits: number;
      readonly accuracy: number;
      readonly count: number;
    }
  | {
      readonly kind: "regression";
      /** Root of the mean squared error, in the target's own units. */
      readonly rmse: number;
      /** Coefficient of determination, 1 − Σ(t − y)²/Σ(t − t̄)²; undefined when the target never varies. */
      readonly r2: number | undefined;
    };

/** What can be asked for instead of what is usual for the task. */
export const metricNames = ["accuracy", "perplexity", "rmse"] as const;

export type MetricName = (typeof metricNames)[number];

/** What kind of thing a target is, seen from its values. */
export type Task =
  /** `length` labels a sample, of which each has a row of scores in the prediction, one for each category. */
  | { readonly kind: "labels"; readonly categories: number; readonly length: number }
  /** A vector of scores a sample against a vector with a single 1. */
  | { readonly kind: "oneHot"; readonly width: number }
  /** Zeros and ones, each judged by itself against `threshold`. */
  | { readonly kind: "binary"; readonly threshold: number }
  | { readonly kind: "regression"; readonly width: number };

/** The metrics that have a meaning for a task; the first is the usual one. */
export function metricsOf(task: Task): readonly MetricName[] {
  switch (task.kind) {
    case "labels":
      return task.length === 1 ? ["accuracy", "perplexity"] : ["perplexity", "accuracy"];
    case "oneHot":
      return ["accuracy", "perplexity", "rmse"];
    case "binary":
      return ["accuracy", "rmse"];
    case "regression":
      return ["rmse"];
  }
}

/** Takes predictions part by part, so that they need not all be in memory. */
export interface Meter {
  /** Predictions and their targets, samples one after the other in both. */
  readonly add: (prediction: Samples, target: Samples) => void;
  readonly result: () => Metric;
}

/** A meter for one of the metrics of the task. */
export function meterFor(task: Task, name: MetricName): Meter {
  switch (name) {
    case "accuracy":
      return accuracyMeter(task);
    case "perplexity":
      return perplexityMeter(task);
    case "rmse":
      return regressionMeter(task.kind === "regression" || task.kind === "oneHot" ? task.width : 1);
  }
}

/** Compares predictions with targets by the task's usual metric. */
export function measure(task: Task, prediction: Samples, target: Samples): Metric {
  const meter = meterFor(task, metricsOf(task)[0] ?? "rmse");
  meter.add(prediction, target);
  return meter.result();
}

/** The index of the greatest of `width` scores from `start`; the first of several. */
function argmax(scores: Samples, start: number, width: number): number {
  let best = 0;
  for (let k = 1; k < width; k++) {
    if ((scores[start + k] ?? 0) > (scores[start + best] ?? 0)) best = k;
  }
  return best;
}

/** Scores in rows, and which of each row is right. */
interface Rows {
  readonly width: number;
  readonly rightOf: (target: Samples, row: number) => number;
}

function rowsOf(task: Task): Rows | undefined {
  if (task.kind === "labels") return { width: task.categories, rightOf: (target, row) => target[row] ?? 0 };
  if (task.kind !== "oneHot") return undefined;
  const { width } = task;
  return { width, rightOf: (target, row) => argmax(target, row * width, width) };
}

function accuracyMeter(task: Task): Meter {
  const rows = rowsOf(task);
  const threshold = task.kind === "binary" ? task.threshold : 0.5;
  let right = 0;
  let count = 0;
  return {
    add: (prediction, target) => {
      const added = rows === undefined ? target.length : prediction.length / rows.width;
      for (let row = 0; row < added; row++) {
        const isRight =
          rows === undefined
            ? ((prediction[row] ?? 0) > threshold ? 1 : 0) === target[row]
            : argmax(prediction, row * rows.width, rows.width) === rows.rightOf(target, row);
        if (isRight) right++;
      }
      count += added;
    },
    result: () => ({ kind: "accuracy", accuracy: right / count, right, count }),
  };
}

function perplexityMeter(task: Task): Meter {
  const { width, rightOf } = rowsOf(task) ?? { width: 1, rightOf: () => 0 };
  const accuracy = accuracyMeter(task);
  let isProbability: boolean | undefined;
  let total = 0;
  let count = 0;
  return {
    add: (prediction, target) => {
      isProbability ??= everyRowIsDistribution(prediction, width);
      accuracy.add(prediction, target);
      const rows = prediction.length / width;
      for (let row = 0; row < rows; row++) {
        const score = prediction[row * width + rightOf(target, row)] ?? NaN;
        total += isProbability ? -Math.log(score) : logSumExp(prediction, row * width, width) - score;
      }
      count += rows;
    },
    result: () => {
      const counted = accuracy.result();
      return {
        kind: "perplexity",
        perplexity: Math.exp(total / count),
        bits: total / count / Math.LN2,
        accuracy: counted.kind === "accuracy" ? counted.accuracy : NaN,
        count,
      };
    },
  };
}

/** Probabilities are told by their sums from scores whose softmax they would be. In f32 a thousand of them sum to 1 ± 1e-4. */
function everyRowIsDistribution(scores: Samples, width: number): boolean {
  for (let start = 0; start < scores.length; start += width) {
    let sum = 0;
    for (let k = 0; k < width; k++) {
      const score = scores[start + k] ?? NaN;
      if (!(score >= 0)) return false;
      sum += score;
    }
    if (Math.abs(sum - 1) > 1e-4) return false;
  }
  return true;
}

/** ln Σ exp(score), of `width` scores from `start`; shifted by the greatest, so that nothing overflows. */
function logSumExp(scores: Samples, start: number, width: number): number {
  const greatest = scores[start + argmax(scores, start, width)] ?? 0;
  let sum = 0;
  for (let k = 0; k < width; k++) sum += Math.exp((scores[start + k] ?? 0) - greatest);
  return greatest + Math.log(sum);
}

function regressionMeter(width: number): Meter {
  const mean = new Array<number>(width).fill(0);
  let residual = 0;
  let variation = 0;
  let count = 0;
  return {
    add: (prediction, target) => {
      target.forEach((value, at) => {
        residual += (value - (prediction[at] ?? 0)) ** 2;
        // Welford's update of the mean and of the sum of squares about it, by element (Technometrics 4, 1962).
        const sample = Math.floor(count / width) + 1;
        const distance = value - (mean[at % width] ?? 0);
        mean[at % width] = (mean[at % width] ?? 0) + distance / sample;
        variation += distance * (value - (mean[at % width] ?? 0));
        count++;
      });
    },
    result: () => ({
      kind: "regression",
      rmse: Math.sqrt(residual / count),
      r2: variation === 0 ? undefined : 1 - residual / variation,
    }),
  };
}

/** `accuracy 0.967 (29 of 30)`, `perplexity 5.31 (2.41 bits each), accuracy 0.512`, `RMSE 2.71, R² 0.881` */
export function formatMetric(metric: Metric): string {
  switch (metric.kind) {
    case "accuracy":
      return `accuracy ${metric.accuracy.toFixed(3)} (${metric.right} of ${metric.count})`;
    case "perplexity":
      return `perplexity ${formatNumber(metric.perplexity)} (${metric.bits.toFixed(3)} bits each), accuracy ${metric.accuracy.toFixed(3)}`;
    case "regression": {
      const rmse = `RMSE ${formatNumber(metric.rmse)}`;
      return metric.r2 === undefined ? rmse : `${rmse}, R² ${metric.r2.toFixed(3)}`;
    }
  }
}

/** Four significant digits. */
export function formatNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
