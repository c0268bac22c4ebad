import type { FunctionBuilder } from "../function-builder.ts";
import { op, shuffle, type Value } from "../value.ts";

/** Four lanes of single precision in two vectors of double precision. */
export interface Halves {
  readonly low: Value;
  readonly high: Value;
}

/** Exactly. */
export function toDoubles(x: Value, f: FunctionBuilder): Halves {
  const single = f.let(x);
  const upper = shuffle([8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15], single, single);
  return {
    low: f.let(op("f64x2.promote_low_f32x4", single)),
    high: f.let(op("f64x2.promote_low_f32x4", upper)),
  };
}

/** Rounded. */
export function toSingles({ low, high }: Halves): Value {
  const [a, b] = [op("f32x4.demote_f64x2_zero", low), op("f32x4.demote_f64x2_zero", high)];
  return shuffle([0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23], a, b);
}
