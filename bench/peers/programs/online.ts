/*
 * brain.js and synaptic update after each sample, and know other losses: they cannot take the step that the others take. What they do
 * is the nearest to it: one pass over the samples of the batch, from the same weights. `onlineLosses` is that pass in a few plain lines,
 * which their losses are held against.
 */
import type { Job } from "./program.ts";

/** How a library learns. */
export interface OnlineRule {
  readonly rate: number;
  /** Of the weights; biases have none. brain.js refuses to do without. */
  readonly momentum: number;
  readonly hidden: "sigmoid" | "tanh" | "relu";
  /** Of the squared error, or of the cross-entropy: δ = (t − y) y (1 − y), or t − y. */
  readonly error: "squared" | "crossEntropy";
  /** Whether the hidden layer's share of the error is told by the output's weights before their update, or after it. */
  readonly weights: "before" | "after";
}

export type OnlineLibrary = "brain" | "synaptic";

/** Rates are those of the batch's step divided by its samples. */
export const onlineRules: Readonly<Record<string, Readonly<Record<OnlineLibrary, OnlineRule>>>> = {
  xor: {
    brain: { rate: 0.125, momentum: 0.1, hidden: "sigmoid", error: "squared", weights: "before" },
    synaptic: { rate: 0.125, momentum: 0, hidden: "tanh", error: "crossEntropy", weights: "after" },
  },
  iris: {
    brain: { rate: 0.01, momentum: 0.1, hidden: "sigmoid", error: "squared", weights: "before" },
    synaptic: { rate: 0.01, momentum: 0, hidden: "relu", error: "crossEntropy", weights: "after" },
  },
};

/** The rule and the samples of a job. */
export function onlineJob(job: Job, library: OnlineLibrary) {
  const rule = onlineRules[job.workload]?.[library];
  if (rule === undefined) throw new Error(`no step for ${job.workload}`);
  const [count = 0, inputs = 0] = job.input.shape;
  const outputs = job.parameter("b2").length;
  const labels = job.target.element === "i32";
  const samples = Array.from({ length: count }, (_, n) => {
    const label = job.target.values[n] ?? NaN;
    const output = Array.from({ length: outputs }, (_, k) => (labels ? Number(k === label) : label));
    return { input: Float64Array.from(job.input.values.subarray(n * inputs, (n + 1) * inputs)), output };
  });
  return { rule, samples, inputs, hidden: job.parameter("b1").length, outputs };
}

const functions = {
  sigmoid: { of: (x: number) => 1 / (1 + Math.exp(-x)), slope: (y: number) => y * (1 - y) },
  tanh: { of: Math.tanh, slope: (y: number) => 1 - y * y },
  relu: { of: (x: number) => Math.max(x, 0), slope: (y: number) => Number(y > 0) },
};

/** The mean squared error of each of the first passes, each sample's before the update that it makes. */
export function onlineLosses(job: Job, library: OnlineLibrary, passes: number): readonly number[] {
  const { rule, samples, hidden, outputs } = onlineJob(job, library);
  const [w1, b1, w2, b2] = ["W1", "b1", "W2", "b2"].map((name) => job.parameter(name).slice()) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]; // as many as there are names
  const at = (values: Float64Array | readonly number[], index: number): number => values[index] ?? NaN;
  const activation = functions[rule.hidden];
  const changes = new Map([w1, w2].map((weights) => [weights, new Float64Array(weights.length)]));
  const pass = (sample: { readonly input: Float64Array; readonly output: readonly number[] }): number => {
    const { input, output } = sample;
    const dot = (weights: Float64Array, row: number, values: Float64Array): number =>
      values.reduce((sum, value, j) => sum + value * at(weights, row * values.length + j), 0);
    const h = b1.map((bias, i) => activation.of(bias + dot(w1, i, input)));
    const y = b2.map((bias, k) => functions.sigmoid.of(bias + dot(w2, k, h)));
    const errors = y.map((value, k) => at(output, k) - value);
    const d2 =
      rule.error === "squared" ? errors.map((e, k) => e * functions.sigmoid.slope(at(y, k))) : errors;
    const share = (): Float64Array =>
      h.map((value, i) => {
        const error = d2.reduce((sum, d, k) => sum + d * at(w2, k * hidden + i), 0);
        return error * activation.slope(value);
      });
    const update = (
      weights: Float64Array,
      biases: Float64Array,
      d: Float64Array,
      from: Float64Array,
    ): void => {
      const change = changes.get(weights) ?? new Float64Array(0);
      biases.forEach((bias, k) => (biases[k] = bias + rule.rate * at(d, k)));
      weights.forEach((w, k) => {
        const unit = Math.floor(k / from.length);
        const moved = rule.momentum * at(change, k);
        change[k] = rule.rate * at(d, unit) * at(from, k % from.length) + moved;
        weights[k] = w + at(change, k);
      });
    };
    const before = share();
    update(w2, b2, d2, h);
    update(w1, b1, rule.weights === "before" ? before : share(), input);
    return errors.reduce((sum, error) => sum + error * error, 0) / outputs;
  };
  return Array.from(
    { length: passes },
    () => samples.reduce((sum, sample) => sum + pass(sample), 0) / samples.length,
  );
}
