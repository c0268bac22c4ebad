import type { FunctionBuilder } from "../function-builder.ts";
import { op, type Value } from "../value.ts";
import { doubleWords } from "./double-words.ts";
import {
  double,
  horner,
  type InBothPrecisions,
  type Lanes,
  signBit,
  single,
  type VectorFunction,
  withSignOf,
} from "./lanes.ts";

/** What differs between the precisions. */
interface Precision {
  readonly lanes: Lanes;
  /** π/2, and what it lacks as a number of this precision; their halves are π/4. */
  readonly halfPi: readonly [number, number];
  /** P of arcsin s = s + s³·P(s²), for |s| ≤ ½: minimax in the relative error. */
  readonly arcsine: readonly number[];
  /** P of arctan t = t + t³·P(t²), for |t| ≤ tan(π/8): minimax in the relative error. */
  readonly arctangent: readonly number[];
  /** Numbers are as good as infinite from here on, and may still be split in halves. */
  readonly infinite: number;
}

const precisions: InBothPrecisions<Precision> = {
  // errors at most 2^−27.6 and 2^−30.4
  f32: {
    lanes: single,
    halfPi: [1.5707963705062866, -4.3711390001862426e-8],
    arcsine: [0.166667521, 0.0749530643, 0.0454697721, 0.0241807736, 0.0421664119],
    arctangent: [-0.333333164, 0.199985266, -0.142443448, 0.105987281, -0.0608873554],
    infinite: 2 ** 100,
  },
  // errors at most 2^−55.8 and 2^−59.3
  f64: {
    lanes: double,
    halfPi: [Math.PI / 2, 6.123233995736766e-17],
    arcsine: [
      0.16666666666665403, 0.07500000000338594, 0.044642856826936826, 0.030381959197238767,
      0.022371756546507866, 0.017359728219622405, 0.013884996893901007, 0.01217081938777443,
      0.006520855853005952, 0.01954817579485127, -0.016256132259893922, 0.03193453732824349,
    ],
    arctangent: [
      -0.3333333333333319, 0.19999999999952184, -0.14285714280054126, 0.11111110776302652,
      -0.09090897551071102, 0.07692056524763077, -0.06663061936356447, 0.05847581579630191,
      -0.050379119499164515, 0.038029012755235896, -0.01786809984543171,
    ],
    infinite: 2 ** 900,
  },
};

/** Keeps 0/0 from being NaN, and vanishes beside everything else. */
const nothing = 2 ** -120;

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

function arcsineOf({ lanes, arcsine }: Precision, a: Value, f: FunctionBuilder): Arcsine {
  const { add, sub, mul, div, sqrt, ge, number, choose, bits, mantissa } = lanes;
  const isLarge = f.let(ge(a, number(0.5)));
  const complement = mul(sub(number(1), a), number(0.5));
  const square = f.let(choose(isLarge, complement, mul(a, a)));
  const s = f.let(choose(isLarge, sqrt(square), a));
  const start = f.let(op("v128.and", s, bits(-(1n << BigInt(Math.ceil((mantissa + 1) / 2)))))); // its square is exact
  const lacking = div(sub(square, mul(start, start)), add(add(s, start), number(nothing)));
  const rest = f.let(mul(mul(s, square), horner(lanes, square, arcsine)));
  return { isLarge, s, rest, start, lacking: f.let(lacking) };
}

/** arcsin |x| = π/2 − 2·arcsin √((1 − |x|)/2) from ½ on; π/4 and 2s are about as large, and their difference is exact. */
function inverseSine(precision: Precision): VectorFunction {
  const { lanes, halfPi } = precision;
  const { abs, add, sub, number, choose } = lanes;
  return (given, f) => {
    const x = f.let(given);
    const { isLarge, s, rest, start, lacking } = arcsineOf(precision, f.let(abs(x)), f);
    const quarterPi = number(halfPi[0] / 2);
    const low = sub(add(rest, rest), sub(number(halfPi[1]), add(lacking, lacking)));
    const large = sub(quarterPi, sub(low, sub(quarterPi, add(start, start))));
    return withSignOf(lanes, choose(isLarge, large, add(s, rest)), x);
  };
}

/** π/2 − arcsin x for small |x|; else 2·arcsin s, or of a negative number π − 2·arcsin s. */
function inverseCosine(precision: Precision): VectorFunction {
  const { lanes, halfPi } = precision;
  const { abs, add, sub, lt, number, choose } = lanes;
  return (given, f) => {
    const x = f.let(given);
    const { isLarge, s, rest, start, lacking } = arcsineOf(precision, f.let(abs(x)), f);
    const [pi2, pi2Rest] = [number(halfPi[0]), number(halfPi[1])];
    const signed = withSign(lanes, rest, x);
    const small = sub(pi2, sub(x, sub(pi2Rest, signed)));
    const positive = add(start, add(rest, lacking));
    const negative = sub(pi2, add(s, sub(rest, pi2Rest)));
    const large = f.let(choose(lt(x, number(0)), negative, positive));
    return choose(isLarge, add(large, large), small);
  };
}

/** The number with its sign changed where that of x is −. */
function withSign(lanes: Lanes, value: Value, x: Value): Value {
  return op("v128.xor", value, op("v128.and", x, signBit(lanes)));
}

/**
 * With n the smaller and m the larger of |x| and 1, arctan(n/m) is that of t = n/m or, from tan(π/8) on, π/4 + arctan t with
 * t = (n − m)/(n + m); where |x| is above 1, it is π/2 less that. What t lacks is kept.
 */
function inverseTangent(precision: Precision): VectorFunction {
  const { lanes, halfPi, arctangent, infinite } = precision;
  const { abs, add, sub, mul, div, neg, gt, pmin, pmax, number, choose } = lanes;
  const { fastSum, product } = doubleWords(lanes);
  return (given, f) => {
    const x = f.let(given);
    const a = f.let(pmin(abs(x), number(infinite)));
    const one = number(1);
    const [n, m] = [f.let(pmin(a, one)), f.let(pmax(a, one))];
    const isMiddle = f.let(gt(n, mul(m, number(Math.SQRT2 - 1))));
    const [difference, sum] = [fastSum(m, neg(n), f), fastSum(m, n, f)];
    const over = f.let(choose(isMiddle, neg(difference.high), n));
    const under = f.let(choose(isMiddle, sum.high, m));
    const t = f.let(div(over, under));
    const back = product(t, under, f);
    const lost = op("v128.and", isMiddle, add(difference.low, mul(t, sum.low)));
    const lacking = div(sub(sub(sub(over, back.high), back.low), lost), under);
    const square = f.let(mul(t, t));
    const rest = add(mul(mul(t, square), horner(lanes, square, arctangent)), lacking);
    const start = fastSum(op("v128.and", isMiddle, number(halfPi[0] / 2)), t, f);
    const low = f.let(add(start.low, add(rest, op("v128.and", isMiddle, number(halfPi[1] / 2)))));
    const turned = fastSum(number(halfPi[0]), neg(start.high), f);
    const beyond = add(turned.high, sub(add(turned.low, number(halfPi[1])), low));
    return withSignOf(lanes, choose(gt(a, one), beyond, add(start.high, low)), x);
  };
}

function inBoth(code: (precision: Precision) => VectorFunction): InBothPrecisions<VectorFunction> {
  return { f32: code(precisions.f32), f64: code(precisions.f64) };
}

export const asin = inBoth(inverseSine);
export const acos = inBoth(inverseCosine);
export const atan = inBoth(inverseTangent);
