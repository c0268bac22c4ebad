import { expect, test } from "vitest";
import { exp, rootsOfTwo, tanh } from "../../templates/elementary.ts";

/*
 * The reference: fixed point with 1200 bits after the point, so that even e^−745 has more than 100 significant bits.
 */
const bits = 1200n;
const one = 1n << bits;

/** Exact: a double is a whole number of 2^−1074. */
function fixed(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const raw = view.getBigUint64(0);
  const exponent = (raw >> 52n) & 0x7ffn;
  const mantissa = (raw & 0xfffffffffffffn) | (exponent === 0n ? 0n : 1n << 52n);
  const size = mantissa << (bits - 1074n + (exponent === 0n ? 0n : exponent - 1n));
  return raw >> 63n === 1n ? -size : size;
}

/** Rounded towards zero, so that terms of a series come to nothing whatever their sign. */
function times(a: bigint, b: bigint): bigint {
  const product = a * b;
  return product < 0n ? -(-product >> bits) : product >> bits;
}

function over(a: bigint, b: bigint): bigint {
  return (a << bits) / b;
}

/** Σ xᵏ/k! for x/2⁴⁰, squared 40 times. */
function exactExp(x: bigint): bigint {
  const small = x / (1n << 40n);
  let [sum, term] = [one, one];
  for (let k = 1n; term !== 0n; k++) {
    term = times(term, small) / k;
    sum += term;
  }
  for (let k = 0; k < 40; k++) sum = times(sum, sum);
  return sum;
}

function exactTanh(x: bigint): bigint {
  const square = exactExp(2n * x);
  return over(square - one, square + one);
}

/** |found − exact| in units in the last place of `found`. */
function unitsOff(found: number, exact: bigint): number {
  const size = Math.abs(found);
  const exponent = Math.max(-1022, Math.floor(Math.log2(Math.max(size, 5e-324))));
  const unit = fixed(2 ** (exponent - 52));
  return Number(((fixed(found) - exact) * 1000n) / unit) / 1000;
}

/** `count` numbers from `from` to `to`, at uneven distances. */
function spread(from: number, to: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => {
    const jitter = Math.abs(Math.sin(i * 12.9898) * 43758.5453) % 1;
    return from + ((to - from) * (i + jitter)) / count;
  });
}

function worst(f: (x: number) => number, exact: (x: bigint) => bigint, xs: readonly number[]): number {
  return Math.max(...xs.map((x) => Math.abs(unitsOff(f(x), exact(fixed(x))))));
}

/** The numbers in the middle between multiples of `step`, where the reduction turns to the next one, and their neighbours. */
function turns(step: number, from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, i) => {
    const x = (from + i + 0.5) * step;
    return [x * (1 - 2 ** -52), x, x * (1 + 2 ** -52)];
  }).flat();
}

const tiny = [0, -0, 5e-324, -5e-324, 1e-310, -2.2250738585072014e-308, 1e-200, -1e-20, 1e-9, -1e-5];

test("the roots of 2 are the doubles nearest to them", () => {
  expect(rootsOfTwo).toHaveLength(64);
  for (const [j, root] of rootsOfTwo.entries()) {
    const half = 2n ** (bits - 53n); // of a unit in the last place
    const power = (x: bigint): bigint => (x ** 64n) >> (bits * 63n);
    const wanted = 2n ** BigInt(j) * one;
    expect(power(fixed(root) - half) < wanted && wanted < power(fixed(root) + half)).toBe(true);
  }
});

test("exp to 1.02 units in the last place", () => {
  const xs = [...tiny, 1, -1, 699.9999999999999, -699.9999999999999];
  xs.push(...spread(-0.02, 0.02, 1000), ...spread(-2, 2, 4000), ...spread(-700, 700, 4000));
  xs.push(...turns(Math.LN2 / 64, -130, 130), ...turns(Math.LN2 / 64, -64630, -64530));
  xs.push(...turns(Math.LN2 / 64, 64530, 64630));
  expect(worst(exp, exactExp, xs)).toBeLessThanOrEqual(1.02);
});

test("exp at the ends of its range, where it is subnormal or nearly overflows", () => {
  const xs = [700, -700, 709.782712893384, -745.1332191019411, -745, -744.4400719213812];
  xs.push(...spread(700, 709.78, 500), ...spread(-745.1, -700, 1500));
  expect(worst(exp, exactExp, xs)).toBeLessThanOrEqual(2);
  expect(exp(709.782712893384)).toBeLessThan(Infinity);
  expect(exp(709.7827128933841)).toBe(Infinity);
  expect(exp(-745.1332191019411)).toBe(5e-324);
  expect(exp(-745.1332191019412)).toBe(0);
});

test("tanh to 2.5 units in the last place", () => {
  const xs = [...tiny, 19.0615, -19.0615, 19.9999, -19.9999];
  xs.push(...spread(0.1, 0.15, 2000), ...spread(-1, 1, 4000), ...spread(-20, 20, 1000));
  xs.push(...turns(Math.LN2 / 2, -57, 57));
  expect(worst(tanh, exactTanh, xs)).toBeLessThanOrEqual(2.5);
});

test("what is no number, infinite or a signed zero", () => {
  expect([exp(NaN), exp(Infinity), exp(-Infinity), exp(1e300), exp(-1e300)]).toEqual([
    NaN,
    Infinity,
    0,
    Infinity,
    0,
  ]);
  expect([exp(0), exp(-0)]).toEqual([1, 1]);
  expect([tanh(NaN), tanh(Infinity), tanh(-Infinity), tanh(20), tanh(-1e300)]).toEqual([NaN, 1, -1, 1, -1]);
  expect([tanh(0), tanh(-0), tanh(-5e-324)]).toEqual([0, -0, -5e-324]);
});
