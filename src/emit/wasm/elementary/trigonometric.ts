import type { FunctionBuilder } from "../function-builder.ts";
import { op, type Value } from "../value.ts";
import { type Angle, reduceDouble, reduceSingle } from "./angle.ts";
import {
  double,
  horner,
  type InBothPrecisions,
  type Lanes,
  single,
  type VectorFunction,
  withSignOf,
} from "./lanes.ts";

/** What differs between the precisions. */
interface Precision {
  readonly lanes: Lanes;
  readonly reduce: (x: Value, f: FunctionBuilder) => Angle;
  /** S of sin r = r + r³·S(r²), and C of cos r = 1 − r²/2 + r⁴·C(r²), for |r| ≤ π/4: minimax in the relative error. */
  readonly sine: readonly number[];
  readonly cosine: readonly number[];
}

const precisions: InBothPrecisions<Precision> = {
  // errors at most 2^−27.8 and 2^−32.9
  f32: {
    lanes: single,
    reduce: reduceSingle,
    sine: [-0.166666552, 0.00833218731, -0.000195178975],
    cosine: [0.0416666456, -0.00138873095, 2.44323273e-5],
  },
  // errors at most 2^−57.8 and 2^−63.9
  f64: {
    lanes: double,
    reduce: reduceDouble,
    sine: [
      -0.1666666666666663, 0.00833333333332184, -0.00019841269829358528, 2.7557313538514158e-6,
      -2.505073438921885e-8, 1.5895433284634292e-10,
    ],
    cosine: [
      0.041666666666666595, -0.0013888888888873307, 2.4801587288965227e-5, -2.755731420307781e-7,
      2.0875703139293966e-9, -1.1358616990781602e-11,
    ],
  },
};

/** A sum of which only the first term, by far the larger one, is rounded to its last place. */
interface Sum {
  readonly large: Value;
  readonly small: Value;
}

/** sin(r + tail) = r + (r³·S + tail·cos r), where cos r is 1 − r²/2, and so near enough. */
function sineTerms({ lanes, sine }: Precision, { r, tail }: Angle, square: Value, near: Value): Sum {
  const { add, mul } = lanes;
  return { large: r, small: add(mul(mul(r, square), horner(lanes, square, sine)), mul(tail, near)) };
}

/** cos(r + tail) = 1 − r²/2 + (r⁴·C − tail·r), with what the first difference loses. */
function cosineTerms(
  { lanes, cosine }: Precision,
  { r, tail }: Angle,
  square: Value,
  near: Value,
  half: Value,
): Sum {
  const { add, sub, mul, number } = lanes;
  const lost = sub(sub(number(1), near), half);
  const rest = sub(mul(mul(square, square), horner(lanes, square, cosine)), mul(r, tail));
  return { large: near, small: add(lost, rest) };
}

interface SineAndCosine {
  readonly sine: Sum;
  readonly cosine: Sum;
}

function sineAndCosine(precision: Precision, angle: Angle, f: FunctionBuilder): SineAndCosine {
  const { sub, mul, number } = precision.lanes;
  const square = f.let(mul(angle.r, angle.r));
  const half = f.let(mul(square, number(0.5)));
  const near = f.let(sub(number(1), half));
  return {
    sine: sineTerms(precision, angle, square, near),
    cosine: cosineTerms(precision, angle, square, near, half),
  };
}

/** Which lanes of integers are even. */
function isEven({ bits, eqBits }: Lanes, x: Value): Value {
  return eqBits(op("v128.and", x, bits(1n)), bits(0n));
}

/** sin(x + turns·π/2), which is ± the sine or the cosine of what is left of x. */
function sineFrom(precision: Precision, turns: 0n | 1n): VectorFunction {
  const { lanes, reduce } = precision;
  const { add, bits, addBits, choose, shl } = lanes;
  return (x, f) => {
    const angle = reduce(f.let(x), f);
    const { sine, cosine } = sineAndCosine(precision, angle, f);
    const quadrant = f.let(addBits(angle.quadrant, bits(turns)));
    const sign = shl(op("v128.and", quadrant, bits(2n)), lanes.shape === "f32x4" ? 30 : 62);
    const small = withSignOf(lanes, add(sine.large, sine.small), angle.r); // of −0 too
    return op("v128.xor", choose(isEven(lanes, quadrant), small, add(cosine.large, cosine.small)), sign);
  };
}

/** The sum in two terms of which the first is the sum rounded. */
function rounded({ add, sub }: Lanes, { large, small }: Sum, f: FunctionBuilder): Sum {
  const rest = f.let(small);
  const sum = f.let(add(large, rest));
  return { large: sum, small: f.let(sub(rest, sub(sum, large))) };
}

/** Sine over cosine or, a quadrant further, −cosine over sine: a/b = q + (a₁ − q·b₁)/b₀ with q = a₀/b₀. */
function tangent(precision: Precision): VectorFunction {
  const { lanes, reduce } = precision;
  const { add, sub, mul, div, choose, shl } = lanes;
  return (x, f) => {
    const angle = reduce(f.let(x), f);
    const terms = sineAndCosine(precision, angle, f);
    const [sine, cosine] = [rounded(lanes, terms.sine, f), rounded(lanes, terms.cosine, f)];
    const even = f.let(isEven(lanes, angle.quadrant));
    const large = f.let(choose(even, cosine.large, sine.large));
    const quotient = f.let(div(choose(even, withSignOf(lanes, sine.large, angle.r), cosine.large), large));
    const rest = sub(
      choose(even, sine.small, cosine.small),
      mul(quotient, choose(even, cosine.small, sine.small)),
    );
    const sum = withSignOf(lanes, add(quotient, div(rest, large)), quotient); // of −0 too
    return op("v128.xor", sum, shl(angle.quadrant, lanes.shape === "f32x4" ? 31 : 63));
  };
}

export const sin: InBothPrecisions<VectorFunction> = {
  f32: sineFrom(precisions.f32, 0n),
  f64: sineFrom(precisions.f64, 0n),
};

export const cos: InBothPrecisions<VectorFunction> = {
  f32: sineFrom(precisions.f32, 1n),
  f64: sineFrom(precisions.f64, 1n),
};

export const tan: InBothPrecisions<VectorFunction> = {
  f32: tangent(precisions.f32),
  f64: tangent(precisions.f64),
};
