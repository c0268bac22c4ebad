/*
 * Elementary functions of real numbers to more than two hundred bits: what floating-point code is held against. Slow (some tens
 * of microseconds each) and plain: power series after the simplest reduction.
 */
import {
  absolute,
  add,
  divide,
  fixed,
  fromFixed,
  fromNumber,
  half,
  isLess,
  length,
  multiply,
  negate,
  one,
  type Real,
  real,
  shift,
  squareRoot,
  toNumber,
  unit,
} from "./real.ts";

/** Σ tₙ from t₀ = 1, each from the one before it. */
function series(next: (term: bigint, n: bigint) => bigint): bigint {
  let sum = 0n;
  let term = one;
  for (let n = 1n; term !== 0n; n++) {
    sum += term;
    term = next(term, n);
  }
  return sum;
}

/** artanh(s)/s = Σ s²ⁿ/(2n + 1), of the square. */
function artanhQuotient(square: bigint): bigint {
  let sum = 0n;
  let power = one;
  for (let n = 1n; power !== 0n; n += 2n) {
    sum += power / n;
    power = (power * square) / one;
  }
  return sum;
}

/** 2·artanh(⅓) */
const ln2 = multiply(divide(fromNumber(2), fromNumber(3)), fromFixed(artanhQuotient(one / 9n)));

/** Of very large numbers, a power of two far beyond all doubles. */
export function exp(x: Real): Real {
  if (isLess(fromNumber(1e5), absolute(x))) return { m: 1n, e: x.m < 0n ? -1e5 : 1e5 };
  const k = Math.round(toNumber(divide(x, ln2)));
  const r = add(x, negate(multiply(ln2, fromNumber(k))));
  const { m, e } = add(unit, expm1Small(r));
  return { m, e: e + k };
}

/** x·Σ xⁿ/(n + 1)! */
function expm1Small(x: Real): Real {
  const r = fixed(x);
  return multiply(x, fromFixed(series((term, n) => (term * r) / one / (n + 1n))));
}

export function expm1(x: Real): Real {
  return isLess(absolute(x), half(unit)) ? expm1Small(x) : add(exp(x), negate(unit));
}

/** x = 2^k·m: k·ln 2 + 2·artanh((m − 1)/(m + 1)) */
export function log(x: Real): Real {
  const bits = length(x.m);
  let k = x.e + bits;
  let m: Real = { m: x.m, e: -bits };
  while (isLess(m, fromNumber(0.75))) {
    k -= 1;
    m = { m: m.m, e: m.e + 1 };
  }
  return add(multiply(ln2, fromNumber(k)), twiceArtanh(divide(add(m, negate(unit)), add(m, unit))));
}

/** For small s. */
function twiceArtanh(s: Real): Real {
  const quotient = fromFixed(artanhQuotient(fixed(multiply(s, s))));
  return multiply(add(s, s), quotient);
}

export function log1p(x: Real): Real {
  if (!isLess(absolute(x), fromNumber(0.25))) return log(add(unit, x));
  return twiceArtanh(divide(x, add(x, fromNumber(2))));
}

/** e^(2x) − 1 by itself and 2 more. */
export function tanh(x: Real): Real {
  const y = expm1(add(x, x));
  return divide(y, add(y, fromNumber(2)));
}

export function sinh(x: Real): Real {
  const y = expm1(absolute(x));
  const z = half(add(y, divide(y, add(y, unit))));
  return x.m < 0n ? negate(z) : z;
}

export function cosh(x: Real): Real {
  const y = exp(x);
  return half(add(y, divide(unit, y)));
}

export function asinh(x: Real): Real {
  const a = absolute(x);
  const square = multiply(a, a);
  const y = log1p(add(a, divide(square, add(unit, squareRoot(add(unit, square))))));
  return x.m < 0n ? negate(y) : y;
}

export function acosh(x: Real): Real {
  const t = add(x, negate(unit));
  return log1p(add(t, squareRoot(add(add(t, t), multiply(t, t)))));
}

export function atanh(x: Real): Real {
  return half(log1p(divide(add(x, x), add(unit, negate(x)))));
}

export function sigmoid(x: Real): Real {
  return divide(unit, add(unit, exp(negate(x))));
}

/** 2/√π · x·e^(−x²)·Σ (2x²)ⁿ/(2n + 1)!!; 1 from where it differs by less than 10⁻²². */
export function erf(x: Real): Real {
  if (isLess(fromNumber(7), absolute(x))) return x.m < 0n ? negate(unit) : unit;
  const square = multiply(x, x);
  const twice = 2n * fixed(square);
  const sum = fromFixed(series((term, n) => (term * twice) / one / (2n * n + 1n)));
  const factor = divide(fromNumber(2), squareRoot(pi));
  return multiply(multiply(factor, x), multiply(exp(negate(square)), sum));
}

/** arctan(1/n)·2^bits */
function arctanOfInverse(n: bigint, bits: number): bigint {
  let sum = 0n;
  let power = (1n << BigInt(bits)) / n;
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += k % 4n === 1n ? power / k : -(power / k);
    power /= n * n;
  }
  return sum;
}

/** Bits behind the point of π/2 that leave enough of the greatest double's remainder. */
const piPlaces = 1400;

/** Machin's π/2 = 8·arctan(1/5) − 2·arctan(1/239). */
const halfPiFixed = 8n * arctanOfInverse(5n, piPlaces) - 2n * arctanOfInverse(239n, piPlaces);
const halfPi = real(halfPiFixed, -piPlaces);
const pi: Real = { m: halfPi.m, e: halfPi.e + 1 };

/** x = quadrant·π/2 + r. */
function quadrants({ m, e }: Real): { readonly quadrant: number; readonly r: Real } {
  const x = shift(m, e + piPlaces);
  const doubled = 2n * x + halfPiFixed;
  const n =
    (doubled - (((doubled % (2n * halfPiFixed)) + 2n * halfPiFixed) % (2n * halfPiFixed))) /
    (2n * halfPiFixed);
  return {
    quadrant: Number(((n % 4n) + 4n) % 4n),
    r: n === 0n ? { m, e } : real(x - n * halfPiFixed, -piPlaces),
  };
}

function sineSmall(r: Real): Real {
  const square = fixed(multiply(r, r));
  return multiply(r, fromFixed(series((term, n) => -(term * square) / one / (2n * n * (2n * n + 1n)))));
}

function cosineSmall(r: Real): Real {
  const square = fixed(multiply(r, r));
  return fromFixed(series((term, n) => -(term * square) / one / (2n * n * (2n * n - 1n))));
}

/** sin(x + turns·π/2) */
function sineFrom(x: Real, turns: number): Real {
  const { quadrant, r } = quadrants(x);
  const at = (quadrant + turns) % 4;
  const y = at % 2 === 0 ? sineSmall(r) : cosineSmall(r);
  return at >= 2 ? negate(y) : y;
}

export function sin(x: Real): Real {
  return sineFrom(x, 0);
}

export function cos(x: Real): Real {
  return sineFrom(x, 1);
}

export function tan(x: Real): Real {
  return divide(sin(x), cos(x));
}

/** arctan x = 2·arctan(x/(1 + √(1 + x²))), thrice, and the power series. */
export function atan(x: Real): Real {
  if (isLess(unit, absolute(x))) {
    const rest = atan(divide(unit, x));
    return add(x.m < 0n ? negate(halfPi) : halfPi, negate(rest));
  }
  let r = x;
  for (let k = 0; k < 3; k++) r = divide(r, add(unit, squareRoot(add(unit, multiply(r, r)))));
  const square = fixed(multiply(r, r));
  const { m, e } = multiply(r, fromFixed(artanhQuotient(-square)));
  return { m, e: e + 3 };
}

export function asin(x: Real): Real {
  const cosine = squareRoot(multiply(add(unit, x), add(unit, negate(x))));
  if (cosine.m === 0n) return x.m < 0n ? negate(halfPi) : halfPi;
  return atan(divide(x, cosine));
}

export function acos(x: Real): Real {
  const sum = add(unit, x);
  if (sum.m === 0n) return pi;
  const y = atan(squareRoot(divide(add(unit, negate(x)), sum)));
  return add(y, y);
}

/** Of a positive number. */
export function power(x: Real, y: Real): Real {
  return exp(multiply(y, log(x)));
}
