/** Numbers between two others, in the notation of mathematics: `[0, 1)` holds 0 and not 1; `1, 2, …` whole numbers. */
export interface Range {
  readonly low: number;
  readonly high: number;
  readonly holdsLow: boolean;
  readonly holdsHigh: boolean;
  readonly isWhole?: true;
  /** `1, 2, … × 2`: of each of two numbers in an array, or of one that stands for both. */
  readonly times?: number;
}

const notation = /^([[(]) *(\S+) *, *(\S+?) *([\])])$/;
const wholeNotation = /^(-?\d+) *, *(-?\d+) *, *(?:…|\.\.\.)$/;
const repeated = /^(.*\S) *× *([1-9]\d*)$/;

/** `(0, Infinity)`, `1, 2, …`; nothing when the text is no range. */
export function parseRange(text: string): Range | undefined {
  const [, first, second] = wholeNotation.exec(text) ?? [];
  if (first !== undefined && Number(first) + 1 === Number(second))
    return { low: Number(first), high: Infinity, holdsLow: true, holdsHigh: false, isWhole: true };
  const [, open, from, to, close] = notation.exec(text) ?? [];
  const [low, high] = [Number(from), Number(to)];
  return low < high ? { low, high, holdsLow: open === "[", holdsHigh: close === "]" } : undefined;
}

/** A range, or `1, 2, … × 2`. */
export function parseRanges(text: string): Range | undefined {
  const [, inner = text, times] = repeated.exec(text) ?? [];
  const range = parseRange(inner);
  return range && { ...range, ...(times === undefined ? {} : { times: Number(times) }) };
}

export function liesIn({ low, high, holdsLow, holdsHigh, isWhole }: Range, value: number): boolean {
  return (
    (value > low || (holdsLow && value === low)) &&
    (value < high || (holdsHigh && value === high)) &&
    (isWhole !== true || Number.isSafeInteger(value))
  );
}

/** `above 0`, `of at least 0 and below 1`: a range in a sentence; nothing of a range without bounds. */
export function sayRange({ low, high, holdsLow, holdsHigh }: Range): string {
  const parts = [
    low === -Infinity ? undefined : `${holdsLow ? "of at least" : "above"} ${String(low)}`,
    high === Infinity ? undefined : `${holdsHigh ? "of at most" : "below"} ${String(high)}`,
  ];
  return parts.filter((part) => part !== undefined).join(" and ");
}

/** `a whole number of at least 1`, `a finite number`: what a value in the range is. */
export function sayNumberIn(range: Range | undefined): string {
  const where = range === undefined ? "" : sayRange(range);
  if (where === "") return "a finite number";
  return `${range?.isWhole === true ? "a whole number" : "a number"} ${where}`;
}
