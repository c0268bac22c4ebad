import type { FunctionBuilder } from "../function-builder.ts";
import type { Value } from "../value.ts";
import { type DoubleWord, fastSum } from "./double-words.ts";
import {
  exponentialFraction,
  type ExponentialPrecision,
  exponentialPrecisions,
  exponentialTerms,
  timesPowerOfTwo,
} from "./exponential.ts";
import { throughDouble } from "./halves.ts";
import { double, horner, type InBothPrecisions, type VectorFunction, withSignOf } from "./lanes.ts";

/** What differs between the precisions. */
interface Precision extends ExponentialPrecision {
  /** tanh x is ±1 from its half on. */
  readonly twiceOne: number;
  /** P and Q of tanh x = x + x³·P(x²)/Q(x²), for |x| ≤ ⅝: minimax in the relative error. */
  readonly small: readonly [readonly number[], readonly number[]];
}

const precisions: InBothPrecisions<Precision> = {
  // error at most 2^−27.6
  f32: {
    ...exponentialPrecisions.f32,
    twiceOne: 20,
    small: [
      [-0.33333308, -0.00154151777],
      [1, 0.404612266],
    ],
  },
  // error at most 2^−60.5
  f64: {
    ...exponentialPrecisions.f64,
    twiceOne: 44,
    small: [
      [-0.33333333333333326, -0.0204967858470521, -0.000199088898267915],
      [1, 0.4614903575411412, 0.023288647806757285, 0.00020643827005973776],
    ],
  },
};

/**
 * For small |x| a rational function; else 1 − 2/(e^(2|x|) + 1). With 2|x| = k·ln 2 + r and e^r = (2 − c + 2r)/(2 − c), the
 * fraction is 2·(2 − c)/(2^k·(2 − c + 2r) + 2 − c), so that both ways share one division.
 */
function hyperbolicTangent(precision: Precision): VectorFunction {
  const { lanes, small, twiceOne } = precision;
  const { add, mul, div, abs, lt, pmin, number, choose } = lanes;
  return (given, f) => {
    const x = f.let(given);
    const magnitude = f.let(abs(x));
    const square = f.let(mul(x, x));
    const twice = f.let(pmin(add(magnitude, magnitude), number(twiceOne)));
    const { numerator, denominator } = exponentialFraction(precision, twice, f);
    const isSmall = f.let(lt(magnitude, number(0.625)));
    const over = choose(
      isSmall,
      mul(mul(magnitude, square), horner(lanes, square, small[0])),
      mul(denominator, number(-2)),
    );
    const under = choose(isSmall, horner(lanes, square, small[1]), add(numerator, denominator));
    const sum = add(choose(isSmall, magnitude, number(1)), div(over, under));
    return withSignOf(lanes, sum, x);
  };
}

/** e^x/2 for x ≥ 0, as a sum of which the second term is below the last place of the first. */
function halfOfExponential(x: Value, f: FunctionBuilder): DoubleWord {
  const { add, number, bits, subBits } = double;
  const { shifted, r, rest } = exponentialTerms(exponentialPrecisions.f64, x, f);
  const y = fastSum(number(1), add(r, rest), f);
  const exponent = f.let(subBits(shifted, bits(1n)));
  const high = f.let(timesPowerOfTwo(double, y.high, exponent, f));
  return { high, low: timesPowerOfTwo(double, y.low, exponent, f) };
}

/** P of sinh x = x + x³·P(x²), for |x| ≤ 1: minimax, relative error at most 2^−61.7. */
const smallSine = [
  0.16666666666666669, 0.008333333333332912, 0.0001984126984159341, 2.7557319106756312e-6,
  2.5052130998844628e-8, 1.605665915435445e-10, 7.776600610317893e-13,
];

/** From here on e^x/2 is ∞. */
const infiniteHalf = 711;

/** For small |x| a polynomial, else h − ¼/h with h = e^|x|/2. */
const sinhDouble: VectorFunction = (given, f) => {
  const { abs, add, sub, mul, div, lt, pmin, number, choose } = double;
  const x = f.let(given);
  const a = f.let(pmin(abs(x), number(infiniteHalf)));
  const square = f.let(mul(a, a));
  const { high, low } = halfOfExponential(a, f);
  const large = add(high, sub(low, div(number(0.25), high)));
  const small = add(a, mul(mul(a, square), horner(double, square, smallSine)));
  return withSignOf(double, choose(lt(a, number(1)), small, large), x);
};

/** h + ¼/h with h = e^|x|/2 */
const coshDouble: VectorFunction = (x, f) => {
  const { abs, add, div, pmin, number } = double;
  const a = f.let(pmin(abs(x), number(infiniteHalf)));
  const { high, low } = halfOfExponential(a, f);
  return add(high, add(low, div(number(0.25), high)));
};

export const sinh: InBothPrecisions<VectorFunction> = { f32: throughDouble(sinhDouble), f64: sinhDouble };

export const cosh: InBothPrecisions<VectorFunction> = { f32: throughDouble(coshDouble), f64: coshDouble };

export const tanh: InBothPrecisions<VectorFunction> = {
  f32: hyperbolicTangent(precisions.f32),
  f64: hyperbolicTangent(precisions.f64),
};
