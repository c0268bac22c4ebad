import { addAffine, affineKey, scaleAffine, subtractAffine } from "./affine.ts";
import type { Affine, Expression, IndexAtom } from "./program.ts";

/** A closed interval. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** A condition that is known to hold: `low ≤ value ≤ high`. */
export interface Guard {
  readonly value: Affine;
  readonly range: Range;
}

/** The expression of an immutable local. */
export type LocalValue = (name: string) => Expression | undefined;

/** The values of an atom: of a loop variable, or of the elements of an integer buffer. */
export type AtomRange = (atom: IndexAtom) => Range;

/** What is known of a value where a condition is asked for its guards. */
export type ValueRange = (value: Affine) => Range;

const empty: Range = { low: Infinity, high: -Infinity };

/**
 * An interval that holds every value of `affine` while the guards hold. Without guards it is exact, as the atoms vary
 * independently. A guard helps by elimination: where k·G shares a term with the offset, offset = k·G + rest, and both
 * parts have ranges of their own; so a padded image's `W·(i − 1) + (j − 1)` under `0 ≤ i − 1 < H`, `0 ≤ j − 1 < W` is exact too.
 */
export function rangeOf(affine: Affine, atoms: AtomRange, guards: readonly Guard[] = []): Range {
  const useful = guards.filter((guard) => sharesAtom(affine, guard.value)).slice(0, guardLimit);
  return narrowed(affine, atoms, useful);
}

/** More guards than this on one access do not occur (one an axis), and each triples the work. */
const guardLimit = 6;

function narrowed(affine: Affine, atoms: AtomRange, guards: readonly Guard[]): Range {
  const [guard, ...others] = guards;
  if (guard === undefined) return boxRange(affine, atoms);
  let best = narrowed(affine, atoms, others);
  const inside = intersect(guard.range, boxRange(guard.value, atoms));
  for (const factor of commonFactors(affine, guard.value)) {
    const rest = narrowed(subtractAffine(affine, scaleAffine(guard.value, factor)), atoms, others);
    const scaled = scaleRange(inside, factor);
    best = intersect(best, { low: rest.low + scaled.low, high: rest.high + scaled.high });
  }
  return best;
}

function boxRange(affine: Affine, atoms: AtomRange): Range {
  let { low, high } = { low: affine.constant, high: affine.constant };
  for (const { coefficient, atom } of affine.terms) {
    const range = scaleRange(atoms(atom), coefficient);
    low += range.low;
    high += range.high;
  }
  return { low, high };
}

function scaleRange(range: Range, factor: number): Range {
  if (range.low > range.high) return empty;
  const [a, b] = [range.low * factor, range.high * factor];
  return { low: Math.min(a, b), high: Math.max(a, b) };
}

export function intersect(a: Range, b: Range): Range {
  return { low: Math.max(a.low, b.low), high: Math.min(a.high, b.high) };
}

function sharesAtom(a: Affine, b: Affine): boolean {
  return commonFactors(a, b).length > 0;
}

/** The factors k for which some atom vanishes from a − k·b. */
function commonFactors(a: Affine, b: Affine): readonly number[] {
  const factors = new Set<number>();
  for (const term of b.terms) {
    const key = affineKey({ constant: 0, terms: [{ coefficient: 1, atom: term.atom }] });
    const shared = a.terms.find(
      (other) => affineKey({ constant: 0, terms: [{ coefficient: 1, atom: other.atom }] }) === key,
    );
    if (shared !== undefined) factors.add(shared.coefficient / term.coefficient);
  }
  return [...factors];
}

/**
 * The guards that `condition` gives when it has the value `holds`. Sound but not complete: what cannot be written as
 * intervals gives none.
 *
 * @param locals Where conditions that are locals are looked up.
 */
export function guardsOf(
  condition: Expression,
  holds: boolean,
  ranges: ValueRange,
  locals: LocalValue,
): readonly Guard[] {
  if (condition.kind === "inRange") return rangeGuards(condition, holds, ranges);
  if (condition.kind === "apply") return appliedGuards(condition, holds, ranges, locals);
  if (condition.kind !== "local") return [];
  const value = locals(condition.name);
  return value === undefined ? [] : guardsOf(value, holds, ranges, locals);
}

function rangeGuards(
  { value, from, to, step }: Extract<Expression, { kind: "inRange" }>,
  holds: boolean,
  ranges: ValueRange,
): readonly Guard[] {
  if (holds) return [{ value, range: { low: from, high: to - 1 } }];
  if (step !== 1) return [];
  // Outside an interval is one interval only where the value cannot lie on the other side.
  const all = ranges(value);
  if (all.low >= from) return [{ value, range: { low: to, high: all.high } }];
  if (all.high < to) return [{ value, range: { low: all.low, high: from - 1 } }];
  return [];
}

function appliedGuards(
  { operation, operands }: Extract<Expression, { kind: "apply" }>,
  holds: boolean,
  ranges: ValueRange,
  locals: LocalValue,
): readonly Guard[] {
  const [a, b] = operands;
  if (a === undefined) return [];
  if (operation === "not") return guardsOf(a, !holds, ranges, locals);
  if (b === undefined) return [];
  if ((operation === "and" && holds) || (operation === "or" && !holds)) {
    return [...guardsOf(a, holds, ranges, locals), ...guardsOf(b, holds, ranges, locals)];
  }
  if (operation !== "less" && operation !== "lessEqual") return [];
  const [left, right] = [asAffine(a), asAffine(b)];
  if (left === undefined || right === undefined) return [];
  // Integers: a < b is a − b ≤ −1, and not (a ≤ b) is a − b ≥ 1.
  const value = addAffine(left, scaleAffine(right, -1));
  const strict = operation === "less" ? 1 : 0;
  return [{ value, range: holds ? { low: -Infinity, high: -strict } : { low: 1 - strict, high: Infinity } }];
}

function asAffine(expression: Expression): Affine | undefined {
  if (expression.kind === "index") return expression.value;
  if (expression.kind === "number" && Number.isInteger(expression.value))
    return { constant: expression.value, terms: [] };
  return undefined;
}
