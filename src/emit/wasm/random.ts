import type { FunctionBuilder } from "./function-builder.ts";
import { f64, i32, op, type Value } from "./value.ts";

/*
 * The random numbers of docs/conventions.md, of seed, step, stream and index. They are the same on every target, to the bit.
 */

/** Wellons's lowbias32. */
function scramble(value: Value, f: FunctionBuilder): Value {
  const mix = (x: Value, shift: number, factor: number): Value =>
    f.let(op("i32.mul", op("i32.xor", x, op("i32.shr_u", x, i32(shift))), i32(factor)));
  const mixed = mix(mix(f.let(value), 16, 0x7feb352d), 15, 0x846ca68b);
  return op("i32.xor", mixed, op("i32.shr_u", mixed, i32(16)));
}

/** What the numbers of a stream begin with. Of the step, which is a whole number, the low 32 bits count. */
export function randomKey(seed: Value, step: Value, stream: number, f: FunctionBuilder): Value {
  const started = scramble(op("i32.add", seed, i32(0x9e3779b9)), f);
  const stepped = scramble(op("i32.add", started, op("i32.wrap_i64", op("i64.trunc_sat_f64_s", step))), f);
  return f.let(scramble(op("i32.add", stepped, i32(stream)), f));
}

/** Number `index` of the stream: from 0 to 1, a multiple of 2⁻³². */
export function randomNumber(key: Value, index: Value, f: FunctionBuilder): Value {
  const salt = op("i32.mul", key, i32(0x85ebca6b));
  const mixed = scramble(op("i32.add", scramble(op("i32.xor", index, key), f), salt), f);
  return op("f64.mul", op("f64.convert_i32_u", mixed), f64(2 ** -32));
}
