import type { FunctionBuilder, Local } from "../function-builder.ts";
import { f64, i64, op, type Value } from "../value.ts";

/** 2/π: 64 bits behind the point, and the next, and so on. As many as the greatest double needs. */
const twoOverPi = [
  0xa2f9836e4e441529n,
  0xfc2757d1f534ddc0n,
  0xdb6295993c439041n,
  0xfe5163abdebbc561n,
  0xb7246e3a424dd2e0n,
  0x06492eea09d1921cn,
  0xfe1deb1cb129a73en,
  0xe88235f52ebb4484n,
  0xe99c7026b45f7e41n,
  0x3991d639835339f4n,
  0x9c845f8bbdf9283bn,
  0x1ff897ffde05980fn,
  0xef2f118b5a0a6d1fn,
  0x6d367ecf27cb09b7n,
  0x4f463f669e5fea2dn,
  0x7527bac7ebe5f17bn,
  0x3d0739f78a5292ean,
  0x6bfb5fb11f8d5d08n,
  0x56033046fc7b6babn,
] as const;

/** A word of bits before the point. */
const digits = [0n, ...twoOverPi];

/** x = quadrant·π/2 + r + tail, where only the last two bits of the quadrant count. */
export interface ScalarAngle {
  /** An i64. */
  readonly quadrant: Value;
  readonly r: Value;
  readonly tail: Value;
}

/**
 * The reduction of M. H. Payne and R. N. Hanek (Radian reduction for trigonometric functions, SIGNUM Newsletter 18, 1983) of one
 * number, a finite f64 of at least 2²⁰ in magnitude. It is m·2^e with an integer m, and of the bits of 2/π those that make
 * multiples of 4 in the product are left out.
 */
export function reduceLargeAngle(x: Value, f: FunctionBuilder): ScalarAngle {
  const bits = f.let(op("i64.reinterpret_f64", x));
  const fraction = op("i64.and", bits, i64((1n << 52n) - 1n));
  const m = f.let(op("i64.or", fraction, i64(1n << 52n)));
  // The exponent e is 1075 less than the biased one, and the first bit that counts, of weight 2^(1 − e), is number e + 62.
  const biased = op("i64.and", op("i64.shr_u", bits, i64(52n)), i64(0x7ffn));
  const first = op("i64.sub", biased, i64(1075n - 62n));
  const [high, middle, low] = windowAt(first, f);
  // Integers are modulo 4 in the two first bits of m·(high, middle, low).
  const carried = f.let(highOfProduct(m, low, f));
  const next = f.let(op("i64.add", op("i64.mul", m, middle), carried));
  const overflow = op("i64.extend_i32_u", op("i64.lt_u", next, carried));
  const top = op("i64.add", op("i64.mul", m, high), highOfProduct(m, middle, f));
  const product = f.let(op("i64.add", top, overflow));
  const quadrant = op("i64.shr_u", op("i64.add", product, i64(1n << 61n)), i64(62n));
  const upper = op("i64.or", op("i64.shl", product, i64(2n)), op("i64.shr_u", next, i64(62n)));
  return withSign(bits, quadrant, timesHalfPi(f.let(upper), f.let(op("i64.shl", next, i64(2n))), f), f);
}

/** Three words of 2/π from a bit on, which is moved to the start: a window of four words that slides a word at a time. */
function windowAt(first: Value, f: FunctionBuilder): readonly [Value, Value, Value] {
  const at = f.local("i64");
  f.set(at, first);
  const words: readonly [Local, Local, Local, Local] = [
    f.local("i64"),
    f.local("i64"),
    f.local("i64"),
    f.local("i64"),
  ];
  words.forEach((word, k) => {
    f.set(word, i64(digits[k] ?? 0n));
  });
  f.block((end) => {
    for (const word of digits.slice(words.length)) {
      f.jumpIf(op("i64.lt_s", f.get(at), i64(64n)), end);
      f.set(words[0], f.get(words[1]));
      f.set(words[1], f.get(words[2]));
      f.set(words[2], f.get(words[3]));
      f.set(words[3], i64(word));
      f.set(at, op("i64.sub", f.get(at), i64(64n)));
    }
  });
  // A shift by 64 would be one by 0.
  const shifted = (word: Local, after: Local): Value => {
    const rest = op("i64.shr_u", op("i64.shr_u", f.get(after), i64(1n)), op("i64.sub", i64(63n), f.get(at)));
    return f.let(op("i64.or", op("i64.shl", f.get(word), f.get(at)), rest));
  };
  return [shifted(words[0], words[1]), shifted(words[1], words[2]), shifted(words[2], words[3])];
}

/** The upper 64 bits of a product of unsigned integers, from products of their halves. */
function highOfProduct(a: Value, b: Value, f: FunctionBuilder): Value {
  const lower = (word: Value): Value => op("i64.and", word, i64(0xffff_ffffn));
  const upper = (word: Value): Value => op("i64.shr_u", word, i64(32n));
  const [aLow, aHigh, bLow, bHigh] = [f.let(lower(a)), f.let(upper(a)), f.let(lower(b)), f.let(upper(b))];
  const first = upper(op("i64.mul", aLow, bLow));
  const second = f.let(op("i64.add", op("i64.mul", aHigh, bLow), first));
  const third = op("i64.add", op("i64.mul", aLow, bHigh), lower(second));
  return op("i64.add", op("i64.add", op("i64.mul", aHigh, bHigh), upper(second)), upper(third));
}

/** π/2 in a double and what it lacks; the double in two parts of at most 27 bits. */
const halfPi = {
  high: Math.PI / 2,
  low: 6.123233995736766e-17,
  upper: 1.5707963109016418,
  lower: 1.5893254712295857e-8,
};

/**
 * The signed 128-bit fraction times π/2. Four words of 32 bits become a sum of two doubles exactly enough, since no double is so
 * near a multiple of π/2 that 62 bits vanish; the product of the doubles is exact in four partial products (T. J. Dekker, 1971).
 */
function timesHalfPi(
  upper: Value,
  lower: Value,
  f: FunctionBuilder,
): { readonly r: Value; readonly tail: Value } {
  const { add, sub, mul } = scalar;
  const word = (bits: Value, unit: number): Value => mul(op("f64.convert_i64_s", bits), f64(unit));
  const low32 = (bits: Value): Value => op("i64.and", bits, i64(0xffff_ffffn));
  const first = f.let(word(op("i64.shr_s", upper, i64(32n)), 2 ** -32));
  const second = f.let(word(low32(upper), 2 ** -64));
  const rest = add(word(op("i64.shr_u", lower, i64(32n)), 2 ** -96), word(low32(lower), 2 ** -128));
  const high = f.let(add(first, second));
  const low = f.let(add(sub(second, sub(high, first)), rest));
  const cut = op("i64.and", op("i64.reinterpret_f64", high), i64(-(1n << 27n)));
  const a = f.let(op("f64.reinterpret_i64", cut));
  const b = f.let(sub(high, a));
  const product = f.let(mul(high, f64(halfPi.high)));
  const crossed = add(mul(a, f64(halfPi.lower)), mul(b, f64(halfPi.upper)));
  const lost = add(add(sub(mul(a, f64(halfPi.upper)), product), crossed), mul(b, f64(halfPi.lower)));
  const correction = f.let(add(lost, add(mul(high, f64(halfPi.low)), mul(low, f64(halfPi.high)))));
  const r = f.let(add(product, correction));
  return { r, tail: f.let(add(sub(product, r), correction)) };
}

const scalar = {
  add: (a: Value, b: Value): Value => op("f64.add", a, b),
  sub: (a: Value, b: Value): Value => op("f64.sub", a, b),
  mul: (a: Value, b: Value): Value => op("f64.mul", a, b),
};

/** Of −x. */
function withSign(
  bits: Value,
  quadrant: Value,
  { r, tail }: { readonly r: Value; readonly tail: Value },
  f: FunctionBuilder,
): ScalarAngle {
  const sign = f.let(op("f64.copysign", f64(1), op("f64.reinterpret_i64", bits)));
  return {
    quadrant: op("i64.mul", quadrant, op("i64.trunc_sat_f64_s", sign)),
    r: scalar.mul(r, sign),
    tail: scalar.mul(tail, sign),
  };
}
