import { exponentialFraction, exponentialPrecisions } from "./exponential.ts";
import { double, horner, type InBothPrecisions, single, type VectorFunction, withSignOf } from "./lanes.ts";

/** Where the two ways meet. */
const border = 0.85;

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
  return withSignOf(single, choose(lt(magnitude, number(border)), small, large), x);
};

/** P and Q of erf x = x + x·P(x²)/Q(x²), for |x| ≤ 0.85: minimax, relative error at most 2^−57.7. */
const smallDouble = [
  [
    0.12837916709551256, -0.3250091390278555, -0.028565285928923618, -0.005777496769599682,
    -2.503420362110019e-5,
  ],
  [
    1, 0.39817402745688496, 0.06512393485924162, 0.005097217883613835, 0.00013357751006055468,
    -3.943338687196002e-6,
  ],
] as const;

/** N and M of 1 − erf x = e^(−x²)·N(x)/M(x), for 0.85 ≤ x ≤ 5.95: minimax, error of erf at most 2^−57.3. */
const largeDouble = [
  [
    0.9999999572433274, 1.3692649037642934, 0.9232234423748601, 0.35799329330674917, 0.07941413927338506,
    0.008197864798261144,
  ],
  [
    1, 2.497643579886935, 2.741515097359808, 1.7060618011739195, 0.641865640289303, 0.1407528456725687,
    0.014530502583975223,
  ],
] as const;

/** Both ways are a fraction more than a number, so that they share one division. */
const erfDouble: VectorFunction = (given, f) => {
  const { add, mul, div, abs, neg, lt, pmin, number, choose } = double;
  const x = f.let(given);
  const magnitude = f.let(pmin(abs(x), number(5.95)));
  const square = f.let(mul(magnitude, magnitude));
  const { numerator, denominator } = exponentialFraction(exponentialPrecisions.f64, f.let(neg(square)), f);
  const isSmall = f.let(lt(magnitude, number(border)));
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
