import { at } from "./indexing.ts";

/** Who generated code is compared with. */
export type Judge = "tape" | "dual" | "finite-difference" | "interpreter" | "tfjs";

export const judges: readonly Judge[] = ["tape", "dual", "finite-difference", "interpreter", "tfjs"];

/** One row of the report: how far the generated code is from a judge in one quantity. */
export interface Check {
  readonly against: Judge;
  /** A parameter, whose gradient is meant, or another quantity: `loss`, `prediction`, `W1 after a step`. */
  readonly parameter: string;
  /** See `relativeErrors`; infinite where a number is missing or not finite. 0 where the check was skipped. */
  readonly maxRelativeError: number;
  readonly tolerance: number;
  readonly ok: boolean;
  /** What the reader should know: why a check was skipped or only partly made. */
  readonly note?: string;
}

/** Numbers of one quantity from the generated code and from a judge, element by element. */
export interface Comparison {
  readonly quantity: string;
  readonly generated: ArrayLike<number>;
  readonly judged: ArrayLike<number>;
  readonly note?: string;
}

/**
 * The largest relative error of each of several vectors that belong together, such as the gradients of one loss:
 *
 *     max|a − b| / max(max|b|, 10⁻³ · G, 10⁻³ · s)
 *
 * with a from the generated code, b from the judge, G the largest |b| of all the vectors, and `s` a natural size, the loss.
 * Norm-wise, because rounding is: an element that cancels to nearly zero carries the rounding errors of its large terms,
 * and elements are errors of one vector that a step moves along. The floors say the same between vectors: a gradient
 * that is zero up to rounding (a bias before a normalisation) is not compared with itself. Mistakes smaller than
 * 10⁻³ · tolerance of the whole gradient are all that this forgives. Where the judge finds nothing but zeros (one sample
 * minus the mean of its batch), there is no size to compare with, and errors are absolute: data are of order 1.
 */
export function relativeErrors(comparisons: readonly Comparison[], size: number): readonly number[] {
  const largest = comparisons.map(({ judged }) => maximum(judged));
  const whole = Math.max(0, ...largest);
  return comparisons.map(({ generated, judged }, k) => {
    if (generated.length !== judged.length) return Infinity;
    let distance = 0;
    for (let e = 0; e < judged.length; e += 1) {
      const gap = Math.abs(at(generated, e) - at(judged, e));
      if (!Number.isFinite(gap)) return Infinity;
      distance = Math.max(distance, gap);
    }
    const scale = Math.max(at(largest, k), 1e-3 * whole, 1e-3 * Math.abs(size));
    return distance / (scale || 1);
  });
}

function maximum(values: ArrayLike<number>): number {
  let largest = 0;
  for (let k = 0; k < values.length; k += 1) largest = Math.max(largest, Math.abs(at(values, k)));
  return largest;
}

type Precision = "f32" | "f64";

/**
 * The largest relative error that passes.
 *
 * - `tape`, `dual`, `interpreter` compute the same sums in double precision in another order: a few hundred roundings
 *   of 10⁻¹⁶. The tape differentiates the network as written, so it also bears the cancellations that stabilising removes.
 * - `finite-difference` reaches 10⁻⁹ to 10⁻¹¹ where the loss is smooth; 10⁻⁶ leaves room for strong curvature.
 * - `tfjs` computes in single precision, forwards and backwards: errors of 10⁻⁷ were measured on small networks, and a
 *   wrong formula is off by far more than 10⁻⁴.
 * - Modules of precision `f32` round every stored number (6 · 10⁻⁸), and sums of rounded numbers cancel.
 */
export const tolerances: Readonly<Record<Precision, Readonly<Record<Judge, number>>>> = {
  f64: { tape: 1e-12, dual: 1e-12, "finite-difference": 1e-6, interpreter: 1e-12, tfjs: 1e-4 },
  f32: { tape: 1e-4, dual: 1e-4, "finite-difference": 1e-4, interpreter: 1e-4, tfjs: 1e-4 },
};

/** One row for each quantity, with the worst of several runs; notes are kept once. */
export function worstOf(checks: readonly Check[]): readonly Check[] {
  const rows = new Map<string, Check>();
  for (const check of checks) {
    const key = `${check.against} ${check.parameter}`;
    const before = rows.get(key);
    if (before === undefined) {
      rows.set(key, check);
      continue;
    }
    const notes = new Set([before.note, check.note].filter((note) => note !== undefined));
    const note = [...notes].join("; ");
    rows.set(key, {
      ...before,
      maxRelativeError: Math.max(before.maxRelativeError, check.maxRelativeError),
      ok: before.ok && check.ok,
      ...(note === "" ? {} : { note }),
    });
  }
  return [...rows.values()];
}
