/** The candidate that `name` is most likely a slip of the fingers for. */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  // Among names of one or two letters every name is close to every other.
  let least = Math.floor(name.length / 3) + 0.5;
  for (const candidate of candidates) {
    if (candidate.toLowerCase() === name.toLowerCase() && candidate !== name) return candidate;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** `did you mean sigmoid?`, or nothing when no candidate is close. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const best = suggest(name, candidates);
  return best === undefined ? undefined : `did you mean ${best}?`;
}

/** The option that `name` is a slip or an abbreviation for: `lr`, `rate` and `learning` all mean learningRate. */
export function suggestOption(name: string, options: readonly string[]): string | undefined {
  return suggest(name, options) ?? options.find((option) => abbreviates(name.toLowerCase(), option));
}

function abbreviates(name: string, option: string): boolean {
  const words = option.split(/(?=[A-Z])/).map((word) => word.toLowerCase());
  const initials = words.map((word) => word.charAt(0)).join("");
  if (name.length < 2) return false;
  return name === initials || words.some((_, index) => words.slice(index).join("").startsWith(name));
}

/** Damerau and Levenshtein's distance: insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 8) return Infinity;
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Infinity;
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j += 1) {
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Infinity;
      const substituted = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, substituted, swapped));
    }
  }
  return at(a.length, b.length);
}
