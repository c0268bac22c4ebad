import { uniformAt } from "../../templates/random.ts";

/** One array of a batch, sample after sample. */
export interface BatchArray {
  /** By which the network calls it. */
  readonly name: string;
  readonly values: Float64Array | Int32Array;
  /** Of the whole batch: samples first. */
  readonly shape: readonly number[];
}

/** Each array has a stream of its own, so that none depends on how long another is. */
const seed = 2026;

/** Numbers from `low` to `high` that single precision holds exactly, so that all contestants see the same. */
export function uniform(stream: number, length: number, low: number, high: number): Float64Array {
  return Float64Array.from({ length }, (_, index) =>
    Math.fround(low + (high - low) * uniformAt(seed, stream, index)),
  );
}

/** Whole numbers from 0 to `choices` − 1. */
export function integers(stream: number, length: number, choices: number): Int32Array {
  return Int32Array.from({ length }, (_, index) => Math.floor(choices * uniformAt(seed, stream, index)));
}

/** Pixels from 0 to 1, of which four in five are 0, as in a handwritten digit. */
export function pixels(stream: number, length: number): Float64Array {
  return uniform(stream, length, -4, 1).map((value) => Math.max(value, 0));
}

/** Sequences of ids, and the same moved on by one: what follows each. */
export function sequences(
  stream: number,
  samples: number,
  length: number,
  choices: number,
): { readonly ids: Int32Array; readonly next: Int32Array } {
  const all = integers(stream, samples * (length + 1), choices);
  const from = (shift: number): Int32Array =>
    Int32Array.from(
      { length: samples * length },
      (_, at) => all[Math.floor(at / length) * (length + 1) + (at % length) + shift] ?? NaN,
    );
  return { ids: from(0), next: from(1) };
}
