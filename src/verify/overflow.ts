import type { Comparison } from "./compare.ts";
import type { Values } from "./interpreter.ts";

const overflowing = "two steps lead beyond the largest number, by the interpreter too";

/**
 * What is left to compare where steps are so large that there is no number for their outcome: the elements that either side
 * has a number for.
 *
 * @param isBeyond Whether the judge computed with numbers that the generated code cannot store.
 */
export function withinNumbers(comparison: Comparison, isBeyond: boolean): Comparison {
  if ("skipped" in comparison || comparison.generated.length !== comparison.judged.length) return comparison;
  const [own, judged] = [Array.from(comparison.generated), Array.from(comparison.judged)];
  const isLeft = own.map((each, k) => Number.isFinite(each) || (Number.isFinite(judged[k]) && !isBeyond));
  if (isLeft.every(Boolean)) return comparison;
  if (!isLeft.some(Boolean)) return { quantity: comparison.quantity, skipped: overflowing };
  return {
    ...comparison,
    generated: own.filter((_, k) => isLeft[k]),
    judged: judged.filter((_, k) => isLeft[k]),
    note: `in part: ${overflowing}`,
  };
}

/** Whether something was computed that single precision has no number for. */
export function isBeyondSingles(values: Values): boolean {
  return [...values.values()].some((value) =>
    value.some((each) => Number.isFinite(each) && !Number.isFinite(Math.fround(each))),
  );
}
