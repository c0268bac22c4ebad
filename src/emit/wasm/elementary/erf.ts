import { op } from "../value.ts";
import { exponentialFraction, exponentialPrecisions } from "./exponential.ts";
import {
  double,
  estrin,
  horner,
  type InBothPrecisions,
  powerOfTwoBits,
  signBit,
  single,
  type VectorFunction,
  withSignOf,
} from "./lanes.ts";

/** erf x = x + x·P(x²), for |x| ≤ 0.9: minimax, relative error at most 2^−26.3. */
const smallSingle = [
  0.128379153797, -0.376125232753, 0.112821408034, -0.0267789086298, 0.00501196242421, -0.000609035805997,
];

/** erf x = 1 − 2^(x·P(x)), for 0.9 ≤ x ≤ 3.93: minimax, error at most 2^−28.3. */
const largeSingle = [
  -1.62810530575, -0.917137465521, -0.151873233476, 0.0330306812695, -0.00464035783018, 0.00030895860517,
];

/** 2^f = 1 + f·P(f), for |f| ≤ ½: minimax, relative error at most 2^−23.3, of which erf has a fifth. */
const powerSingle = [0.693146977599, 0.240222420854, 0.0555073374326, 0.0096715126399, 0.00132647271935];

/**
 * Polynomials by Estrin's scheme, as operations that wait for each other cost more than a few others do. 2^(k + f) needs no logarithm
 * of 2 in two parts, as the exponent comes in powers of two, and its fraction is exact.
 */
const erfSingle: VectorFunction = (given, f) => {
  const { add, sub, mul, lt, pmin, number, choose, shl, addBits, mantissa } = single;
  const x = f.let(given);
  const magnitude = f.let(pmin(op("v128.andnot", x, signBit(single)), number(3.93)));
  const exponent = f.let(mul(magnitude, estrin(single, magnitude, largeSingle, f)));
  const rounder = number(1.5 * 2 ** mantissa);
  const shifted = f.let(add(exponent, rounder));
  const fraction = f.let(sub(exponent, sub(shifted, rounder)));
  const power = addBits(shl(shifted, mantissa), powerOfTwoBits(single, 0));
  const scaled = add(number(1), mul(fraction, estrin(single, fraction, powerSingle, f)));
  const large = sub(number(1), mul(power, scaled));
  const square = f.let(mul(x, x));
  const small = add(magnitude, mul(magnitude, estrin(single, square, smallSingle, f)));
  return withSignOf(single, choose(lt(magnitude, number(0.9)), small, large), x);
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
