/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are in bounds by the loops around them; `!` costs nothing */
import { tooMany } from "./checks.ts";
import { shuffle } from "./random.ts";
import type { TrainOptions } from "./train.ts";

/** One input or target: all its samples, and the array that steps read a batch from. */
export interface Column {
  readonly name: string;
  /** Elements of a sample. */
  readonly width: number;
  readonly values: Float64Array | Int32Array;
  readonly validation: Float64Array | Int32Array | undefined;
  readonly batch: Float64Array | Int32Array;
}

/** Which samples to train on and which to measure on: row numbers, in the order in which they are taken. */
export interface Rows {
  readonly training: Int32Array;
  readonly validation: Int32Array;
}

/** Of the random numbers that choose what to hold out; those of smaller streams belong to the initial parameters. */
const splitStream = 0x40000000;

/** @throws {RangeError} if the data, or what to hold out of them, make no sense. */
export function chooseRows(columns: readonly Column[], options: TrainOptions, seed: number): Rows {
  const { validation, validationSplit = 0 } = options;
  const samples = countSamples(columns, (column) => column.values, "");
  const rows = Int32Array.from({ length: samples }, (_, row) => row);
  if (validation !== undefined) {
    if (validationSplit !== 0) throw new RangeError("give validation or validationSplit, not both");
    const count = countSamples(columns, (column) => column.validation ?? column.values, "validation ");
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

/** Copies the samples of the row numbers `rows[from …]`, `most` of them or what is left, to the columns' batches; tells how many. */
export function takeBatch(columns: readonly Column[], rows: Int32Array, from: number, most: number): number {
  const count = Math.min(most, rows.length - from);
  for (const column of columns) gather(column.values, column, rows, from, count);
  return count;
}

/** The same of the validation samples. */
export function takeValidation(
  columns: readonly Column[],
  rows: Int32Array,
  from: number,
  most: number,
): number {
  const count = Math.min(most, rows.length - from);
  for (const column of columns) gather(column.validation ?? column.values, column, rows, from, count);
  return count;
}

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

export function checkWhole(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`${name} must be a whole number of at least ${least}, not ${value}`);
  }
}
