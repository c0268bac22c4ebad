import type { FunctionBuilder } from "../function-builder.ts";
import { f64, i32, lane, op, shuffle, type Value } from "../value.ts";
import { toDoubles, toSingles } from "./halves.ts";
import { double, single } from "./lanes.ts";
import { reduceLargeAngle, type ScalarAngle } from "./large-angle.ts";

/** x = quadrant·π/2 + r + tail with |r| ≤ π/4, where of the integers in the lanes of the quadrant the two last bits count. */
export interface Angle {
  readonly quadrant: Value;
  readonly r: Value;
  readonly tail: Value;
}

/** From here on the product of the number of quadrants and a part of π/2 may not be exact. */
const limit = 2 ** 20;

/** π/2 in parts of 33 bits, and the rest. */
const halfPi = [
  1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32,
] as const;

/** π/2 less its first 33 bits. */
const halfPiRest = 6.077100506506192e-11;

/** The nearest number of quadrants: in the last bits of a number, and as a number. */
function quadrantsOf(x: Value, f: FunctionBuilder): { readonly shifted: Value; readonly k: Value } {
  const rounder = double.number(1.5 * 2 ** 52);
  const shifted = f.let(double.add(double.mul(x, double.number(2 / Math.PI)), rounder));
  return { shifted, k: f.let(double.sub(shifted, rounder)) };
}

/**
 * Cody and Waite's reduction in three exact steps; what the differences lose is added in the end. Differences are such that −0
 * stays −0.
 */
export function reduceDouble(x: Value, f: FunctionBuilder): Angle {
  const { add, sub, mul, number } = double;
  const { shifted, k } = quadrantsOf(x, f);
  const second = f.let(mul(k, number(halfPi[1])));
  const third = f.let(mul(k, number(halfPi[2])));
  const r0 = f.let(sub(x, mul(k, number(halfPi[0]))));
  const r1 = f.let(sub(r0, second));
  const r2 = f.let(sub(r1, third));
  const lost = add(sub(sub(r0, r1), second), sub(sub(r1, r2), third));
  const excess = f.let(sub(mul(k, number(halfPi[3])), lost));
  const r = f.let(sub(r2, excess));
  return withLargeLanes(x, { quadrant: shifted, r, tail: sub(sub(r2, r), excess) }, lanesOfDouble, f);
}

/** In double precision, where two steps are enough for what single precision can tell apart. */
export function reduceSingle(x: Value, f: FunctionBuilder): Angle {
  const { sub, mul, number } = double;
  const reduceHalf = (half: Value): { readonly shifted: Value; readonly r: Value } => {
    const { shifted, k } = quadrantsOf(half, f);
    return { shifted, r: f.let(sub(sub(half, mul(k, number(halfPi[0]))), mul(k, number(halfPiRest)))) };
  };
  const wide = toDoubles(x, f);
  const [low, high] = [reduceHalf(wide.low), reduceHalf(wide.high)];
  const lowWords = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];
  const quadrant = shuffle(lowWords, low.shifted, high.shifted);
  const r = f.let(toSingles({ low: low.r, high: high.r }));
  const rounded = toDoubles(r, f);
  const tail = toSingles({ low: sub(low.r, rounded.low), high: sub(high.r, rounded.high) });
  return withLargeLanes(x, { quadrant, r, tail }, lanesOfSingle, f);
}

/** How the lanes of a precision are taken out and put in, always the first. */
interface LanesOfAngle {
  readonly lanes: typeof double;
  readonly count: number;
  readonly first: (x: Value) => Value;
  /** The vectors with the angle in their first lanes. */
  readonly replaced: (vectors: Angle, angle: ScalarAngle, f: FunctionBuilder) => Angle;
}

const lanesOfDouble: LanesOfAngle = {
  lanes: double,
  count: 2,
  first: (x) => lane("f64x2.extract_lane", 0, x),
  replaced: (vectors, { quadrant, r, tail }) => ({
    quadrant: lane("i64x2.replace_lane", 0, vectors.quadrant, quadrant),
    r: lane("f64x2.replace_lane", 0, vectors.r, r),
    tail: lane("f64x2.replace_lane", 0, vectors.tail, tail),
  }),
};

const lanesOfSingle: LanesOfAngle = {
  lanes: single,
  count: 4,
  first: (x) => op("f64.promote_f32", lane("f32x4.extract_lane", 0, x)),
  replaced: (vectors, { quadrant, r }, f) => {
    const rounded = f.let(op("f32.demote_f64", r));
    const rest = op("f32.demote_f64", op("f64.sub", r, op("f64.promote_f32", rounded)));
    return {
      quadrant: lane("i32x4.replace_lane", 0, vectors.quadrant, op("i32.wrap_i64", quadrant)),
      r: lane("f32x4.replace_lane", 0, vectors.r, rounded),
      tail: lane("f32x4.replace_lane", 0, vectors.tail, rest),
    };
  },
};

/** The angle, in which lanes of large finite numbers, if there are any, are computed one after the other. */
function withLargeLanes(
  x: Value,
  angle: Angle,
  { lanes, count, first, replaced }: LanesOfAngle,
  f: FunctionBuilder,
): Angle {
  const own = { quadrant: f.local("v128"), r: f.local("v128"), tail: f.local("v128") };
  const get = (): Angle => ({ quadrant: f.get(own.quadrant), r: f.get(own.r), tail: f.get(own.tail) });
  const set = ({ quadrant, r, tail }: Angle): void => {
    f.set(own.quadrant, quadrant);
    f.set(own.r, r);
    f.set(own.tail, tail);
  };
  set(angle);
  const isLarge = lanes.ge(lanes.abs(x), lanes.number(limit));
  f.if(lanes.anyLane(isLarge), () => {
    const rest = f.local("v128");
    const counter = f.local("i32");
    f.set(rest, x);
    f.set(counter, i32(0));
    f.loop((start) => {
      const number = f.let(first(f.get(rest)));
      const size = f.let(op("f64.abs", number));
      const isFinite = op("f64.lt", size, f64(Infinity));
      f.if(op("i32.and", op("f64.ge", size, f64(limit)), isFinite), () => {
        set(replaced(get(), reduceLargeAngle(number, f), f));
      });
      const next = Array.from({ length: 16 }, (_, k) => (k + 16 / count) % 16);
      for (const vector of [rest, own.quadrant, own.r, own.tail]) {
        f.set(vector, shuffle(next, f.get(vector), f.get(vector)));
      }
      f.set(counter, op("i32.add", f.get(counter), i32(1)));
      f.jumpIf(op("i32.lt_s", f.get(counter), i32(count)), start);
    });
  });
  return get();
}
