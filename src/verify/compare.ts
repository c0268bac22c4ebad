import { at, maximum } from "./indexing.ts";

/** Who generated code is compared with. */
export type Judge = "tape" | "dual" | "finite-difference" | "interpreter" | "tfjs";

export const judges: readonly Judge[] = ["tape", "dual", "finite-difference", "interpreter", "tfjs"];

/** One row of the report: how far the generated code is from a judge in one quantity. */
export interface Check {
  readonly against: Judge;
  /** A parameter, whose gradient is meant, or another quantity: `loss`, `prediction`, `W1 after a step`. */
  readonly parameter: string;
  /** See `relativeError`; infinite where a number is missing or not finite, NaN where nothing was compared. */
  readonly maxRelativeError: number;
  readonly tolerance: number;
  /** Whether nothing was found wrong. */
  readonly ok: boolean;
  /** Nothing was found right either: the judge could not say, and `note` tells why. */
  readonly skipped?: true;
  /** What the reader should know: why a check was skipped or only partly made. */
  readonly note?: string;
}

/** Numbers of one quantity from the generated code and from a judge, element by element. */
export interface Compared {
  readonly quantity: string;
  readonly generated: ArrayLike<number>;
  readonly judged: ArrayLike<number>;
  /** The least size that errors are relative to, where `judged` may be smaller than its own rounding. See `sizeFloor`. */
  readonly floor?: number;
  readonly note?: string;
}

/** A quantity that a judge has no opinion on. */
export interface Skipped {
  readonly quantity: string;
  readonly skipped: string;
}

export type Comparison = Compared | Skipped;

/**
 * The largest error of a vector, relative to the vector:
 *
 *     max|a − b| / max(max|b|, floor)
 *
 * with a from the generated code and b from the judge. Norm-wise, because rounding is: an element that cancels to nearly
 * zero carries the rounding errors of its large terms, and elements are errors of one vector that a step moves along. Each
 * gradient is held against its own size, whatever the loss or the other gradients are. Where there is no size to compare
 * with, because the judge finds nothing but zeros, errors are absolute: data are of order 1.
 */
export function relativeError({ generated, judged, floor = 0 }: Compared): number {
  if (generated.length !== judged.length) return Infinity;
  let distance = 0;
  for (let e = 0; e < judged.length; e += 1) {
    const gap = Math.abs(at(generated, e) - at(judged, e));
    if (!Number.isFinite(gap)) return Infinity;
    distance = Math.max(distance, gap);
  }
  return distance / (Math.max(maximum(judged), floor) || 1);
}

export type Precision = "f32" | "f64";

/**
 * The largest relative error that passes.
 *
 * - `tape`, `dual`, `interpreter` compute the same sums in double precision in another order: a few hundred roundings
 *   of 10⁻¹⁶. The tape differentiates the network as written, so it also bears the cancellations that stabilising removes.
 * - `finite-difference` reaches 10⁻⁹ to 10⁻¹¹ where the loss is smooth; 10⁻⁶ leaves room for strong curvature.
 * - `tfjs` computes in single precision, forwards and backwards: errors of 10⁻⁷ were measured on small networks, and a
 *   wrong formula is off by far more than 10⁻⁴.
 * - Modules of precision `f32` round every stored number (6 · 10⁻⁸), kernels all that they compute in vectors, and sums of rounded
 *   numbers cancel. The examples come to 2 · 10⁻⁶.
 */
export const tolerances: Readonly<Record<Precision, Readonly<Record<Judge, number>>>> = {
  f64: { tape: 1e-12, dual: 1e-12, "finite-difference": 1e-6, interpreter: 1e-12, tfjs: 1e-4 },
  f32: { tape: 1e-4, dual: 1e-4, "finite-difference": 1e-4, interpreter: 1e-4, tfjs: 1e-4 },
};

/** The unit roundoff of the numbers that a module stores. */
const roundoffs: Readonly<Record<Precision, number>> = { f64: 2 ** -53, f32: 2 ** -24 };

/** So many roundings of a gradient's terms are never a mistake. */
const forgiven = 64;

/**
 * The error of a gradient that is never a mistake, where its terms are of size `termSize` (see `measureGradients`): far below
 * the gradient's own size, unless these cancel.
 */
export function roundingOf(termSize: number, judge: Judge, precision: Precision): number {
  const roundoff = judge === "tfjs" ? roundoffs.f32 : roundoffs[precision];
  return forgiven * roundoff * termSize;
}

/** The least size to hold a gradient's errors against: one of `roundingOf` just passes. */
export function sizeFloor(termSize: number, judge: Judge, precision: Precision): number {
  return roundingOf(termSize, judge, precision) / tolerances[precision][judge];
}

/** The row that says of one quantity what came out. */
export function checkOf(against: Judge, comparison: Comparison, precision: Precision): Check {
  const tolerance = tolerances[precision][against];
  const row = { against, parameter: comparison.quantity, tolerance };
  if ("skipped" in comparison)
    return { ...row, maxRelativeError: NaN, ok: true, skipped: true, note: comparison.skipped };
  const maxRelativeError = relativeError(comparison);
  const { note } = comparison;
  return {
    ...row,
    maxRelativeError,
    ok: maxRelativeError <= tolerance,
    ...(note === undefined ? {} : { note }),
  };
}

/** What was thrown, in the one line that a row has for it. */
export function noteOf(problem: unknown): string {
  const text = problem instanceof Error ? problem.message : String(problem);
  return text.split("\n", 1)[0] ?? "";
}

/** One row for each quantity, with the worst of several runs: skipped only if all were. Notes are kept once. */
export function worstOf(checks: readonly Check[]): readonly Check[] {
  const rows = new Map<string, Check>();
  for (const check of checks) {
    const key = `${check.against} ${check.parameter}`;
    const before = rows.get(key);
    rows.set(key, before === undefined ? check : worseOf(before, check));
  }
  return [...rows.values()];
}

function worseOf(a: Check, b: Check): Check {
  const worse = a.skipped || b.maxRelativeError > a.maxRelativeError ? b : a;
  const told = [a, b].flatMap(({ skipped, note }) =>
    note === undefined ? [] : [skipped && !worse.skipped ? `skipped in part: ${note}` : note],
  );
  const note = [...new Set(told.flatMap((each) => each.split("; ")))].join("; ");
  return note === "" ? worse : { ...worse, note };
}
