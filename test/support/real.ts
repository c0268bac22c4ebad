/*
 * Real numbers to more than two hundred bits, in integer arithmetic, and how far floating-point numbers are from them.
 */

/** The real number m·2^e. */
export interface Real {
  readonly m: bigint;
  readonly e: number;
}

/** Bits behind the point of fixed-point numbers. */
const places = 240;
export const one = 1n << BigInt(places);

export function shift(m: bigint, by: number): bigint {
  return by >= 0 ? m << BigInt(by) : m >> BigInt(-by);
}

function magnitudeOf(m: bigint): bigint {
  return m < 0n ? -m : m;
}

/** Bits of an integer, of up to three more. */
export function length(m: bigint): number {
  return 4 * magnitudeOf(m).toString(16).length;
}

/** With at most 300 bits. */
export function real(m: bigint, e: number): Real {
  const excess = length(m) - 300;
  return excess > 0 ? { m: m >> BigInt(excess), e: e + excess } : { m, e };
}

/** A finite double, exactly. */
export function fromNumber(x: number): Real {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(x));
  const bits = view.getBigUint64(0);
  const exponent = Number(bits >> 52n);
  const fraction = bits & ((1n << 52n) - 1n);
  const m = exponent === 0 ? fraction : fraction | (1n << 52n);
  return { m: x < 0 ? -m : m, e: Math.max(exponent, 1) - 1075 };
}

export function fixed({ m, e }: Real): bigint {
  return shift(m, e + places);
}

export function fromFixed(m: bigint): Real {
  return real(m, -places);
}

export function add(a: Real, b: Real): Real {
  if (a.m === 0n) return b;
  if (b.m === 0n) return a;
  const gap = a.e + length(a.m) - (b.e + length(b.m));
  if (gap > 1200) return a;
  if (gap < -1200) return b;
  const e = Math.min(a.e, b.e);
  return real(shift(a.m, a.e - e) + shift(b.m, b.e - e), e);
}

export function negate({ m, e }: Real): Real {
  return { m: -m, e };
}

export function multiply(a: Real, b: Real): Real {
  return real(a.m * b.m, a.e + b.e);
}

export function divide(a: Real, b: Real): Real {
  return real((a.m << 700n) / b.m, a.e - b.e - 700);
}

/** By Newton's method. */
export function squareRoot(x: Real): Real {
  if (x.m === 0n) return x;
  const up = 700 + (x.e & 1);
  const square = shift(x.m, up);
  let root = 1n << BigInt(Math.ceil(length(square) / 2) + 1);
  for (;;) {
    const next = (root + square / root) >> 1n;
    if (next >= root) return real(root, (x.e - up) / 2);
    root = next;
  }
}

export function half({ m, e }: Real): Real {
  return { m, e: e - 1 };
}

export const unit = fromNumber(1);

/** x < y. */
export function isLess(x: Real, y: Real): boolean {
  return add(x, negate(y)).m < 0n;
}

export function absolute({ m, e }: Real): Real {
  return { m: magnitudeOf(m), e };
}

/** The nearest double, or the next to it. */
export function toNumber({ m, e }: Real): number {
  const excess = Math.max(length(m) - 60, -1074 - e);
  const kept = excess > 0 ? m >> BigInt(excess) : m;
  const exponent = excess > 0 ? e + excess : e;
  const half = Math.trunc(exponent / 2);
  return Number(kept) * 2 ** half * 2 ** (exponent - half);
}

/** A format of binary floating-point numbers. */
export interface Format {
  /** Bits of the significand, the hidden one included. */
  readonly precision: number;
  /** Every number is a multiple of 2 to this power. */
  readonly least: number;
  /** All numbers are below 2 to this power. */
  readonly most: number;
}

export const binary32: Format = { precision: 24, least: -149, most: 128 };
export const binary64: Format = { precision: 53, least: -1074, most: 1024 };

/**
 * How far a computed number is from the exact one, in units of the last place that a number like the exact one has. ∞ counts as
 * the power of two after the greatest number, and so does what is greater.
 */
export function ulps(computed: number, exact: Real, { precision, least, most }: Format): number {
  const limit: Real = { m: 1n, e: most };
  const within = isLess(limit, absolute(exact)) ? (exact.m < 0n ? negate(limit) : limit) : exact;
  const number = Number.isFinite(computed) ? fromNumber(computed) : computed < 0 ? negate(limit) : limit;
  const error = add(number, negate(within));
  const exponent = within.e + magnitudeOf(within.m).toString(2).length;
  const last = Math.max(Math.min(exponent, most) - precision, least);
  return Math.abs(toNumber({ m: error.m, e: error.e - last }));
}
