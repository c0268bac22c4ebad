/** Numbers between two others, in the notation of mathematics: `[0, 1)` holds 0 and not 1. */
export interface Range {
  readonly low: number;
  readonly high: number;
  readonly holdsLow: boolean;
  readonly holdsHigh: boolean;
}

const notation = /^([[(]) *(\S+) *, *(\S+?) *([\])])$/;

/** `(0, Infinity)`; nothing when the text is no range. */
export function parseRange(text: string): Range | undefined {
  const [, open, from, to, close] = notation.exec(text) ?? [];
  const [low, high] = [Number(from), Number(to)];
  return low < high ? { low, high, holdsLow: open === "[", holdsHigh: close === "]" } : undefined;
}

export function liesIn({ low, high, holdsLow, holdsHigh }: Range, value: number): boolean {
  return (value > low || (holdsLow && value === low)) && (value < high || (holdsHigh && value === high));
}

/** `above 0`, `of at least 0 and below 1`: a range in a sentence; nothing of a range without bounds. */
export function sayRange({ low, high, holdsLow, holdsHigh }: Range): string {
  const parts = [
    low === -Infinity ? undefined : `${holdsLow ? "of at least" : "above"} ${String(low)}`,
    high === Infinity ? undefined : `${holdsHigh ? "of at most" : "below"} ${String(high)}`,
  ];
  return parts.filter((part) => part !== undefined).join(" and ");
}
