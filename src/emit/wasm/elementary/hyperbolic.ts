import { exponentialFraction, type ExponentialPrecision, exponentialPrecisions } from "./exponential.ts";
import { horner, type InBothPrecisions, type VectorFunction, withSignOf } from "./lanes.ts";

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

export const tanh: InBothPrecisions<VectorFunction> = {
  f32: hyperbolicTangent(precisions.f32),
  f64: hyperbolicTangent(precisions.f64),
};
