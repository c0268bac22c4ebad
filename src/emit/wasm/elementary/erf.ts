import { exponentialFraction, exponentialPrecisions } from "./exponential.ts";
import { double, horner, type InBothPrecisions, single, type VectorFunction, withSignOf } from "./lanes.ts";

/** erf x = x + x·P(x²), for |x| ≤ 0.85: minimax, relative error at most 2^−27.1. */
const smallSingle = [0.128379166, -0.376125902, 0.11282865, -0.0268072877, 0.0050577037, -0.000634851865];

/** erf x = 1 − e^(−x·P(x)), for 0.85 ≤ x ≤ 3.93: minimax, relative error at most 2^−28.1. */
const largeSingle = [1.12852955, 0.63566637, 0.105330996, -0.0229347255, 0.003229036, -0.000215706576];

const erfSingle: VectorFunction = (given, f) => {
  const { add, mul, div, abs, neg, lt, pmin, number, choose } = single;
  const x = f.let(given);
  const square = f.let(mul(x, x));
  const magnitude = f.let(pmin(abs(x), number(3.93)));
  const exponent = f.let(neg(mul(magnitude, horner(single, magnitude, largeSingle))));
  const { numerator, denominator } = exponentialFraction(exponentialPrecisions.f32, exponent, f);
  const large = add(number(1), neg(div(numerator, denominator)));
  const small = add(magnitude, mul(magnitude, horner(single, square, smallSingle)));
  return withSignOf(single, choose(lt(magnitude, number(0.85)), small, large), x);
};

/** P and Q of erf x = x + x·P(x²)/Q(x²), for |x| ≤ 1: minimax, relative error at most 2^−60.3. */
const smallDouble = [
  [
    0.1283791670955126, -0.31700613047842696, -0.04832947799267469, -0.008815671500557617,
    -0.0004956140028238947, -2.0732564046679566e-5,
  ],
  [
    1, 0.4605128689565808, 0.09381310124979803, 0.010693085503960925, 0.0006924988480852711,
    2.0810286136487194e-5,
  ],
] as const;

/** N and M of 1 − erf x = e^(−x²)·N(x)/M(x), for 1 ≤ x ≤ 5.95: minimax, error of erf at most 2^−59.4. */
const largeDouble = [
  [
    0.999999889131542, 1.3900876998743195, 0.9489123504667374, 0.37323610744529623, 0.08423324724102736,
    0.008912950221684127,
  ],
  [
    1, 2.5184656972833976, 2.7907024606515907, 1.7559748445131091, 0.6695025049893338, 0.14929561344442735,
    0.015797916320929285,
  ],
] as const;

/** Both ways are a fraction more than a number, so that they share one division. */
const erfDouble: VectorFunction = (given, f) => {
  const { add, mul, div, abs, neg, lt, pmin, number, choose } = double;
  const x = f.let(given);
  const magnitude = f.let(pmin(abs(x), number(5.95)));
  const square = f.let(mul(magnitude, magnitude));
  const { numerator, denominator } = exponentialFraction(exponentialPrecisions.f64, f.let(neg(square)), f);
  const isSmall = f.let(lt(magnitude, number(1)));
  const [p, q] = smallDouble;
  const [n, m] = largeDouble;
  const over = choose(
    isSmall,
    mul(magnitude, horner(double, square, p)),
    neg(mul(numerator, horner(double, magnitude, n))),
  );
  const under = choose(isSmall, horner(double, square, q), mul(denominator, horner(double, magnitude, m)));
  return withSignOf(double, add(choose(isSmall, magnitude, number(1)), div(over, under)), x);
};

export const erf: InBothPrecisions<VectorFunction> = { f32: erfSingle, f64: erfDouble };
