import type { FunctionBuilder } from "../function-builder.ts";
import type { Value } from "../value.ts";
import { type DoubleWord, doubleWords } from "./double-words.ts";
import {
  exponentialFraction,
  type ExponentialPrecision,
  exponentialPrecisions,
  exponentialTerms,
  timesPowerOfTwo,
} from "./exponential.ts";
import { horner, type InBothPrecisions, type VectorFunction, withSignOf } from "./lanes.ts";

/** What differs between the precisions. */
interface Precision extends ExponentialPrecision {
  /** tanh x is ±1 from its half on. */
  readonly twiceOne: number;
  /** From here on e^x/2 is ∞. */
  readonly infiniteHalf: number;
  /** P and Q of tanh x = x + x³·P(x²)/Q(x²), for |x| ≤ ⅝: minimax in the relative error. */
  readonly tangent: readonly [readonly number[], readonly number[]];
  /** P of sinh x = x + x³·P(x²), for |x| ≤ 1: minimax in the relative error. */
  readonly sine: readonly number[];
}

const precisions: InBothPrecisions<Precision> = {
  // errors at most 2^−27.6 and 2^−31.6
  f32: {
    ...exponentialPrecisions.f32,
    twiceOne: 20,
    infiniteHalf: 90,
    tangent: [
      [-0.33333308, -0.00154151777],
      [1, 0.404612266],
    ],
    sine: [0.166666672, 0.00833331048, 0.000198428956, 2.78221319e-6],
  },
  // errors at most 2^−60.5 and 2^−61.7
  f64: {
    ...exponentialPrecisions.f64,
    twiceOne: 44,
    infiniteHalf: 711,
    tangent: [
      [-0.33333333333333326, -0.0204967858470521, -0.000199088898267915],
      [1, 0.4614903575411412, 0.023288647806757285, 0.00020643827005973776],
    ],
    sine: [
      0.16666666666666669, 0.008333333333332912, 0.0001984126984159341, 2.7557319106756312e-6,
      2.5052130998844628e-8, 1.605665915435445e-10, 7.776600610317893e-13,
    ],
  },
};

/**
 * For small |x| a rational function; else 1 − 2/(e^(2|x|) + 1). With 2|x| = k·ln 2 + r and e^r = (2 − c + 2r)/(2 − c), the
 * fraction is 2·(2 − c)/(2^k·(2 − c + 2r) + 2 − c), so that both ways share one division.
 */
function hyperbolicTangent(precision: Precision): VectorFunction {
  const { lanes, tangent, twiceOne } = precision;
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
      mul(mul(magnitude, square), horner(lanes, square, tangent[0])),
      mul(denominator, number(-2)),
    );
    const under = choose(isSmall, horner(lanes, square, tangent[1]), add(numerator, denominator));
    const sum = add(choose(isSmall, magnitude, number(1)), div(over, under));
    return withSignOf(lanes, sum, x);
  };
}

/** e^x/2 for x ≥ 0, as a sum of which the second term is below the last place of the first. */
function halfOfExponential(precision: Precision, x: Value, f: FunctionBuilder): DoubleWord {
  const { lanes } = precision;
  const { add, number, bits, subBits } = lanes;
  const { shifted, r, rest } = exponentialTerms(precision, x, f);
  const y = doubleWords(lanes).fastSum(number(1), add(r, rest), f);
  const exponent = f.let(subBits(shifted, bits(1n)));
  const high = f.let(timesPowerOfTwo(lanes, y.high, exponent, f));
  return { high, low: timesPowerOfTwo(lanes, y.low, exponent, f) };
}

/** For small |x| a polynomial, else h − ¼/h with h = e^|x|/2. */
function hyperbolicSine(precision: Precision): VectorFunction {
  const { lanes, infiniteHalf, sine } = precision;
  const { abs, add, sub, mul, div, lt, pmin, number, choose } = lanes;
  return (given, f) => {
    const x = f.let(given);
    const a = f.let(pmin(abs(x), number(infiniteHalf)));
    const square = f.let(mul(a, a));
    const { high, low } = halfOfExponential(precision, a, f);
    const large = add(high, sub(low, div(number(0.25), high)));
    const small = add(a, mul(mul(a, square), horner(lanes, square, sine)));
    return withSignOf(lanes, choose(lt(a, number(1)), small, large), x);
  };
}

/** h + ¼/h with h = e^|x|/2 */
function hyperbolicCosine(precision: Precision): VectorFunction {
  const { lanes, infiniteHalf } = precision;
  const { abs, add, div, pmin, number } = lanes;
  return (x, f) => {
    const a = f.let(pmin(abs(x), number(infiniteHalf)));
    const { high, low } = halfOfExponential(precision, a, f);
    return add(high, add(low, div(number(0.25), high)));
  };
}

export const sinh: InBothPrecisions<VectorFunction> = {
  f32: hyperbolicSine(precisions.f32),
  f64: hyperbolicSine(precisions.f64),
};

export const cosh: InBothPrecisions<VectorFunction> = {
  f32: hyperbolicCosine(precisions.f32),
  f64: hyperbolicCosine(precisions.f64),
};

export const tanh: InBothPrecisions<VectorFunction> = {
  f32: hyperbolicTangent(precisions.f32),
  f64: hyperbolicTangent(precisions.f64),
};
