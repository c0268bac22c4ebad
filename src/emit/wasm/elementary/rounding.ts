import { op } from "../value.ts";
import {
  double,
  type InBothPrecisions,
  type Lanes,
  single,
  type VectorFunction,
  withSignOf,
} from "./lanes.ts";

/** −1, ±0, 1 or NaN. */
function signOf(lanes: Lanes): VectorFunction {
  const { abs, gt, number, choose } = lanes;
  return (given, f) => {
    const x = f.let(given);
    return choose(gt(abs(x), number(0)), withSignOf(lanes, number(1), x), x);
  };
}

/** The nearest whole number, of two the greater one, as JavaScript has it: −½ becomes −0. x − ⌊x⌋ is exact or far from ½. */
function roundOf(lanes: Lanes): VectorFunction {
  const { add, sub, ge, floor, number } = lanes;
  return (given, f) => {
    const x = f.let(given);
    const below = f.let(floor(x));
    const isUp = ge(sub(x, below), number(0.5));
    return withSignOf(lanes, add(below, op("v128.and", isUp, number(1))), x);
  };
}

export const sign: InBothPrecisions<VectorFunction> = { f32: signOf(single), f64: signOf(double) };

export const round: InBothPrecisions<VectorFunction> = { f32: roundOf(single), f64: roundOf(double) };
