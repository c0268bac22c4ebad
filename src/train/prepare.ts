import type { DataSlot } from "../program/index.ts";
import { widthOf } from "./columns.ts";
import type { EncodedSlot, Samples } from "./encode.ts";
import type { PreparedData } from "./prepared.ts";

/** The mean and the standard deviation of each element of a slot, over the training samples. */
export interface Scaling {
  readonly mean: readonly number[];
  /** 1 for an element that never varies. */
  readonly deviation: readonly number[];
}

/** `count` samples of one input or target. */
export interface SlotData {
  readonly slot: DataSlot;
  readonly values: Samples;
}

/** A random order of 0 … count − 1, the same for the same seed. */
export function permutation(count: number, seed: number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, index) => index);
  const random = mulberry32(seed);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const moved = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = moved;
  }
  return order;
}

/** T. Ettinger's mulberry32: 32 bits of state are plenty to split a data set. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Row numbers for training and those held out, each in the order of the file. */
export interface Split {
  readonly training: Int32Array;
  readonly heldOut: Int32Array;
}

/** Holds a random `fraction` of `count` rows out: at least one row on either side when the fraction is not 0. */
export function splitRows(count: number, fraction: number, seed: number): Split {
  const wanted = Math.round(count * fraction);
  const held = fraction === 0 ? 0 : Math.min(Math.max(wanted, 1), count - 1);
  const order = permutation(count, seed);
  return { training: order.slice(held).sort(), heldOut: order.slice(0, held).sort() };
}

/** The samples of the given rows. */
export function takeRows({ slot, values }: SlotData, rows: Int32Array): SlotData {
  const width = widthOf(slot);
  if (rows.length * width === values.length && rows.every((row, n) => row === n)) return { slot, values }; // all of them
  const taken = values.slice(0, rows.length * width); // of the same kind of array
  rows.forEach((row, n) => {
    taken.set(values.subarray(row * width, (row + 1) * width), n * width);
  });
  return { slot, values: taken };
}

/** Mean and deviation of each element of the samples. */
export function measureScaling({ slot, values }: SlotData): Scaling {
  const width = widthOf(slot);
  const count = values.length / width;
  const mean = new Array<number>(width).fill(0);
  const deviation = new Array<number>(width).fill(0);
  values.forEach((value, at) => (mean[at % width] = (mean[at % width] ?? 0) + value / count));
  values.forEach((value, at) => {
    const distance = value - (mean[at % width] ?? 0);
    deviation[at % width] = (deviation[at % width] ?? 0) + (distance * distance) / count;
  });
  return { mean, deviation: deviation.map((variance) => (variance > 0 ? Math.sqrt(variance) : 1)) };
}

/** (x − mean) / deviation */
export function standardise<Array extends Samples>(values: Array, { mean, deviation }: Scaling): Array {
  const width = mean.length;
  return values.map((value, at) => (value - (mean[at % width] ?? 0)) / (deviation[at % width] ?? 1)) as Array; // map keeps the kind of array
}

/** The inverse of `standardise`. */
export function destandardise<Array extends Samples>(values: Array, { mean, deviation }: Scaling): Array {
  const width = mean.length;
  return values.map((value, at) => value * (deviation[at % width] ?? 1) + (mean[at % width] ?? 0)) as Array; // map keeps the kind of array
}

/** Whether standardising a slot makes sense: measured numbers, not classes, labels, or zeros and ones. */
export function isMeasured({ slot, values, labels }: EncodedSlot): boolean {
  return (
    slot.element === "real" && labels === undefined && values.some((value) => value !== 0 && value !== 1)
  );
}

/** How to hold samples out and how to scale them all. */
export interface SplitOptions {
  /** Shift and scale measured numbers to mean 0 and deviation 1, by the training samples. Default: as they are. */
  readonly standardise?: boolean | undefined;
  /** The part of the samples, from 0 to below 1, to hold out. */
  readonly validation?: number | undefined;
  /** Of the choice of the samples to hold out. */
  readonly seed?: number | undefined;
}

/** What `PreparedData` says of data from wherever. */
export type SplitData = Pick<
  PreparedData,
  "training" | "heldOut" | "samples" | "heldOutSamples" | "scalings" | "labels" | "oneHot"
> & {
  /** Which of all samples each training sample was. */
  readonly trainingRows: Int32Array;
};

/**
 * Holds samples out, at random or those that are given, and standardises all by what is left.
 *
 * @param encoded All samples.
 * @param others Samples of their own to hold out, encoded in the same way, instead of a part.
 */
export function splitAndScale(
  encoded: readonly EncodedSlot[],
  options: SplitOptions,
  others?: readonly EncodedSlot[],
): SplitData {
  const rows = splitRows(samplesOf(encoded), options.validation ?? 0, options.seed ?? 0);
  const training = encoded.map((each) => ({ ...each, ...takeRows(each, rows.training) }));
  const heldOut =
    others ?? (rows.heldOut.length === 0 ? [] : encoded.map((each) => takeRows(each, rows.heldOut)));
  const scalings: Record<string, Scaling> = {};
  const labels: Record<string, readonly string[]> = {};
  encoded.forEach((each, index) => {
    if (each.labels !== undefined) labels[each.slot.name] = each.labels;
    if (options.standardise === true && isMeasured(each))
      scalings[each.slot.name] = measureScaling(training[index] ?? each);
  });
  const scaled = ({ slot, values }: SlotData): SlotData => {
    const scaling = scalings[slot.name];
    return { slot, values: scaling === undefined ? values : standardise(values, scaling) };
  };
  return {
    training: training.map(scaled),
    heldOut: heldOut.map(scaled),
    trainingRows: rows.training,
    samples: samplesOf(training),
    heldOutSamples: samplesOf(heldOut),
    scalings,
    labels,
    oneHot: encoded.filter(({ isOneHot }) => isOneHot).map(({ slot }) => slot.name),
  };
}

/** How many samples there are; as many in each slot. */
export function samplesOf([first]: readonly SlotData[]): number {
  return first === undefined ? 0 : first.values.length / widthOf(first.slot);
}
