import type { FunctionBuilder } from "../function-builder.ts";
import type { Value } from "../value.ts";
import {
  double,
  horner,
  type InBothPrecisions,
  type Lanes,
  powerOfTwoBits,
  single,
  type VectorFunction,
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
 */
export function reduce({ lanes, ln2, coth }: ExponentialPrecision, x: Value, f: FunctionBuilder): Reduced {
  const { add, sub, mul, number, mantissa } = lanes;
  const rounder = number(1.5 * 2 ** mantissa);
  const shifted = f.let(add(mul(x, number(Math.LOG2E)), rounder));
  const k = f.let(sub(shifted, rounder));
  const high = f.let(sub(x, mul(k, number(ln2[0]))));
  const low = f.let(mul(k, number(ln2[1])));
  const r = f.let(sub(high, low));
  const square = f.let(mul(r, r));
  const c = f.let(sub(r, mul(square, horner(lanes, square, coth))));
  return { shifted, r, tail: sub(sub(high, r), low), c };
}

/** 2^k of a whole number's bits, which may have others before those of the exponent. */
export function powerOfTwo(lanes: Lanes, k: Value): Value {
  return lanes.addBits(lanes.shl(k, lanes.mantissa), powerOfTwoBits(lanes, 0));
}

/**
 * e^x = 2^k·e^r. 2^k is the product of two powers, neither of which overflows where e^x does not, and the second product rounds
 * where e^x is subnormal.
 */
function exponential(precision: ExponentialPrecision): VectorFunction {
  const { lanes, range } = precision;
  const { add, sub, mul, div, pmin, pmax, number, subBits, shr } = lanes;
  return (x, f) => {
    const clamped = f.let(pmax(pmin(x, number(range.infinity)), number(range.zero)));
    const { shifted, r, tail, c } = reduce(precision, clamped, f);
    const rest = add(div(mul(r, c), sub(number(2), c)), tail);
    const half = f.let(shr(shifted, 1));
    const scaled = mul(add(number(1), add(r, rest)), powerOfTwo(lanes, half));
    return mul(scaled, powerOfTwo(lanes, subBits(shifted, half)));
  };
}

export const exp: InBothPrecisions<VectorFunction> = {
  f32: exponential(exponentialPrecisions.f32),
  f64: exponential(exponentialPrecisions.f64),
};
