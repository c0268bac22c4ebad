import { describe, expect, it } from "vitest";
import { elementary, type ElementaryFunction } from "../../../src/emit/wasm/elementary/index.ts";
import { scalarFunctions } from "../../../src/program/index.ts";
import { Random } from "../../../src/verify/data.ts";
import * as exact from "../../support/exact.ts";
import { binary32, binary64, type Format, fromNumber, type Real, ulps } from "../../support/real.ts";
import { compileVectorFunction, type Compiled } from "../../support/vector-functions.ts";

type Precision = "f32" | "f64";

interface Case {
  /** Of a number in the function's domain that is neither 0 nor infinite; undefined where the function has one value exactly. */
  readonly exactly: ((x: number) => Real) | undefined;
  readonly inDomain: (x: number) => boolean;
  /** Where the code goes another way: neighbours are tested on both sides, and of the negative. */
  readonly breaks: readonly number[];
  /** Units in the last place that no result is off by. */
  readonly bound: Readonly<Record<Precision, number>>;
}

/** What the function is of the ends of its range and, for single precision, everywhere. */
const references: { readonly [K in ElementaryFunction]: (x: number) => number } = {
  ...scalarFunctions,
  sigmoid: (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))),
};

const everywhere = (): boolean => true;
const half = Math.LN2 / 2;

/** Multiples of π/4, where the reduction changes, and the two numbers next to multiples of π/2 in single and double precision. */
const quadrants = [
  ...[1, 2, 3, 4, 5, 6, 16, 1001, 100_002, 667_542, 1_335_088].map((k) => (k * Math.PI) / 4),
  2 ** 20,
  16_367_173 * 2 ** 72,
  6_381_956_970_095_103 * 2 ** 797,
];

const cases: { readonly [K in ElementaryFunction]: Case } = {
  exp: {
    exactly: (x) => exact.exp(fromNumber(x)),
    inDomain: everywhere,
    breaks: [half, 3 * half, 87.33, 88.72, 89, 103.28, 103.97, 104, 708.4, 709.78, 710, 744.4, 745.13, 746],
    bound: { f32: 1, f64: 1 },
  },
  log: {
    exactly: (x) => exact.log(fromNumber(x)),
    inDomain: (x) => x > 0,
    breaks: [Math.SQRT1_2, 1, Math.SQRT2, 2, 2 ** -126, 2 ** -1022],
    bound: { f32: 0.9, f64: 0.9 },
  },
  tanh: {
    exactly: (x) => exact.tanh(fromNumber(x)),
    inDomain: everywhere,
    breaks: [half / 2, (3 * half) / 2, 0.625, 9.01, 10, 19.06, 22],
    bound: { f32: 1.3, f64: 1.4 },
  },
  expm1: {
    exactly: (x) => exact.expm1(fromNumber(x)),
    inDomain: everywhere,
    breaks: [half, 3 * half, 17.3, 18.7, 37.4, 38.8, 88.72, 89, 709.78, 710],
    bound: { f32: 1.2, f64: 1.2 },
  },
  log1p: {
    exactly: (x) => exact.log1p(fromNumber(x)),
    inDomain: (x) => x > -1,
    breaks: [1 - Math.SQRT1_2, Math.SQRT2 - 1, 1, 2 ** 24, 2 ** 53],
    bound: { f32: 0.9, f64: 0.9 },
  },
  sigmoid: {
    exactly: (x) => exact.sigmoid(fromNumber(x)),
    inDomain: everywhere,
    breaks: [half, 3 * half, 16.6, 36.7, 87.33, 88.72, 103.28, 104, 708.4, 709.78, 745.13, 746],
    bound: { f32: 1.9, f64: 1.9 },
  },
  erf: {
    exactly: (x) => exact.erf(fromNumber(x)),
    inDomain: everywhere,
    breaks: [0.9, 0.9326010346, 1, 3.92, 3.93, 5.86, 5.95],
    bound: { f32: 1.8, f64: 1.5 },
  },
  sin: {
    exactly: (x) => exact.sin(fromNumber(x)),
    inDomain: everywhere,
    breaks: quadrants,
    bound: { f32: 0.85, f64: 0.85 },
  },
  cos: {
    exactly: (x) => exact.cos(fromNumber(x)),
    inDomain: everywhere,
    breaks: quadrants,
    bound: { f32: 0.85, f64: 0.85 },
  },
  tan: {
    exactly: (x) => exact.tan(fromNumber(x)),
    inDomain: everywhere,
    breaks: quadrants,
    bound: { f32: 1.55, f64: 1.55 },
  },
  asin: {
    exactly: (x) => exact.asin(fromNumber(x)),
    inDomain: (x) => Math.abs(x) <= 1,
    breaks: [0.5, 1],
    bound: { f32: 1, f64: 1 },
  },
  acos: {
    exactly: (x) => exact.acos(fromNumber(x)),
    inDomain: (x) => Math.abs(x) <= 1,
    breaks: [0.5, 1],
    bound: { f32: 1, f64: 1 },
  },
  atan: {
    exactly: (x) => exact.atan(fromNumber(x)),
    inDomain: everywhere,
    breaks: [Math.SQRT2 - 1, 1, Math.SQRT2 + 1, 2 ** 53, 2 ** 900],
    bound: { f32: 0.9, f64: 0.9 },
  },
  sinh: {
    exactly: (x) => exact.sinh(fromNumber(x)),
    inDomain: everywhere,
    breaks: [half, 3 * half, 1, 20, 88.72, 89.41, 709.78, 710.47, 711],
    bound: { f32: 1, f64: 1 },
  },
  cosh: {
    exactly: (x) => exact.cosh(fromNumber(x)),
    inDomain: everywhere,
    breaks: [half, 3 * half, 20, 88.72, 89.41, 709.78, 710.47, 711],
    bound: { f32: 1, f64: 1 },
  },
  asinh: {
    exactly: (x) => exact.asinh(fromNumber(x)),
    inDomain: everywhere,
    breaks: [0.75, 1, 2 ** 27, 2 ** 53, 2 ** 60, 2 ** 512],
    bound: { f32: 1.3, f64: 1.3 },
  },
  acosh: {
    exactly: (x) => exact.acosh(fromNumber(x)),
    inDomain: (x) => x >= 1,
    breaks: [1, 1.25, 2, 2 ** 27, 2 ** 53, 2 ** 60, 2 ** 512],
    bound: { f32: 0.9, f64: 0.9 },
  },
  atanh: {
    exactly: (x) => exact.atanh(fromNumber(x)),
    inDomain: (x) => Math.abs(x) < 1,
    breaks: [0.17, 1 / 3, 0.5, 1],
    bound: { f32: 1, f64: 1 },
  },
  sign: { exactly: undefined, inDomain: everywhere, breaks: [], bound: { f32: 0, f64: 0 } },
  round: {
    exactly: undefined,
    inDomain: everywhere,
    breaks: [
      0.5,
      1,
      1.5,
      2,
      2.5,
      2 ** 22,
      2 ** 22 + 0.5,
      2 ** 23 - 0.5,
      2 ** 23,
      2 ** 51 + 0.5,
      2 ** 52 - 0.5,
      2 ** 53,
    ],
    bound: { f32: 0, f64: 0 },
  },
};

const names = Object.keys(cases) as readonly ElementaryFunction[]; // the table has no others

function compiled(name: ElementaryFunction, precision: Precision): Compiled {
  return compileVectorFunction(precision, 1, ([x], f) => {
    if (x === undefined) throw new RangeError("a function has an operand");
    return elementary[name][precision](x, f);
  });
}

/** Uniform in [0, 1), with as many bits as a double has. */
function uniform(random: Random): number {
  return random.uniform() + random.uniform() / 2 ** 32;
}

/** Numbers of each exponent, subnormal ones among them, and of both signs. */
function ofAllExponents({ precision, least, most }: Format, each: number, random: Random): number[] {
  const numbers: number[] = [];
  for (let exponent = least; exponent < most; exponent++) {
    // The significand of a subnormal number has fewer bits.
    const bits = Math.min(precision - 1, exponent - least);
    for (let k = 0; k < each; k++) {
      const x = (2 ** bits + Math.floor(uniform(random) * 2 ** bits)) * 2 ** (exponent - bits);
      numbers.push(x, -x);
    }
  }
  return numbers;
}

/** The numbers next to ±x, on both sides. */
function neighbours(x: number, { precision }: Format): readonly number[] {
  const last = 2 ** (Math.floor(Math.log2(x)) - precision + 1);
  const nearest = Math.round(x / last) * last;
  const around = [-3, -2, -1, 0, 1, 2, 3].map((k) => nearest + k * last);
  return [...around, ...around.map((each) => -each)];
}

const ends = [0, -0, 1, -1, NaN, Infinity, -Infinity];

function isNegative(x: number): boolean {
  return x < 0 || Object.is(x, -0);
}

/** In units of the last place; ∞ for another sign of 0, and for NaN where there is a value. */
function errorOf(y: number, x: number, { exactly, inDomain }: Case, plain: number, format: Format): number {
  const isInside = Number.isFinite(x) && x !== 0 && inDomain(x);
  if (!isInside && Object.is(y, plain)) return 0;
  if (Number.isNaN(y) || Number.isNaN(plain) || (y === 0 && isNegative(y) !== isNegative(plain)))
    return Infinity;
  if (isInside && exactly !== undefined) return ulps(y, exactly(x), format);
  return Number.isFinite(plain) && Number.isFinite(y) ? ulps(y, fromNumber(plain), format) : Infinity;
}

/** The greatest error against double precision, which is enough of a judge for single. */
function worstOfSingle(
  xs: readonly number[] | Float32Array,
  ys: ArrayLike<number>,
  reference: (x: number) => number,
): { error: number; x: number } {
  const worst = { error: 0, x: 0 };
  for (const [k, x] of xs.entries()) {
    const error = singleError(ys[k] ?? NaN, reference(x));
    if (!(error <= worst.error)) Object.assign(worst, { error, x });
  }
  return worst;
}

function singleError(y: number, plain: number): number {
  if (Object.is(y, Math.fround(plain)) && (y === 0 || !Number.isFinite(y))) return 0;
  if (Number.isNaN(y) || Number.isNaN(plain) || (y === 0 && isNegative(y) !== isNegative(plain)))
    return Infinity;
  const limit = 2 ** 128;
  const clamp = (value: number): number => Math.min(Math.max(value, -limit), limit);
  const exponent = Math.max(Math.min(Math.floor(Math.log2(Math.abs(plain))), 127), -126);
  return Math.abs(clamp(y) - clamp(plain)) / 2 ** (exponent - 23);
}

describe.each(names)("%s", (name) => {
  const each = cases[name];
  const reference = references[name];

  it("in double precision is what it should be, of numbers of every size", () => {
    const format = binary64;
    const random = new Random(names.indexOf(name));
    const xs = [
      ...ends,
      ...ofAllExponents(format, 1, random),
      ...each.breaks.flatMap((at) => neighbours(at, format)),
      ...Array.from({ length: 500 }, () => 4 * uniform(random) - 2),
      ...Array.from({ length: 500 }, () => 40 * uniform(random) - 20),
    ];
    const ys = compiled(name, "f64")(xs);
    const worst = { error: 0, x: 0 };
    for (const [k, x] of xs.entries()) {
      const error = errorOf(ys[k] ?? NaN, x, each, reference(x), format);
      if (!(error <= worst.error)) Object.assign(worst, { error, x });
    }
    expect(worst.error, `at ${worst.x}`).toBeLessThanOrEqual(each.bound.f64);
  });

  it("in single precision is what it should be, of numbers of every size", () => {
    const format = binary32;
    const random = new Random(names.indexOf(name));
    const around = each.breaks.flatMap((at) => neighbours(at, format));
    const xs = Float32Array.from([...ends, ...ofAllExponents(format, 20, random), ...around]);
    const worst = worstOfSingle(xs, compiled(name, "f32")(xs), reference);
    expect(worst.error, `at ${worst.x}`).toBeLessThanOrEqual(each.bound.f32);
  });

  it("in single precision is what it should be, along all bit patterns", { timeout: 3_600_000 }, () => {
    const stride = process.env["NABLA_ALL_SINGLES"] === undefined ? 40_009 : 1;
    const evaluate = compiled(name, "f32");
    const bits = new Uint32Array(2 ** 18);
    const xs = new Float32Array(bits.buffer);
    let worst = { error: 0, x: 0 };
    for (let from = 0; from < 2 ** 32; from += stride * bits.length) {
      bits.forEach((_, k) => (bits[k] = from + k * stride)); // past the last, from the first again
      const found = worstOfSingle(xs, evaluate(xs), reference);
      if (found.error > worst.error) worst = found;
    }
    if (stride === 1) console.log(`${name}: ${worst.error} ulp at ${worst.x}`);
    expect(worst.error, `at ${worst.x}`).toBeLessThanOrEqual(each.bound.f32);
  });
});

/** A function of two vectors, compiled. */
function compiledPower(precision: Precision): Compiled {
  return compileVectorFunction(precision, 2, ([x, y], f) => {
    if (x === undefined || y === undefined) throw new RangeError("a power has two operands");
    return elementary.power[precision](x, y, f);
  });
}

describe("power", () => {
  const notable = [
    ...ends,
    ...[0.5, 2, 3, 2.5, 1 / 3, 8, 1e-40, 1e30, 1 + 2 ** -23, 1 - 2 ** -24, 2 ** 24 + 2, 2 ** 24 - 1],
    ...[-0.5, -2, -3, -2.5, -1 / 3, -8, -1e-40, -1e30, -(2 ** 24) - 2, -(2 ** 24) + 1, -(2 ** 53) - 2],
  ];

  it.each(["f32", "f64"] as const)("in %s is JavaScript's, of every pair of notable numbers", (precision) => {
    const round = precision === "f32" ? Math.fround : (x: number) => x;
    const pairs = notable.flatMap((x) => notable.map((y): [number, number] => [round(x), round(y)]));
    const results = compiledPower(precision)(
      pairs.map(([x]) => x),
      pairs.map(([, y]) => y),
    );
    const format = precision === "f32" ? binary32 : binary64;
    const wrong = pairs.filter(([x, y], k) => {
      const [result = NaN, expected] = [results[k], x ** y];
      if (Object.is(result, round(expected))) return false;
      if (!Number.isFinite(result) || !Number.isFinite(expected) || expected === 0) return true;
      return !(ulps(result, fromNumber(expected), format) <= 2);
    });
    expect(wrong).toEqual([]);
  });

  it.each(["f32", "f64"] as const)("in %s is what it should be, up to ∞ and down to 0", (precision) => {
    const [round, format] = precision === "f32" ? [Math.fround, binary32] : [(x: number) => x, binary64];
    const random = new Random(1);
    const { least, most } = format;
    const xs: number[] = [];
    const ys: number[] = [];
    for (let k = 0; k < 2000; k++) {
      const spread = [0.4, 5, most * Math.LN2][k % 3] ?? 1;
      const x = round(Math.exp((2 * uniform(random) - 1) * spread));
      // Results are of all sizes; every fourth is almost too large or too small.
      const part = k % 4 === 0 ? 1 - uniform(random) / 50 : uniform(random);
      const exponent = (k % 8 < 4 ? most : least) * part * Math.LN2;
      xs.push(x);
      ys.push(round(exponent / Math.log(x)));
    }
    const results = compiledPower(precision)(xs, ys);
    const errors = xs.map((x, k) =>
      ulps(results[k] ?? NaN, exact.power(fromNumber(x), fromNumber(ys[k] ?? NaN)), format),
    );
    expect(Math.max(...errors)).toBeLessThanOrEqual(precision === "f32" ? 0.51 : 1.6);
  });
});
