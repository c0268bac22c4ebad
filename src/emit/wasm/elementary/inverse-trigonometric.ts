import type { FunctionBuilder } from "../function-builder.ts";
import { op, type Value } from "../value.ts";
import { fastSum, product } from "./double-words.ts";
import { throughDouble } from "./halves.ts";
import { double, horner, type InBothPrecisions, type VectorFunction, withSignOf } from "./lanes.ts";

const { abs, add, sub, mul, div, sqrt, lt, gt, ge, pmin, pmax, number, choose } = double;

/** π/2, and what the double lacks. */
const halfPi = [Math.PI / 2, 6.123233995736766e-17] as const;

/** Keeps 0/0 from being NaN, and vanishes beside everything else. */
const nothing = 2 ** -1000;

/** P of arcsin s = s + s³·P(s²), for |s| ≤ ½: minimax, relative error at most 2^−55.8. */
const arcsine = [
  0.16666666666665403, 0.07500000000338594, 0.044642856826936826, 0.030381959197238767, 0.022371756546507866,
  0.017359728219622405, 0.013884996893901007, 0.01217081938777443, 0.006520855853005952, 0.01954817579485127,
  -0.016256132259893922, 0.03193453732824349,
];

/** An arcsine or arccosine of |x| is made of arcsin s, for s = |x| or, from ½ on, s = √((1 − |x|)/2). */
interface Arcsine {
  readonly isLarge: Value;
  readonly s: Value;
  /** arcsin s − s */
  readonly rest: Value;
  /** s = start + lacking, where start has few bits and lacking what the root rounds off. */
  readonly start: Value;
  readonly lacking: Value;
}

function arcsineOf(a: Value, f: FunctionBuilder): Arcsine {
  const isLarge = f.let(ge(a, number(0.5)));
  const complement = mul(sub(number(1), a), number(0.5));
  const square = f.let(choose(isLarge, complement, mul(a, a)));
  const s = f.let(choose(isLarge, sqrt(square), a));
  const start = f.let(op("v128.and", s, double.bits(-(1n << 27n)))); // its square is exact
  const lacking = div(sub(square, mul(start, start)), add(add(s, start), number(nothing)));
  const rest = f.let(mul(mul(s, square), horner(double, square, arcsine)));
  return { isLarge, s, rest, start, lacking: f.let(lacking) };
}

/** arcsin |x| = π/2 − 2·arcsin √((1 − |x|)/2) from ½ on; π/4 and 2s are about as large, and their difference is exact. */
const asinDouble: VectorFunction = (given, f) => {
  const x = f.let(given);
  const { isLarge, s, rest, start, lacking } = arcsineOf(f.let(abs(x)), f);
  const quarterPi = number(Math.PI / 4);
  const low = sub(add(rest, rest), sub(number(halfPi[1]), add(lacking, lacking)));
  const large = sub(quarterPi, sub(low, sub(quarterPi, add(start, start))));
  return withSignOf(double, choose(isLarge, large, add(s, rest)), x);
};

/** π/2 − arcsin x for small |x|; else 2·arcsin s, or of a negative number π − 2·arcsin s. */
const acosDouble: VectorFunction = (given, f) => {
  const x = f.let(given);
  const { isLarge, s, rest, start, lacking } = arcsineOf(f.let(abs(x)), f);
  const [pi2, pi2Rest] = [number(halfPi[0]), number(halfPi[1])];
  const signed = withSign(rest, x);
  const small = sub(pi2, sub(x, sub(pi2Rest, signed)));
  const positive = add(start, add(rest, lacking));
  const negative = sub(pi2, add(s, sub(rest, pi2Rest)));
  const large = f.let(choose(lt(x, number(0)), negative, positive));
  return choose(isLarge, add(large, large), small);
};

/** The number with its sign changed where that of x is −. */
function withSign(value: Value, x: Value): Value {
  return op("v128.xor", value, op("v128.and", x, double.bits(1n << 63n)));
}

/** P of arctan t = t + t³·P(t²), for |t| ≤ tan(π/8): minimax, relative error at most 2^−59.3. */
const arctangent = [
  -0.3333333333333319, 0.19999999999952184, -0.14285714280054126, 0.11111110776302652, -0.09090897551071102,
  0.07692056524763077, -0.06663061936356447, 0.05847581579630191, -0.050379119499164515, 0.038029012755235896,
  -0.01786809984543171,
];

/** What π/4 lacks as a double. */
const quarterPiRest = 3.061616997868383e-17;

/** Numbers are as good as infinite from here on, and may still be split in halves. */
const infinite = 2 ** 900;

/**
 * With n the smaller and m the larger of |x| and 1, arctan(n/m) is that of t = n/m or, from tan(π/8) on, π/4 + arctan t with
 * t = (n − m)/(n + m); where |x| is above 1, it is π/2 less that. What t lacks is kept.
 */
const atanDouble: VectorFunction = (given, f) => {
  const x = f.let(given);
  const a = f.let(pmin(abs(x), number(infinite)));
  const one = number(1);
  const [n, m] = [f.let(pmin(a, one)), f.let(pmax(a, one))];
  const isMiddle = f.let(gt(n, mul(m, number(Math.SQRT2 - 1))));
  const [difference, sum] = [fastSum(m, double.neg(n), f), fastSum(m, n, f)];
  const over = f.let(choose(isMiddle, double.neg(difference.high), n));
  const under = f.let(choose(isMiddle, sum.high, m));
  const t = f.let(div(over, under));
  const back = product(t, under, f);
  const lost = op("v128.and", isMiddle, add(difference.low, mul(t, sum.low)));
  const lacking = div(sub(sub(sub(over, back.high), back.low), lost), under);
  const square = f.let(mul(t, t));
  const rest = add(mul(mul(t, square), horner(double, square, arctangent)), lacking);
  const start = fastSum(op("v128.and", isMiddle, number(Math.PI / 4)), t, f);
  const low = f.let(add(start.low, add(rest, op("v128.and", isMiddle, number(quarterPiRest)))));
  const turned = fastSum(number(halfPi[0]), double.neg(start.high), f);
  const beyond = add(turned.high, sub(add(turned.low, number(halfPi[1])), low));
  return withSignOf(double, choose(gt(a, one), beyond, add(start.high, low)), x);
};

function inBoth(code: VectorFunction): InBothPrecisions<VectorFunction> {
  return { f32: throughDouble(code), f64: code };
}

export const asin = inBoth(asinDouble);
export const acos = inBoth(acosDouble);
export const atan = inBoth(atanDouble);
