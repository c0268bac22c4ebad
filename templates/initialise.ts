/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are in bounds by the loops around them; `!` costs nothing */
import { uniformAt } from "./random.ts";

/** Fills with numbers spread evenly from `low` to `high`. */
export function fillUniform(
  values: Float64Array,
  seed: number,
  stream: number,
  low: number,
  high: number,
): void {
  for (let i = 0; i < values.length; i++) values[i] = low + (high - low) * uniformAt(seed, stream, i);
}

/** Fills with normally distributed numbers, two from two uniform ones (Box and Muller 1958). */
export function fillNormal(
  values: Float64Array,
  seed: number,
  stream: number,
  mean: number,
  standardDeviation: number,
): void {
  for (let i = 0; i < values.length; i += 2) {
    const radius = standardDeviation * Math.sqrt(-2 * Math.log(1 - uniformAt(seed, stream, i)));
    const angle = 2 * Math.PI * uniformAt(seed, stream, i + 1);
    values[i] = mean + radius * Math.cos(angle);
    if (i + 1 < values.length) values[i + 1] = mean + radius * Math.sin(angle);
  }
}

/**
 * Fills with a random `rows` × `columns` matrix whose rows (or columns, if there are fewer of them) are orthogonal and
 * of length `gain` (Saxe, McClelland and Ganguli 2013): normal vectors, made orthonormal by Gram and Schmidt's method.
 */
export function fillOrthogonal(
  values: Float64Array,
  seed: number,
  stream: number,
  rows: number,
  columns: number,
  gain: number,
): void {
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
  const vectors = new Float64Array(count * length);
  fillNormal(vectors, seed, stream, 0, 1);
  for (let i = 0; i < count; i++) {
    const vector = vectors.subarray(i * length, (i + 1) * length);
    // The second time removes what rounding left of the first.
    for (let time = 0; time < 2; time++) {
      for (let j = 0; j < i; j++) removeComponent(vector, vectors.subarray(j * length, (j + 1) * length));
      scaleToUnit(vector);
    }
  }
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < length; j++) {
      const place = rows < columns ? i * columns + j : j * columns + i;
      values[place] = gain * vectors[i * length + j]!;
    }
  }
}

/** vector ← vector − (vector · unit) unit */
function removeComponent(vector: Float64Array, unit: Float64Array): void {
  let product = 0;
  for (let i = 0; i < vector.length; i++) product += vector[i]! * unit[i]!;
  for (let i = 0; i < vector.length; i++) vector[i]! -= product * unit[i]!;
}

/** vector ← vector / |vector| */
function scaleToUnit(vector: Float64Array): void {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += vector[i]! * vector[i]!;
  const length = Math.sqrt(squares);
  for (let i = 0; i < vector.length; i++) vector[i]! /= length;
}
