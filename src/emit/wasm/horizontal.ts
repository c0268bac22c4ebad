import { invariant } from "../../diagnostics/index.ts";
import type { FunctionBuilder } from "./function-builder.ts";
import { type LaneType, widened } from "./lane-type.ts";
import { lane, op, shuffle, type Value } from "./value.ts";

/*
 * Horizontal operations: across the lanes of a vector. A sum of one vector takes as many additions as it has lanes, each of
 * a double; sums of as many vectors as there are lanes are taken at once, in the module's precision.
 */

/** How lanes are combined into one number. */
export type Combining = "f64.add" | "f64.max" | "f64.min";

/** Lane k, as a double. */
export function laneOf(vector: Value, k: number, type: LaneType): Value {
  return widened(lane(`${type.prefix}.extract_lane`, k, vector), type);
}

/** All lanes of a vector as one double. */
export function combineLanes(vector: Value, how: Combining, type: LaneType, f: FunctionBuilder): Value {
  const own = f.let(vector);
  // In pairs: fewer additions wait for each other.
  const [a, b, c, d] = Array.from({ length: type.width }, (_, k) => laneOf(own, k, type));
  invariant(a !== undefined && b !== undefined, "a vector has two lanes at least");
  const first = op(how, a, b);
  return c === undefined || d === undefined ? first : op(how, first, op(how, c, d));
}

/** The same for each of several vectors. */
export function combineEach(
  vectors: readonly Value[],
  how: Combining,
  type: LaneType,
  f: FunctionBuilder,
): readonly Value[] {
  if (how !== "f64.add") return vectors.map((vector) => combineLanes(vector, how, type, f));
  const { width, constant } = type;
  const sums: Value[] = [];
  for (let k = 0; k < vectors.length; k += width) {
    const own = vectors.slice(k, k + width);
    const [first] = own;
    if (own.length === 1 && first !== undefined) return [...sums, combineLanes(first, how, type, f)];
    const all = Array.from({ length: width }, (_, i) => own[i] ?? constant(0));
    const together = f.let(sumEach(all, type, f));
    sums.push(...own.map((_, i) => laneOf(together, i, type)));
  }
  return sums;
}

/**
 * Sums of as many vectors as there are lanes, in the module's precision.
 *
 * @returns In lane k, the sum of the k-th vector.
 */
export function sumEach([a, b, c, d]: readonly Value[], type: LaneType, f: FunctionBuilder): Value {
  invariant(a !== undefined && b !== undefined, "there are as many vectors as lanes");
  const add = (x: Value, y: Value): Value => op(`${type.prefix}.add`, x, y);
  const pick = (lanes: readonly number[], x: Value, y: Value): Value => shuffle(bytesOf(lanes, type), x, y);
  if (c === undefined || d === undefined) return add(pick([0, 2], a, b), pick([1, 3], a, b));
  const inPairs = (x: Value, y: Value): Value =>
    f.let(add(pick([0, 4, 1, 5], x, y), pick([2, 6, 3, 7], x, y)));
  const [ab, cd] = [inPairs(a, b), inPairs(c, d)];
  return add(pick([0, 1, 4, 5], ab, cd), pick([2, 3, 6, 7], ab, cd));
}

function bytesOf(lanes: readonly number[], { bytes }: LaneType): readonly number[] {
  return lanes.flatMap((each) => Array.from({ length: bytes }, (_, k) => each * bytes + k));
}
