/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are in bounds by the loops around them; `!` costs nothing */
import { checkSeed, tooMany } from "./checks.ts";
import type { TrainData } from "./network.ts";
import { shuffle } from "./random.ts";

/** How to train. */
export interface TrainOptions {
  /** How often to go through the data, in this call. */
  readonly epochs?: number | undefined;
  /** Samples of a step, fewer than 2^30; the last step of an epoch takes what is left. */
  readonly batchSize?: number | undefined;
  /**
   * Of the initial parameters, the order of the samples and the choice of the validation samples: a whole number, of
   * which the low 32 bits count; 0 by default.
   */
  readonly seed?: number | undefined;
  /** Whether each epoch takes the samples in a random order of its own, which `seed` and its number make; by default so. */
  readonly shuffle?: boolean | undefined;
  /** Data to measure on after each epoch, not to train on. */
  readonly validation?: TrainData | undefined;
  /** Instead of `validation`: the part of the data, from 0 to 1, that is randomly held out for it: one sample at least. */
  readonly validationSplit?: number | undefined;
  /**
   * Stop when the loss (on the validation data, if there are any) has not fallen for this many epochs, and give back
   * the best parameters rather than the last.
   */
  readonly patience?: number | undefined;
  /** What counts as fallen for `patience`: by more than this, which is not negative; 0 by default. */
  readonly minimumImprovement?: number | undefined;
  /** Where to start, instead of `initialParameters(seed)`; copied. */
  readonly parameters?: Float64Array | undefined;
  /** The optimizer state to start with, instead of `initialState()`; copied. */
  readonly state?: Float64Array | undefined;
  /**
   * The number of the first epoch; 1 by default. To go on from a result, give its `parameters`, its `state` and its
   * `epoch + 1` here: with the same data, seed and batch size, 2 epochs and then 2 more are 4 epochs, bit for bit.
   * `patience` and the watch for divergence begin anew.
   */
  readonly firstEpoch?: number | undefined;
  /** Called after each epoch. */
  readonly onEpoch?: ((progress: TrainProgress) => void) | undefined;
  /**
   * An `AbortSignal`, or anything like it: looked at before each step. `train` returns only when it is done, and no timer
   * or click comes in between: what can set the signal while it runs is `onEpoch`. For others to, train an epoch to a call
   * (see `firstEpoch`) and await something between calls; or end the worker that trains.
   */
  readonly signal?: { readonly aborted: boolean } | undefined;
}

/** One epoch. */
export interface TrainProgress {
  /** Counted from `firstEpoch`. */
  readonly epoch: number;
  /** Steps taken so far, in this call. */
  readonly step: number;
  /** Mean of the losses of the epoch's steps, each measured before its update and weighted by its samples. */
  readonly loss: number;
  /** Loss on the validation data after the epoch, if there are any: the mean over its batches, weighted likewise. */
  readonly validationLoss: number | undefined;
}

export interface TrainResult {
  /**
   * The last parameters; the best of any epoch's end, if there was `patience`; if training diverged, those of the last
   * sound epoch.
   */
  readonly parameters: Float64Array;
  /** The optimizer's state that belongs to them. */
  readonly state: Float64Array;
  readonly history: readonly TrainProgress[];
  /** Steps taken in this call; `state[0]` counts those that are in the parameters, of earlier calls too. */
  readonly steps: number;
  /**
   * The last epoch that the parameters have behind them as a whole; `firstEpoch - 1`, so 0 by default, if none. Where
   * the signal stopped training in the middle of an epoch, and without `patience`, the steps of that epoch are in the
   * parameters as well.
   */
  readonly epoch: number;
  /** Why training ended: all epochs done, no progress for `patience` epochs, the signal, or divergence. */
  readonly stopped: "finished" | "patience" | "aborted" | "diverged";
  /** If it diverged: the first step, counted from 1, whose loss was not finite or had exploded, up or down. */
  readonly divergence: { readonly step: number; readonly epoch: number; readonly loss: number } | undefined;
}

/** One input or target: all its samples, and the array that steps read a batch from. */
export interface Column {
  readonly name: string;
  /** Elements of a sample. */
  readonly width: number;
  readonly values: Float64Array | Int32Array;
  readonly validation: Float64Array | Int32Array | undefined;
  readonly batch: Float64Array | Int32Array;
}

/** A network as the training loop sees it: steps work on the columns' batches. */
export interface Trainee {
  readonly columns: readonly Column[];
  readonly batchSize: number;
  readonly epochs: number;
  readonly parameters: Float64Array;
  readonly state: Float64Array;
  readonly step: (parameters: Float64Array, state: Float64Array, count: number) => number;
  readonly loss: (parameters: Float64Array, count: number) => number;
}

/** A loss of this many times the magnitude of the first one (or of 1, if that is more) counts as divergence: past hope. */
const explosion = 1e12;

/** Streams of random numbers; those below belong to the initial parameters. */
const splitStream = 0x40000000;
const shuffleStream = 0x50000000;

/** Which samples to train on and which to measure on: row numbers, in the order in which they are taken. */
interface Rows {
  readonly training: Int32Array;
  readonly validation: Int32Array;
}

/** What training has come to so far. */
interface Run {
  steps: number;
  firstLoss: number | undefined;
}

interface Epoch {
  readonly stopped: "aborted" | "diverged" | undefined;
  /** The epoch's loss, or the one that showed divergence. */
  readonly loss: number;
}

/** Trains until one of the reasons of `TrainResult.stopped` to end. */
export function runTraining(trainee: Trainee, options: TrainOptions): TrainResult {
  checkOptions(trainee.epochs, options);
  const { parameters, state } = trainee;
  const { seed = 0, patience = Infinity, minimumImprovement = 0, firstEpoch = 1 } = options;
  const rows = chooseRows(trainee, options, seed);
  const order = rows.training.slice();
  const history: TrainProgress[] = [];
  const run: Run = { steps: 0, firstLoss: undefined };
  const kept = { parameters: parameters.slice(), state: state.slice(), epoch: firstEpoch - 1 };
  let best = Infinity;
  let stopped: TrainResult["stopped"] = "finished";
  let divergence: TrainResult["divergence"];
  for (let n = 0; n < trainee.epochs; n++) {
    const epoch = firstEpoch + n;
    if (options.shuffle !== false) {
      order.set(rows.training); // from the same start, so that an epoch's order needs nothing of the epochs before
      shuffle(order, seed, shuffleStream + epoch);
    }
    const outcome = runEpoch(trainee, run, order, options.signal);
    if (outcome.stopped !== undefined) {
      stopped = outcome.stopped;
      if (stopped === "diverged") divergence = { step: run.steps, epoch, loss: outcome.loss };
      break;
    }
    const validationLoss = rows.validation.length === 0 ? undefined : measure(trainee, rows.validation);
    const progress = { epoch, step: run.steps, loss: outcome.loss, validationLoss };
    history.push(progress);
    const watched = validationLoss ?? outcome.loss;
    if (patience === Infinity || watched < best - minimumImprovement) {
      best = watched;
      kept.parameters.set(parameters);
      kept.state.set(state);
      kept.epoch = epoch;
    }
    options.onEpoch?.(progress);
    if (epoch - kept.epoch >= patience) {
      stopped = "patience";
      break;
    }
  }
  const current = { parameters, state, epoch: firstEpoch - 1 + history.length };
  const given = stopped === "diverged" || patience !== Infinity ? kept : current;
  return { ...given, history, steps: run.steps, stopped, divergence };
}

/** One pass over the training rows. */
function runEpoch(trainee: Trainee, run: Run, rows: Int32Array, signal: TrainOptions["signal"]): Epoch {
  const { parameters, state, batchSize } = trainee;
  let total = 0;
  for (let from = 0; from < rows.length; from += batchSize) {
    if (signal?.aborted === true) return { stopped: "aborted", loss: NaN };
    const count = Math.min(batchSize, rows.length - from);
    for (const column of trainee.columns) gather(column.values, column, rows, from, count);
    const loss = trainee.step(parameters, state, count);
    run.steps++;
    run.firstLoss ??= loss;
    const isSound =
      Number.isFinite(loss) && Math.abs(loss) <= explosion * Math.max(1, Math.abs(run.firstLoss));
    if (!isSound) return { stopped: "diverged", loss };
    total += loss * count;
  }
  const loss = total / rows.length;
  // The last update of the epoch may be the one that overflowed: no loss has shown it yet.
  return { stopped: parameters.every(Number.isFinite) ? undefined : "diverged", loss };
}

/** The mean loss over the validation rows, batch by batch. */
function measure(trainee: Trainee, rows: Int32Array): number {
  let total = 0;
  for (let from = 0; from < rows.length; from += trainee.batchSize) {
    const count = Math.min(trainee.batchSize, rows.length - from);
    for (const column of trainee.columns)
      gather(column.validation ?? column.values, column, rows, from, count);
    total += trainee.loss(trainee.parameters, count) * count;
  }
  return total / rows.length;
}

/** Copies `count` samples, those of the row numbers `rows[from …]`, to the column's batch. */
function gather(
  values: Float64Array | Int32Array,
  { batch, width }: Column,
  rows: Int32Array,
  from: number,
  count: number,
): void {
  for (let n = 0; n < count; n++) {
    const start = rows[from + n]! * width;
    for (let i = 0; i < width; i++) batch[n * width + i] = values[start + i]!;
  }
}

/** @throws {RangeError} if an option makes no sense, whatever the data. */
function checkOptions(epochs: number, options: TrainOptions): void {
  const { seed = 0, patience = Infinity, minimumImprovement = 0, firstEpoch = 1 } = options;
  checkWhole("epochs", epochs, 0);
  checkWhole("firstEpoch", firstEpoch, 1);
  if (patience !== Infinity) checkWhole("patience", patience, 1);
  checkSeed(seed);
  if (!(minimumImprovement >= 0 && minimumImprovement < Infinity)) {
    throw new RangeError(
      `minimumImprovement must be a finite number of at least 0, not ${minimumImprovement}`,
    );
  }
}

/** @throws {RangeError} if the data, or what to hold out of them, make no sense. */
function chooseRows(trainee: Trainee, options: TrainOptions, seed: number): Rows {
  const { validation, validationSplit = 0 } = options;
  const samples = countSamples(trainee.columns, (column) => column.values, "");
  const rows = Int32Array.from({ length: samples }, (_, row) => row);
  if (validation !== undefined) {
    if (validationSplit !== 0) throw new RangeError("give validation or validationSplit, not both");
    const count = countSamples(
      trainee.columns,
      (column) => column.validation ?? column.values,
      "validation ",
    );
    return { training: rows, validation: Int32Array.from({ length: count }, (_, row) => row) };
  }
  if (!(validationSplit >= 0 && validationSplit < 1)) {
    throw new RangeError(`validationSplit must be at least 0 and less than 1, not ${validationSplit}`);
  }
  const held = validationSplit === 0 ? 0 : Math.max(1, Math.round(samples * validationSplit));
  if (held === samples)
    throw new RangeError(`validationSplit ${validationSplit} leaves none of ${samples} samples`);
  if (held > 0) shuffle(rows, seed, splitStream);
  const training = rows.slice(0, samples - held);
  return {
    training: options.shuffle === false ? training.sort() : training,
    validation: rows.slice(samples - held),
  };
}

/** How many samples the columns hold: as many in each, and finite numbers only. */
function countSamples(
  columns: readonly Column[],
  valuesOf: (column: Column) => Float64Array | Int32Array,
  kind: string,
): number {
  let samples: number | undefined;
  for (const column of columns) {
    const values = valuesOf(column);
    const count = values.length / column.width;
    if (count === 0 || !Number.isInteger(count)) {
      throw new RangeError(
        `${kind}${column.name} has ${values.length} elements: not a positive number of samples of ${column.width}`,
      );
    }
    if (samples !== undefined && count !== samples) {
      throw new RangeError(
        `${kind}${column.name} has ${count} samples, ${columns[0]?.name ?? ""} has ${samples}`,
      );
    }
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new RangeError(`${kind}${column.name}[${bad}] is ${values[bad]!}: data must be finite numbers`);
    samples = count;
  }
  return samples ?? 1;
}

/**
 * The number of samples of a step: what was asked for, but no more than there are, so that batches take no more memory
 * than the data.
 *
 * @throws {RangeError} if that is no number of samples, or more than fit in scratch memory.
 */
export function chooseBatchSize(wanted: number, most: number, samples: number): number {
  checkWhole("batchSize", wanted, 1);
  if (wanted >= 0x40000000) {
    throw new RangeError(
      `batchSize must be less than 2^30, not ${wanted}: for one step an epoch, give the number of samples`,
    );
  }
  if (wanted > most) throw tooMany(wanted, most);
  return Math.min(wanted, Math.max(1, Math.ceil(samples)));
}

function checkWhole(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`${name} must be a whole number of at least ${least}, not ${value}`);
  }
}
