import type { Metric } from "../src/train/index.ts";

/** Accuracy or R², the number that a goal speaks of. */
export function scoreOf(metric: Metric | undefined): number {
  if (metric === undefined) return NaN;
  return metric.kind === "accuracy" ? metric.accuracy : (metric.r2 ?? NaN);
}

export function mean(scores: readonly number[]): number {
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/** `accuracy 0.954 over 24 random splits (0.900 … 1.000)` */
export function formatSplits(metrics: readonly Metric[]): string {
  const scores = metrics.map(scoreOf);
  const kind = metrics[0]?.kind === "accuracy" ? "accuracy" : "R²";
  const [least, greatest] = [Math.min(...scores), Math.max(...scores)];
  return `${kind} ${mean(scores).toFixed(3)} over ${scores.length} random splits (${least.toFixed(3)} … ${greatest.toFixed(3)})`;
}
