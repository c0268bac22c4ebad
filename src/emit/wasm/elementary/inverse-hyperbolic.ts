import { op } from "../value.ts";
import { doubleWords } from "./double-words.ts";
import { type InBothPrecisions, type VectorFunction, withSignOf } from "./lanes.ts";
import { type LogarithmPrecision, logarithmOfOneMore, logarithmPrecisions } from "./logarithm.ts";

/** From here on arsinh x and arcosh x are ln 2x. */
const large = 2 ** 60;

/** Keeps 0/0 from being NaN, and vanishes beside everything else. */
const nothing = 2 ** -120;

/** arsinh a = ln(1 + a + a²/(1 + √(1 + a²))), or ln a + ln 2, with the sign of x. */
function inverseSine(precision: LogarithmPrecision): VectorFunction {
  const { lanes } = precision;
  const { abs, add, mul, div, sqrt, gt, number, choose } = lanes;
  const { fastSum } = doubleWords(lanes);
  return (given, f) => {
    const x = f.let(given);
    const a = f.let(abs(x));
    const square = f.let(mul(a, a));
    const one = number(1);
    const sum = fastSum(a, div(square, add(one, sqrt(add(one, square)))), f);
    const isLarge = f.let(gt(a, number(large)));
    const low = op("v128.andnot", sum.low, isLarge);
    const exponent = op("v128.and", isLarge, one);
    const v = f.let(choose(isLarge, a, sum.high));
    const more = { low, exponent };
    return withSignOf(lanes, logarithmOfOneMore(precision, v, f, more), x);
  };
}

/** arcosh x = ln(1 + t + √(t·(t + 2))) with t = x − 1, where what the root lacks is kept; or ln x + ln 2. */
function inverseCosine(precision: LogarithmPrecision): VectorFunction {
  const { lanes } = precision;
  const { add, sub, mul, div, sqrt, gt, lt, number, choose } = lanes;
  const { fastSum, product } = doubleWords(lanes);
  return (given, f) => {
    const x = f.let(given);
    const t = f.let(sub(x, number(1)));
    const factor = fastSum(number(2), t, f);
    const square = product(t, factor.high, f);
    const root = f.let(sqrt(square.high));
    const back = product(root, root, f);
    const rest = add(sub(sub(square.high, back.high), back.low), add(square.low, mul(t, factor.low)));
    const sum = fastSum(root, t, f);
    const lacking = div(rest, add(add(root, root), number(nothing)));
    const isLarge = f.let(gt(x, number(large)));
    const low = op("v128.andnot", add(sum.low, lacking), isLarge);
    const exponent = op("v128.and", isLarge, number(1));
    const v = f.let(choose(isLarge, x, sum.high));
    const value = logarithmOfOneMore(precision, v, f, { low, exponent });
    return op("v128.or", value, lt(x, number(1))); // below 1, NaN
  };
}

/** artanh a = ½·ln(1 + 2a/(1 − a)), where what the quotient lacks is kept, with the sign of x. */
function inverseTangent(precision: LogarithmPrecision): VectorFunction {
  const { lanes } = precision;
  const { abs, add, sub, mul, div, neg, eq, number } = lanes;
  const { fastSum, product } = doubleWords(lanes);
  return (given, f) => {
    const x = f.let(given);
    const a = f.let(abs(x));
    const twice = f.let(add(a, a));
    const under = fastSum(number(1), neg(a), f);
    const quotient = f.let(div(twice, under.high));
    const back = product(quotient, under.high, f);
    const rest = sub(sub(sub(twice, back.high), back.low), mul(quotient, under.low));
    const lacking = f.let(div(rest, under.high));
    const low = op("v128.and", lacking, eq(lacking, lacking)); // of ∞, nothing
    const more = { low, exponent: number(0) };
    const whole = logarithmOfOneMore(precision, quotient, f, more);
    return withSignOf(lanes, mul(whole, number(0.5)), x);
  };
}

function inBoth(code: (precision: LogarithmPrecision) => VectorFunction): InBothPrecisions<VectorFunction> {
  return { f32: code(logarithmPrecisions.f32), f64: code(logarithmPrecisions.f64) };
}

export const asinh = inBoth(inverseSine);
export const acosh = inBoth(inverseCosine);
export const atanh = inBoth(inverseTangent);
