import type { ScalarOperation } from "./scalar.ts";

type ScalarFunction = (...operands: readonly number[]) => number;

function unary(f: (x: number) => number): ScalarFunction {
  return (x = NaN) => f(x);
}

function binary(f: (a: number, b: number) => number): ScalarFunction {
  return (a = NaN, b = NaN) => f(a, b);
}

function test(f: (a: number, b: number) => boolean): ScalarFunction {
  return (a = NaN, b = NaN) => (f(a, b) ? 1 : 0);
}

/**
 * What each scalar operation computes on IEEE doubles: the reference that every target is tested against. Booleans are
 * 0 and 1, and everything but 0 counts as true.
 */
export const scalarFunctions: { readonly [K in ScalarOperation]: ScalarFunction } = {
  add: binary((a, b) => a + b),
  subtract: binary((a, b) => a - b),
  multiply: binary((a, b) => a * b),
  divide: binary((a, b) => a / b),
  negate: unary((x) => -x),
  power: binary((a, b) => a ** b),
  abs: unary(Math.abs),
  sign: unary(Math.sign),
  floor: unary(Math.floor),
  ceil: unary(Math.ceil),
  round: unary(Math.round),
  sqrt: unary(Math.sqrt),
  exp: unary(Math.exp),
  expm1: unary(Math.expm1),
  log: unary(Math.log),
  log1p: unary(Math.log1p),
  sin: unary(Math.sin),
  cos: unary(Math.cos),
  tan: unary(Math.tan),
  asin: unary(Math.asin),
  acos: unary(Math.acos),
  atan: unary(Math.atan),
  sinh: unary(Math.sinh),
  cosh: unary(Math.cosh),
  tanh: unary(Math.tanh),
  asinh: unary(Math.asinh),
  acosh: unary(Math.acosh),
  atanh: unary(Math.atanh),
  erf: unary(erf),
  sigmoid: unary(sigmoid),
  maximum: binary((a, b) => Math.max(a, b)),
  minimum: binary((a, b) => Math.min(a, b)),
  less: test((a, b) => a < b),
  lessEqual: test((a, b) => a <= b),
  equal: test((a, b) => a === b),
  notEqual: test((a, b) => a !== b),
  and: test((a, b) => a !== 0 && b !== 0),
  or: test((a, b) => a !== 0 || b !== 0),
  not: unary((x) => (x === 0 ? 1 : 0)),
  select: (condition, a = NaN, b = NaN) => (condition === 0 ? b : a),
};

/**
 * erf x = 2/√π ∫₀ˣ e^(−s²) ds. Below 3 by Σ 2ⁿ x²ⁿ⁺¹ / (2n + 1)!! (Abramowitz & Stegun 7.1.6), whose terms all have
 * one sign; above, 1 − erfc by its continued fraction (7.1.14), where erfc is small enough that its error vanishes.
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (Number.isNaN(x) || x === 0) return x;
  if (a > 6) return Math.sign(x);
  if (a > 3) return Math.sign(x) * (1 - complement(a));
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** 1/(1 + e^−x), or e^x/(1 + e^x) where e^−x might overflow. */
function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return (x < 0 ? e : 1) / (1 + e);
}

/** erfc x for x > 3: e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 1½/(x + …)))). */
function complement(x: number): number {
  let tail = x;
  for (let k = 60; k >= 1; k--) tail = x + k / 2 / tail;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail;
}
