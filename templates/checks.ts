/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are in bounds by the loops around them; `!` costs nothing */

/** @throws {RangeError} unless an array has exactly the `expected` number of elements. */
export function checkLength(name: string, found: number, expected: number): void {
  if (found !== expected)
    throw new RangeError(`${name} has ${found} elements; this network needs ${expected}`);
}

/** @throws {RangeError} unless `count` is a positive integer. */
export function checkCount(count: number): void {
  if (count >= 1 && (count | 0) === count) return; // no arithmetic in doubles: a short step notices
  throw new RangeError(
    `the number of samples must be a positive integer, not ${count}: are the arrays whole samples?`,
  );
}

/** @throws {RangeError} unless an array holds at least `count` samples of `width` elements. */
export function checkSamples(name: string, found: number, count: number, width: number): void {
  if (found >= count * width) return;
  throw new RangeError(`${name} has ${found} elements; ${count} samples of ${width} need ${count * width}`);
}

/** @throws {RangeError} if there are more samples than scratch memory was laid out for. */
export function checkLimit(count: number, most: number): void {
  if (count <= most) return;
  throw new RangeError(
    `${count} samples at once, but this module was generated for at most ${most}: ` +
      `pass them in batches, or generate it with a larger batch size`,
  );
}

/** @throws {RangeError} unless the first `length` labels are integers from 0 to `categories - 1`. */
export function checkLabels(name: string, labels: Int32Array, length: number, categories: number): void {
  for (let i = 0; i < length; i++) {
    const label = labels[i]!;
    if (label >= 0 && label < categories) continue;
    throw new RangeError(`${name}[${i}] is ${label}; it must be from 0 to ${categories - 1}`);
  }
}
