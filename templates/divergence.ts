/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are in bounds by the loops around them; `!` costs nothing */
import { takeBatch } from "./samples.ts";
import type { Layout } from "./saving.ts";
import type { Trainee } from "./train.ts";

/** How training diverged. */
export interface Divergence {
  /** The step, counted from the run's first as 1, whose loss was not finite or had exploded, or which made something infinite. */
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  /** What was first not finite; absent where the loss only exploded. */
  readonly first: NotFinite | undefined;
}

/** The first value that was not finite: of a step, in the order loss, gradient, parameter. */
export interface NotFinite {
  readonly what: "loss" | "gradient" | "parameter";
  /** Of a gradient or parameter: which element, counted from 1 as in the network file: `h.weight[4, 3]`. */
  readonly name: string | undefined;
  /** Of a loss: which sample of the data, counted from 0; absent where no sample alone has such a loss. */
  readonly sample: number | undefined;
  readonly value: number;
  /**
   * Whether it is so at the parameters of the result, too, those of the last sound epoch or of the start: then no step has
   * led there, but the data or where the network starts.
   */
  readonly isFromStart: boolean;
}

/** Where an epoch began, or where a run was resumed in its middle. */
export interface EpochStart {
  readonly parameters: Float64Array;
  readonly state: Float64Array;
  readonly position: number;
  /** Taken before it. */
  readonly steps: number;
  readonly epoch: number;
  /** Those of the last sound epoch. */
  readonly sound: Float64Array;
}

/**
 * Takes the steps of an epoch again, to the one that made something infinite, and looks for it; a run itself looks at
 * losses alone. `undefined` if all is finite.
 */
export function findDivergence(
  trainee: Trainee,
  rows: Int32Array,
  start: EpochStart,
): Divergence | undefined {
  const { columns, batchSize } = trainee;
  const [parameters, state] = [start.parameters.slice(), start.state.slice()];
  const before = parameters.slice();
  let step = start.steps;
  for (let from = start.position; from < rows.length; from += batchSize) {
    const count = takeBatch(columns, rows, from, batchSize);
    before.set(parameters);
    const loss = trainee.step(parameters, state, count);
    step++;
    const bad = parameters.findIndex(isNotFinite);
    if (Number.isFinite(loss) && bad < 0) continue;
    const at = { trainee, rows, from, count, before, start, number: state[0]! };
    const first = Number.isFinite(loss) ? findInUpdate(at, parameters, bad) : findInLoss(at, loss);
    return { step, epoch: start.epoch, loss, first };
  }
  return undefined;
}

function isNotFinite(value: number): boolean {
  return !Number.isFinite(value);
}

/** A step, before it was taken. */
interface StepStart {
  readonly trainee: Trainee;
  readonly rows: Int32Array;
  readonly from: number;
  readonly count: number;
  readonly before: Float64Array;
  readonly start: EpochStart;
  /** As the state counts steps, which chooses random numbers. */
  readonly number: number;
}

/** The first sample of the batch whose loss is not finite by itself. */
function findInLoss(
  { trainee, rows, from, count, before, start, number }: StepStart,
  loss: number,
): NotFinite {
  const { columns, gradient, parameters } = trainee;
  const scratch = new Float64Array(parameters.length);
  for (let n = 0; n < count; n++) {
    takeBatch(columns, rows, from + n, 1);
    const value = gradient(before, scratch, 1, number);
    if (Number.isFinite(value)) continue;
    const isFromStart = isNotFinite(gradient(start.sound, scratch, 1, number));
    return { what: "loss", name: undefined, sample: rows[from + n]!, value, isFromStart };
  }
  return { what: "loss", name: undefined, sample: undefined, value: loss, isFromStart: false };
}

/** The loss is finite: the first element of the gradient that is not, or, if they all are, of what the step made. */
function findInUpdate(
  { trainee, before, count, start, number }: StepStart,
  after: Float64Array,
  bad: number,
): NotFinite {
  const { gradient, layout } = trainee;
  const gradients = new Float64Array(after.length);
  gradient(before, gradients, count, number);
  const found = gradients.findIndex(isNotFinite);
  if (found < 0) {
    const name = elementName(layout, bad);
    return { what: "parameter", name, sample: undefined, value: after[bad]!, isFromStart: false };
  }
  const value = gradients[found]!;
  gradient(start.sound, gradients, count, number);
  const isFromStart = isNotFinite(gradients[found]!);
  return { what: "gradient", name: elementName(layout, found), sample: undefined, value, isFromStart };
}

/** `b`, `h.weight[4, 3]` */
function elementName(layout: Layout, index: number): string {
  for (const [name, { offset, length, shape }] of Object.entries(layout)) {
    if (index < offset || index >= offset + length) continue;
    let left = index - offset;
    const indices = shape.map(() => 0);
    for (let k = shape.length - 1; k >= 0; k--) {
      const extent = shape[k]!;
      indices[k] = (left % extent) + 1;
      left = Math.floor(left / extent);
    }
    return shape.length === 0 ? name : `${name}[${indices.join(", ")}]`;
  }
  return `element ${index}`;
}
