import type { Metric } from "../src/train/index.ts";
import type { Goal } from "./examples.ts";

/** Accuracy, R², or, of which less is better, bits each: the number that a goal speaks of. */
export function scoreOf(metric: Metric | undefined): number {
  switch (metric?.kind) {
    case undefined:
      return NaN;
    case "accuracy":
      return metric.accuracy;
    case "perplexity":
      return metric.bits;
    case "regression":
      return metric.r2 ?? NaN;
  }
}

const scoreNames: Readonly<Record<Metric["kind"], string>> = {
  accuracy: "accuracy",
  perplexity: "bits each",
  regression: "R²",
};

/** Whether training has come to what the example is to show. */
export function reaches({ least = -Infinity, most = Infinity }: Goal, score: number): boolean {
  return score >= least && score <= most;
}

export function mean(scores: readonly number[]): number {
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/** `accuracy 0.954 over 24 random splits (0.900 … 1.000)` */
export function formatSplits(metrics: readonly Metric[]): string {
  const scores = metrics.map(scoreOf);
  const kind = metrics[0] === undefined ? "" : scoreNames[metrics[0].kind];
  const [least, greatest] = [Math.min(...scores), Math.max(...scores)];
  return `${kind} ${mean(scores).toFixed(3)} over ${scores.length} random splits (${least.toFixed(3)} … ${greatest.toFixed(3)})`;
}
