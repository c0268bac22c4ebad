import type { FunctionBuilder } from "../function-builder.ts";
import type { InstructionName } from "../instructions.ts";
import { f32x4, f64x2, i32, i32x4, i64x2, op, type Value } from "../value.ts";

/** Code that computes a function of each lane of a vector, written where it is used. */
export type VectorFunction = (x: Value, f: FunctionBuilder) => Value;

/** The same of two vectors. */
export type BinaryVectorFunction = (x: Value, y: Value, f: FunctionBuilder) => Value;

/** A function in both precisions. */
export interface InBothPrecisions<F> {
  readonly f32: F;
  readonly f64: F;
}

type Shape = "f32x4" | "f64x2";
type Unary = (a: Value) => Value;
type Binary = (a: Value, b: Value) => Value;

type BinaryName = "add" | "sub" | "mul" | "div" | "pmin" | "pmax" | "eq" | "lt" | "gt" | "ge";
type UnaryName = "abs" | "neg" | "sqrt" | "floor" | "trunc";

/**
 * The arithmetic of a precision, so that an algorithm may be written once for both. Numbers are constants in all lanes; a
 * comparison gives all bits or none. `pmin(a, b)` and `pmax(a, b)` are a where a or b is NaN.
 */
export interface Lanes extends Readonly<Record<BinaryName, Binary>>, Readonly<Record<UnaryName, Unary>> {
  readonly shape: Shape;
  /** Bits of the significand that are stored: 23 or 52. */
  readonly mantissa: number;
  readonly number: (value: number) => Value;
  /** `mask ? a : b`, bit by bit. */
  readonly choose: (mask: Value, a: Value, b: Value) => Value;
  /** The integer in all lanes. */
  readonly bits: (value: bigint) => Value;
  /** Of integers as wide as the numbers. */
  readonly addBits: Binary;
  readonly subBits: Binary;
  readonly eqBits: Binary;
  readonly shl: (a: Value, by: number) => Value;
  readonly shr: (a: Value, by: number) => Value;
  /** Whether any bit is set. */
  readonly anyLane: Unary;
}

function lanes(
  shape: Shape,
  integers: "i32x4" | "i64x2",
  own: Pick<Lanes, "mantissa" | "number" | "bits">,
): Lanes {
  const unary =
    (name: InstructionName): Unary =>
    (a) =>
      op(name, a);
  const binary =
    (name: InstructionName): Binary =>
    (a, b) =>
      op(name, a, b);
  const shift = (name: InstructionName) => (a: Value, by: number) => op(name, a, i32(by));
  return {
    ...own,
    shape,
    add: binary(`${shape}.add`),
    sub: binary(`${shape}.sub`),
    mul: binary(`${shape}.mul`),
    div: binary(`${shape}.div`),
    pmin: binary(`${shape}.pmin`),
    pmax: binary(`${shape}.pmax`),
    eq: binary(`${shape}.eq`),
    lt: binary(`${shape}.lt`),
    gt: binary(`${shape}.gt`),
    ge: binary(`${shape}.ge`),
    abs: unary(`${shape}.abs`),
    neg: unary(`${shape}.neg`),
    sqrt: unary(`${shape}.sqrt`),
    floor: unary(`${shape}.floor`),
    trunc: unary(`${shape}.trunc`),
    choose: (mask, a, b) => op("v128.bitselect", a, b, mask),
    addBits: binary(`${integers}.add`),
    subBits: binary(`${integers}.sub`),
    eqBits: binary(`${integers}.eq`),
    shl: shift(`${integers}.shl`),
    shr: shift(`${integers}.shr_u`),
    anyLane: unary("v128.any_true"),
  };
}

/** Four lanes of single precision. */
export const single: Lanes = lanes("f32x4", "i32x4", {
  mantissa: 23,
  number: f32x4,
  bits: (value) => i32x4(Number(BigInt.asIntN(32, value))),
});

/** Two lanes of double precision. */
export const double: Lanes = lanes("f64x2", "i64x2", { mantissa: 52, number: f64x2, bits: i64x2 });

/** c₀ + x·(c₁ + x·(c₂ + …)), by Horner's rule; x is used as often as there are coefficients. */
export function horner({ add, mul, number }: Lanes, x: Value, coefficients: readonly number[]): Value {
  const [last = 0, ...others] = coefficients.toReversed();
  return others.reduce((sum, coefficient) => add(number(coefficient), mul(x, sum)), number(last));
}

/** The sign bit in all lanes. */
export function signBit({ bits, shape }: Lanes): Value {
  return bits(shape === "f32x4" ? 1n << 31n : 1n << 63n);
}

/** The number, which is not below 0, with the sign of another. */
export function withSignOf(lanes: Lanes, magnitude: Value, x: Value): Value {
  return op("v128.or", magnitude, op("v128.and", x, signBit(lanes)));
}

/** The bits of 2^exponent. */
export function powerOfTwoBits({ bits, mantissa }: Lanes, exponent: number): Value {
  const bias = mantissa === 23 ? 127 : 1023;
  return bits(BigInt(bias + exponent) << BigInt(mantissa));
}

/** The same by Estrin's scheme: (c₀ + c₁x) + x²·((c₂ + c₃x) + x²·…), half as long a chain of operations; x is a local. */
export function estrin(lanes: Lanes, x: Value, coefficients: readonly number[], f: FunctionBuilder): Value {
  const { add, mul, number } = lanes;
  const pairs = Array.from({ length: Math.ceil(coefficients.length / 2) }, (_, k) => {
    const [even = 0, odd] = coefficients.slice(2 * k, 2 * k + 2);
    return odd === undefined ? number(even) : add(number(even), mul(x, number(odd)));
  });
  const square = f.let(mul(x, x));
  return pairs.reduceRight((sum, pair) => add(pair, mul(square, sum)));
}
