import type { FunctionBuilder } from "./function-builder.ts";
import { type LaneType } from "./lane-type.ts";
import { f64, f64x2, f32x4, i32, i32x4, op, type Value } from "./value.ts";

/** Operations on 32 bits: of one integer, or of four in a vector. */
interface Bits {
  readonly multiply: (a: Value, factor: number) => Value;
  readonly add: (a: Value, b: Value) => Value;
  readonly xor: (a: Value, b: Value) => Value;
  readonly shiftRight: (a: Value, by: number) => Value;
}

const one: Bits = {
  multiply: (a, factor) => op("i32.mul", a, i32(factor)),
  add: (a, b) => op("i32.add", a, b),
  xor: (a, b) => op("i32.xor", a, b),
  shiftRight: (a, by) => op("i32.shr_u", a, i32(by)),
};

const four: Bits = {
  multiply: (a, factor) => op("i32x4.mul", a, i32x4(factor)),
  add: (a, b) => op("i32x4.add", a, b),
  xor: (a, b) => op("v128.xor", a, b),
  shiftRight: (a, by) => op("i32x4.shr_u", a, i32(by)),
};

/** Wellons's lowbias32 ("Prospecting for hash functions", 2018). */
function scramble(value: Value, { multiply, xor, shiftRight }: Bits, f: FunctionBuilder): Value {
  let x = f.let(value);
  x = f.let(multiply(xor(x, shiftRight(x, 16)), 0x7feb352d));
  x = f.let(multiply(xor(x, shiftRight(x, 15)), 0x846ca68b));
  return f.let(xor(x, shiftRight(x, 16)));
}

/** What the numbers of a stream begin with, of the seed and of the number of the step (a double). */
export function randomKey(seed: Value, step: Value, stream: number, f: FunctionBuilder): Value {
  const started = scramble(one.add(seed, i32(0x9e3779b9)), one, f);
  const wholeStep = op("i32.wrap_i64", op("i64.trunc_sat_f64_s", step));
  return scramble(one.add(scramble(one.add(started, wholeStep), one, f), i32(stream)), one, f);
}

/** The double from 0 (inclusive) to 1 (exclusive) of 32 random bits. */
export function randomScalar(key: Value, index: Value, f: FunctionBuilder): Value {
  const bits = mixed(key, index, one, f);
  return op("f64.mul", op("f64.convert_i32_u", bits), f64(2 ** -32));
}

/** The same for the integers in the lanes of `index`; in single precision of the first 24 bits, which it can hold below 1. */
export function randomLanes(key: Value, index: Value, { precision }: LaneType, f: FunctionBuilder): Value {
  const bits = mixed(op("i32x4.splat", key), index, four, f);
  return precision === "f64"
    ? op("f64x2.mul", op("f64x2.convert_low_i32x4_u", bits), f64x2(2 ** -32))
    : op("f32x4.mul", op("f32x4.convert_i32x4_s", four.shiftRight(bits, 8)), f32x4(2 ** -24));
}

function mixed(key: Value, index: Value, bits: Bits, f: FunctionBuilder): Value {
  const { add, multiply, xor } = bits;
  const own = f.let(key);
  return scramble(add(scramble(xor(index, own), bits, f), multiply(own, 0x85ebca6b)), bits, f);
}
