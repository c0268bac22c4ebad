import type { Precision } from "../../program/index.ts";
import { f32x4, f64x2, load, op, type Value } from "./value.ts";

/** Vectors of the module's reals: four of 4 bytes, or two of 8. */
export interface LaneType {
  readonly precision: Precision;
  /** What instructions are called after. */
  readonly prefix: "f32x4" | "f64x2";
  /** Lanes of a vector. */
  readonly width: number;
  /** Bytes of an element. */
  readonly bytes: number;
  readonly load: "f32.load" | "f64.load";
  readonly store: "f32.store" | "f64.store";
  readonly loadSplat: "v128.load32_splat" | "v128.load64_splat";
  readonly loadZero: "v128.load32_zero" | "v128.load64_zero";
  readonly loadLane: "v128.load32_lane" | "v128.load64_lane";
  readonly storeLane: "v128.store32_lane" | "v128.store64_lane";
  /** Of the first lanes of four 32-bit integers. */
  readonly convert: "f32x4.convert_i32x4_s" | "f64x2.convert_low_i32x4_s";
  /** A number in all lanes. */
  readonly constant: (value: number) => Value;
}

export const laneTypes: { readonly [P in Precision]: LaneType } = {
  f32: {
    precision: "f32",
    prefix: "f32x4",
    width: 4,
    bytes: 4,
    load: "f32.load",
    store: "f32.store",
    loadSplat: "v128.load32_splat",
    loadZero: "v128.load32_zero",
    loadLane: "v128.load32_lane",
    storeLane: "v128.store32_lane",
    convert: "f32x4.convert_i32x4_s",
    constant: f32x4,
  },
  f64: {
    precision: "f64",
    prefix: "f64x2",
    width: 2,
    bytes: 8,
    load: "f64.load",
    store: "f64.store",
    loadSplat: "v128.load64_splat",
    loadZero: "v128.load64_zero",
    loadLane: "v128.load64_lane",
    storeLane: "v128.store64_lane",
    convert: "f64x2.convert_low_i32x4_s",
    constant: f64x2,
  },
};

/** Lanes of a vector of the kernel's. */
export const vectorLanes: { readonly [P in Precision]: number } = {
  f32: laneTypes.f32.width,
  f64: laneTypes.f64.width,
};

/**
 * 1/x where x, in the precision of the lanes, is a power of two, and 1/x a normal number: then a/x and a·(1/x) are one real number,
 * which is rounded alike, and the product takes a quarter of the time.
 */
export function exactReciprocal(x: number, { precision }: LaneType): number | undefined {
  const rounded = precision === "f64" ? x : Math.fround(x);
  const exponent = Math.round(Math.log2(Math.abs(rounded)));
  const greatest = precision === "f64" ? 1022 : 126;
  if (2 ** exponent !== Math.abs(rounded) || Math.abs(exponent) > greatest) return undefined;
  return 1 / rounded;
}

/** A double in memory's precision. */
export function narrowed(value: Value, { precision }: LaneType): Value {
  return precision === "f64" ? value : op("f32.demote_f64", value);
}

/** What is loaded, as a double. */
export function widened(value: Value, { precision }: LaneType): Value {
  return precision === "f64" ? value : op("f64.promote_f32", value);
}

/** A double in all lanes. */
export function splat(value: Value, type: LaneType): Value {
  return op(`${type.prefix}.splat`, narrowed(value, type));
}

/** A mask of four 32-bit lanes, of which the first are for these. */
export function laneMask(mask: Value, { width }: LaneType): Value {
  return width === 4 ? mask : op("i64x2.extend_low_i32x4_s", mask);
}

/** The double at an address. */
export function loadReal(address: Value, offset: number, type: LaneType): Value {
  return widened(load(type.load, address, offset), type);
}
