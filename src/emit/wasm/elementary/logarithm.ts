import type { FunctionBuilder } from "../function-builder.ts";
import { op, type Value } from "../value.ts";
import {
  double,
  horner,
  type InBothPrecisions,
  type Lanes,
  powerOfTwoBits,
  single,
  type VectorFunction,
  withSignOf,
} from "./lanes.ts";

/** What differs between the precisions. */
export interface LogarithmPrecision {
  readonly lanes: Lanes;
  readonly bias: number;
  /** ln 2 in two positive parts, of which the first has so few bits that its product with any exponent is exact. */
  readonly ln2: readonly [number, number];
  /** The first bits of √½. */
  readonly rootOfHalf: bigint;
  /** R of 2·artanh(s) = 2s + s³·R(s²), for s = (m − 1)/(m + 1) and m from √½ to √2: minimax in the relative error. */
  readonly artanh: readonly number[];
}

export const logarithmPrecisions: InBothPrecisions<LogarithmPrecision> = {
  // error at most 2^−30.1
  f32: {
    lanes: single,
    bias: 127,
    ln2: [0.693145751953125, 1.428606765330187e-6],
    rootOfHalf: 0x3f3504f3n,
    artanh: [0.666667759, 0.399775684, 0.298714608],
  },
  // error at most 2^−59.4
  f64: {
    lanes: double,
    bias: 1023,
    ln2: [0.6931471805598903, 5.497923018708371e-14],
    rootOfHalf: 0x3fe6a09en << 32n,
    artanh: [
      0.6666666666666735, 0.3999999999940935, 0.28571428743686716, 0.2222219842893537, 0.1818357235792602,
      0.15313832071434783, 0.14798259870103658,
    ],
  },
};

/** A number as 2^exponent·x. */
interface Scaled {
  readonly x: Value;
  readonly exponent: Value;
}

/**
 * The number with x normal. Of ±0, ∞, NaN and what is below 0, x is 1 and the exponent what the logarithm is: −∞, ∞ or NaN.
 * There is something to do only where a lane is none of the positive normal numbers.
 */
function scale({ lanes, bias }: LogarithmPrecision, given: Value, f: FunctionBuilder): Scaled {
  const { lt, gt, ge, eq, mul, number, choose, anyLane, mantissa } = lanes;
  const x = f.local("v128");
  const exponent = f.local("v128");
  f.set(x, given);
  f.set(exponent, number(0));
  const isLarge = ge(given, number(2 ** (1 - bias)));
  const isNormal = f.let(op("v128.and", isLarge, lt(given, number(Infinity))));
  f.if(anyLane(op("v128.not", isNormal)), () => {
    const isSubnormal = f.let(op("v128.andnot", gt(given, number(0)), isLarge));
    // √x is x itself where it is ∞ or NaN, and NaN where x is below 0.
    const limit = choose(eq(given, number(0)), number(-Infinity), lanes.sqrt(given));
    f.set(x, choose(isSubnormal, mul(given, number(2 ** mantissa)), choose(isNormal, given, number(1))));
    f.set(exponent, op("v128.andnot", choose(isSubnormal, number(-mantissa), limit), isNormal));
  });
  return { x: f.get(x), exponent: f.get(exponent) };
}

/** x = 2^k·(1 + t). */
export interface Split {
  readonly k: Value;
  readonly t: Value;
}

/**
 * With 1 + t between √½ and √2. The bits of x, less those of √½ and more those of 1, have k + bias in the exponent's place; and
 * an integer in the significand of 2^mantissa is a number.
 */
export function split(precision: LogarithmPrecision, given: Value, f: FunctionBuilder): Split {
  const { lanes, bias, rootOfHalf } = precision;
  const { add, sub, number, bits, addBits, shr, mantissa } = lanes;
  const { x, exponent } = scale(precision, given, f);
  const one = BigInt(bias) << BigInt(mantissa);
  const shifted = f.let(addBits(x, bits(one - rootOfHalf)));
  const integer = op("v128.or", shr(shifted, mantissa), powerOfTwoBits(lanes, mantissa));
  const significand = op("v128.and", shifted, bits((1n << BigInt(mantissa)) - 1n));
  return {
    k: f.let(add(sub(integer, number(2 ** mantissa + bias)), exponent)),
    t: f.let(sub(addBits(significand, bits(rootOfHalf)), number(1))),
  };
}

/**
 * k·ln 2 + ln(1 + t). With s = t/(2 + t), ln(1 + t) = 2·artanh(s) = t − t²/2 + s·(t²/2 + s²·R(s²)), in which t, the largest
 * term, is exact (the form is that of FreeBSD's msun).
 *
 * @param low Makes what is added to k·ln2₁ of it.
 */
export function logarithmOf(
  precision: LogarithmPrecision,
  { k, t }: Split,
  low: (x: Value) => Value,
  f: FunctionBuilder,
): Value {
  const { lanes, ln2, artanh } = precision;
  const { add, sub, mul, div, number } = lanes;
  const halfSquare = f.let(mul(mul(t, t), number(0.5)));
  const s = f.let(div(t, add(number(2), t)));
  const square = f.let(mul(s, s));
  const rest = mul(s, add(halfSquare, mul(square, horner(lanes, square, artanh))));
  const lows = add(rest, low(mul(k, number(ln2[1]))));
  return sub(mul(k, number(ln2[0])), sub(sub(halfSquare, lows), t));
}

function logarithm(precision: LogarithmPrecision): VectorFunction {
  return (x, f) => logarithmOf(precision, split(precision, f.let(x), f), (low) => low, f);
}

/**
 * ln(1 + x + low). The sum u = 1 + x is off by a rounding c (D. E. Knuth, The Art of Computer Programming 2, 4.2.2), and
 * ln(u + c) = ln u + c/u; where the exponent of u is 0, x itself is taken for t. `pmin(1, c/u)` is at hand where c/u is NaN: at
 * −1 and ∞.
 *
 * @param more What x lacks, and a number to add to the exponent.
 */
export function logarithmOfOneMore(
  precision: LogarithmPrecision,
  x: Value,
  f: FunctionBuilder,
  more?: { readonly low: Value; readonly exponent: Value },
): Value {
  const { add, sub, div, eq, pmin, number, choose } = precision.lanes;
  const one = number(1);
  const u = f.let(add(one, x));
  const { k, t } = split(precision, u, f);
  const isZero = f.let(eq(k, number(0)));
  const part = f.let(sub(u, one));
  const lost = op("v128.andnot", add(sub(one, sub(u, part)), sub(x, part)), isZero);
  const c = more === undefined ? lost : add(lost, more.low);
  const correction = pmin(one, div(c, u));
  const exponent = more === undefined ? k : f.let(add(k, more.exponent));
  const parts = { k: exponent, t: f.let(choose(isZero, x, t)) };
  return logarithmOf(precision, parts, (low) => add(low, correction), f);
}

function log1pOf(precision: LogarithmPrecision): VectorFunction {
  return (given, f) => {
    const x = f.let(given);
    return withSignOf(precision.lanes, logarithmOfOneMore(precision, x, f), x);
  };
}

export const log: InBothPrecisions<VectorFunction> = {
  f32: logarithm(logarithmPrecisions.f32),
  f64: logarithm(logarithmPrecisions.f64),
};

export const log1p: InBothPrecisions<VectorFunction> = {
  f32: log1pOf(logarithmPrecisions.f32),
  f64: log1pOf(logarithmPrecisions.f64),
};
