/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are in bounds by the loops around them; `!` costs nothing */

/** What is thrown at an array that has not exactly the `expected` number of elements. */
export function wrongLength(name: string, found: number, expected: number): RangeError {
  return new RangeError(`${name} has ${found} elements; this network needs ${expected}`);
}

/** What is thrown at a `count` that is no number of samples. */
export function wrongCount(count: number): RangeError {
  if (count >= 0x40000000)
    return new RangeError(`${count} samples at once: no more than 2^30 - 1 can be counted`);
  return new RangeError(
    `the number of samples must be a positive integer, not ${count}: are the arrays whole samples?`,
  );
}

/** What is thrown at an array that does not hold `count` samples of `width` elements. */
export function tooShort(name: string, found: number, count: number, width: number): RangeError {
  return new RangeError(`${name} has ${found} elements; ${count} samples of ${width} need ${count * width}`);
}

/** What is thrown at more samples than scratch memory was laid out for. */
export function tooMany(count: number, most: number): RangeError {
  return new RangeError(
    `${count} samples at once, but this module was generated for at most ${most}: ` +
      `pass them in batches, or generate it with a larger batch size`,
  );
}

/** @throws {RangeError} unless the seed is a whole number: of NaN or a half, the bits that count are those of another seed. */
export function checkSeed(seed: number): void {
  if (!Number.isInteger(seed)) throw new RangeError(`seed must be a whole number, not ${seed}`);
}

/** What is thrown at a label that is not from 0 to `categories - 1`. */
export function wrongLabel(name: string, label: number, categories: number): RangeError {
  return new RangeError(`${name} is ${label}; it must be from 0 to ${categories - 1}`);
}

/** @throws {RangeError} unless the first `length` labels are integers from 0 to `categories - 1`. */
export function checkLabels(name: string, labels: Int32Array, length: number, categories: number): void {
  for (let i = 0; i < length; i++) {
    const label = labels[i]!;
    if (!(label >= 0 && label < categories)) throw wrongLabel(`${name}[${i}]`, label, categories);
  }
}
