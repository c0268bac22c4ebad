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
export interface ExponentialPrecision {
  readonly lanes: Lanes;
  /** ln 2 in two parts, of which the first has so few bits that its product with any exponent is exact. */
  readonly ln2: readonly [number, number];
  /** e^x is 0 below the first and ∞ above the second. */
  readonly range: { readonly zero: number; readonly infinity: number };
  /** P of r·coth(r/2) = 2 + r²·P(r²), for |r| ≤ ½ ln 2: minimax in the relative error of e^r. */
  readonly coth: readonly number[];
}

export const exponentialPrecisions: InBothPrecisions<ExponentialPrecision> = {
  // error of e^r at most 2^−30.7
  f32: {
    lanes: single,
    ln2: [0.693145751953125, 1.428606765330187e-6],
    range: { zero: -104, infinity: 89 },
    coth: [0.16666618, -0.00276600127],
  },
  // error of e^r at most 2^−62.2
  f64: {
    lanes: double,
    ln2: [0.6931471805598903, 5.497923018708371e-14],
    range: { zero: -746, infinity: 710 },
    coth: [
      0.16666666666666552, -0.0027777777776675106, 6.613756244786528e-5, -1.6533831754341556e-6,
      4.13585671483001e-8,
    ],
  },
};

/** x = k·ln 2 + r + tail with a whole k, |r| ≤ ½ ln 2 and a tail below the last bit of r. */
export interface Reduced {
  /** k + 1½·2^mantissa: its last bits are those of k. */
  readonly shifted: Value;
  readonly r: Value;
  readonly tail: Value;
  /** r − r²·P(r²): e^r = 1 + r + r·c/(2 − c) = 1 + 2r/(2 − c). */
  readonly c: Value;
}

/**
 * Cody and Waite's reduction: k is the whole number next to x/ln 2, which adding 1½·2^mantissa rounds to, and
 * r = (x − k·ln2₀) − k·ln2₁. That e^r is a function of c holds since r·coth(r/2) = r + 2r/(e^r − 1), which is even
 * (W. J. Cody, W. Waite, Software Manual for the Elementary Functions, 1980; the form is that of FreeBSD's msun).
 *
 * @param x Of which the power of two is in the range of the precision, or NaN; it is used twice.
 * @param addend What x lacks.
 */
export function reduce(
  { lanes, ln2, coth }: ExponentialPrecision,
  x: Value,
  f: FunctionBuilder,
  addend?: Value,
): Reduced {
  const { add, sub, mul, number, mantissa } = lanes;
  const rounder = number(1.5 * 2 ** mantissa);
  const shifted = f.let(add(mul(x, number(Math.LOG2E)), rounder));
  const k = f.let(sub(shifted, rounder));
  const high = f.let(sub(x, mul(k, number(ln2[0]))));
  const part = mul(k, number(ln2[1]));
  const low = f.let(addend === undefined ? part : sub(part, addend));
  const r = f.let(sub(high, low));
  const square = f.let(mul(r, r));
  const c = f.let(sub(r, mul(square, horner(lanes, square, coth))));
  return { shifted, r, tail: sub(sub(high, r), low), c };
}

/** 2^k of a whole number's bits, which may have others before those of the exponent. */
export function powerOfTwo(lanes: Lanes, k: Value): Value {
  return lanes.addBits(lanes.shl(k, lanes.mantissa), powerOfTwoBits(lanes, 0));
}

/** y·2^k by two powers, neither of which overflows where the product does not; the second product rounds where it is subnormal. */
export function timesPowerOfTwo(lanes: Lanes, y: Value, shifted: Value, f: FunctionBuilder): Value {
  const half = f.let(lanes.shr(shifted, 1));
  const scaled = lanes.mul(y, powerOfTwo(lanes, half));
  return lanes.mul(scaled, powerOfTwo(lanes, lanes.subBits(shifted, half)));
}

/** e^x = 2^k·(1 + r + rest), where the rest is small beside 1. */
export interface ExponentialTerms {
  /** As that of what is reduced. */
  readonly shifted: Value;
  readonly r: Value;
  readonly rest: Value;
}

/** @param addend What x lacks. */
export function exponentialTerms(
  precision: ExponentialPrecision,
  x: Value,
  f: FunctionBuilder,
  addend?: Value,
): ExponentialTerms {
  const { shifted, r, tail, c } = reduce(precision, x, f, addend);
  return { shifted, r, rest: precision.lanes.add(beyondLinear(precision, r, c), tail) };
}

/** The same without the tail: what it holds is a tenth of a last place of a sum that is rounded but once. */
function roughTerms(precision: ExponentialPrecision, x: Value, f: FunctionBuilder): ExponentialTerms {
  const { shifted, r, c } = reduce(precision, x, f);
  return { shifted, r, rest: beyondLinear(precision, r, c) };
}

/** e^r − 1 − r */
function beyondLinear({ lanes: { mul, div, sub, number } }: ExponentialPrecision, r: Value, c: Value): Value {
  return div(mul(r, c), sub(number(2), c));
}

/**
 * e^x, ∞ and 0 included. Where x is so low that the result is 0, as a mask's −∞, e⁰ is computed and blanked: a product that
 * underflows costs processors more than a hundred cycles.
 */
export function exponentialOf(
  precision: ExponentialPrecision,
  x: Value,
  f: FunctionBuilder,
  addend?: Value,
): Value {
  const { lanes, range } = precision;
  const { add, pmin, number, eq, lt } = lanes;
  const vanishes = f.let(lt(x, number(range.zero)));
  const clamped = f.let(op("v128.andnot", pmin(x, number(range.infinity)), vanishes));
  // Where x alone makes it 0 or ∞, the addend, which may be as large as anything, does not count.
  const counting = addend === undefined ? undefined : op("v128.and", addend, eq(clamped, x));
  const { shifted, r, rest } =
    counting === undefined
      ? roughTerms(precision, clamped, f)
      : exponentialTerms(precision, clamped, f, counting);
  const power = timesPowerOfTwo(lanes, add(number(1), add(r, rest)), shifted, f);
  return op("v128.andnot", power, vanishes);
}

function exponential(precision: ExponentialPrecision): VectorFunction {
  return (x, f) => exponentialOf(precision, f.let(x), f);
}

export const exp: InBothPrecisions<VectorFunction> = {
  f32: exponential(exponentialPrecisions.f32),
  f64: exponential(exponentialPrecisions.f64),
};

/** e^x as numerator/denominator, of which the latter is between 1 and 3. */
export interface Fraction {
  readonly numerator: Value;
  readonly denominator: Value;
}

/** e^x, where its power of two is a normal number; in another way: (2 − c + 2r)/(2 − c). */
export function exponentialFraction(precision: ExponentialPrecision, x: Value, f: FunctionBuilder): Fraction {
  const { lanes } = precision;
  const { add, sub, mul, number } = lanes;
  const { shifted, r, c } = reduce(precision, x, f);
  const denominator = f.let(sub(number(2), c));
  const power = powerOfTwo(lanes, shifted);
  return { numerator: f.let(mul(add(denominator, add(r, r)), power)), denominator };
}

/**
 * e^x − 1 = 2^k·(1 − 2^−k + e^r − 1), where the first sum, of 1 − 2^−k and r, is kept exactly: 1 − 2^−k is 0 or not below r
 * in magnitude (T. J. Dekker, A floating-point technique for extending the available precision, 1971). 2^k is made as
 * 2·2^(k − 1), which does not overflow where e^x does not.
 */
function exponentialLessOne(precision: ExponentialPrecision): VectorFunction {
  const { lanes, range } = precision;
  const { add, sub, mul, div, pmin, pmax, number, shl, addBits, subBits, mantissa } = lanes;
  return (given, f) => {
    const x = f.let(given);
    // From mantissa + 2 powers of two below on it is −1, and 2^−k from as many above on nothing.
    const clamped = f.let(pmax(pmin(x, number(range.infinity)), number(-(mantissa + 4) * Math.LN2)));
    const { shifted, r, tail, c } = reduce(precision, clamped, f);
    const bounded = pmin(shifted, number(1.5 * 2 ** mantissa + mantissa + 4));
    const inverse = subBits(powerOfTwoBits(lanes, 0), shl(bounded, mantissa));
    const whole = f.let(sub(number(1), inverse));
    const sum = f.let(add(whole, r));
    const lost = sub(r, sub(sum, whole));
    const rest = add(div(mul(r, c), sub(number(2), c)), add(tail, lost));
    const y = f.let(add(sum, rest));
    const half = addBits(shl(shifted, mantissa), powerOfTwoBits(lanes, -1));
    return withSignOf(lanes, mul(add(y, y), half), x);
  };
}

export const expm1: InBothPrecisions<VectorFunction> = {
  f32: exponentialLessOne(exponentialPrecisions.f32),
  f64: exponentialLessOne(exponentialPrecisions.f64),
};
