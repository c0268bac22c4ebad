import type { FunctionBuilder } from "../function-builder.ts";
import { op, type Value } from "../value.ts";
import { type DoubleWord, doubleWords } from "./double-words.ts";
import { exponentialOf, exponentialPrecisions } from "./exponential.ts";
import { toDoubles, toSingles } from "./halves.ts";
import { type BinaryVectorFunction, double, horner, type InBothPrecisions, signBit } from "./lanes.ts";
import { logarithmOf, logarithmPrecisions, split, type Split } from "./logarithm.ts";

const { add, sub, mul, div, abs, trunc, eq, lt, gt, pmin, pmax, number, choose } = double;
const { fastSum, product } = doubleWords(double);

/** R of 2·artanh(s) = 2s + ⅔s³ + s⁵·R(s²), for s as it is in a logarithm: minimax, relative error at most 2^−66.2. */
const artanh = [
  0.4000000000000227, 0.2857142857009123, 0.22222222521478188, 0.18181784225721948, 0.1538676407239796,
  0.1325665582665139, 0.13197874551388158,
];

/** ⅔, and what the double lacks. */
const twoThirds = [0.6666666666666666, 3.700743415417188e-17] as const;

/** t/(2 + t) */
function quotientOf(t: Value, f: FunctionBuilder): DoubleWord {
  const under = fastSum(number(2), t, f);
  const high = f.let(div(t, under.high));
  const back = product(high, under.high, f);
  const rest = sub(sub(sub(t, back.high), back.low), mul(high, under.low));
  return { high, low: f.let(div(rest, under.high)) };
}

/**
 * k·ln 2 + ln(1 + t) to some 65 bits: with s = t/(2 + t), ln(1 + t) = 2s + ⅔s³ + s⁵·R(s²), of which the first two terms are
 * computed in double words.
 */
function preciseLogarithm({ k, t }: Split, f: FunctionBuilder): DoubleWord {
  const [ln2, ln2Rest] = logarithmPrecisions.f64.ln2;
  const s = quotientOf(t, f);
  const exactSquare = product(s.high, s.high, f);
  const square = {
    high: exactSquare.high,
    low: f.let(add(exactSquare.low, mul(add(s.high, s.high), s.low))),
  };
  const exactCube = product(s.high, square.high, f);
  const cubeRest = add(exactCube.low, add(mul(s.high, square.low), mul(s.low, square.high)));
  const third = product(exactCube.high, number(twoThirds[0]), f);
  const thirdRest = add(
    third.low,
    add(mul(cubeRest, number(twoThirds[0])), mul(exactCube.high, number(twoThirds[1]))),
  );
  const series = mul(mul(exactCube.high, square.high), horner(double, square.high, artanh));
  const small = fastSum(add(s.high, s.high), third.high, f);
  const smallRest = add(add(small.low, add(s.low, s.low)), add(thirdRest, series));
  const sum = fastSum(mul(k, number(ln2)), small.high, f);
  return fastSum(sum.high, add(sum.low, add(smallRest, mul(k, number(ln2Rest)))), f);
}

/** |x|^y = e^(y·ln|x|) */
type PowerOfMagnitude = (magnitude: Value, y: Value, f: FunctionBuilder) => Value;

/** What is precise enough for single precision. */
const ofMagnitudeForSingle: PowerOfMagnitude = (magnitude, y, f) => {
  const precision = logarithmPrecisions.f64;
  const logarithm = logarithmOf(precision, split(precision, magnitude, f), (low) => low, f);
  return exponentialOf(exponentialPrecisions.f64, f.let(mul(y, logarithm)), f);
};

/** A y beyond ±2⁶⁵ is as good as that: the logarithm of the numbers next to 1 is 2^−53. */
const ofMagnitudeForDouble: PowerOfMagnitude = (magnitude, y, f) => {
  const parts = split(logarithmPrecisions.f64, magnitude, f);
  const logarithm = preciseLogarithm(parts, f);
  const isLimit = eq(abs(parts.k), number(Infinity));
  const high = f.let(choose(isLimit, parts.k, logarithm.high));
  const factor = f.let(pmax(pmin(y, number(2 ** 65)), number(-(2 ** 65))));
  const exponent = product(factor, high, f);
  const low = add(exponent.low, mul(factor, logarithm.low));
  return exponentialOf(exponentialPrecisions.f64, exponent.high, f, low);
};

/** The power as JavaScript has it: 1 for y = 0, NaN for |x| = 1 and an infinite y, and for x < 0 and a y between integers. */
function powerFrom(ofMagnitude: PowerOfMagnitude): BinaryVectorFunction {
  return (base, exponent, f) => {
    const [x, y] = [f.let(base), f.let(exponent)];
    const magnitude = f.let(abs(x));
    const value = ofMagnitude(magnitude, y, f);
    const isWhole = f.let(eq(trunc(y), y));
    const half = f.let(mul(y, number(0.5)));
    const isOdd = op("v128.andnot", isWhole, eq(trunc(half), half));
    const signed = op("v128.or", value, op("v128.and", op("v128.and", x, signBit(double)), isOdd));
    const isNegative = op("v128.and", lt(x, number(0)), gt(x, number(-Infinity)));
    const isUnit = op("v128.and", eq(magnitude, number(1)), eq(abs(y), number(Infinity)));
    const isNone = op("v128.or", op("v128.andnot", isNegative, isWhole), isUnit);
    return choose(eq(y, number(0)), number(1), op("v128.or", signed, isNone));
  };
}

const powerDouble = powerFrom(ofMagnitudeForDouble);
const powerOfHalf = powerFrom(ofMagnitudeForSingle);

const powerSingle: BinaryVectorFunction = (x, y, f) => {
  const [bases, exponents] = [toDoubles(x, f), toDoubles(y, f)];
  const low = f.let(powerOfHalf(bases.low, exponents.low, f));
  return toSingles({ low, high: powerOfHalf(bases.high, exponents.high, f) });
};

export const power: InBothPrecisions<BinaryVectorFunction> = { f32: powerSingle, f64: powerDouble };
