import { invariant } from "../../diagnostics/index.ts";

/** The axis letters of `ab,b->a`. */
export interface Specification {
  readonly a: string;
  readonly b: string;
  readonly output: string;
}

/** Reads a specification such as `ij,j->i`. Specifications are made by us, so a malformed one is our fault. */
export function parseSpecification(specification: string): Specification {
  const [, a, b, output] = /^([a-zA-Z]*),([a-zA-Z]*)->([a-zA-Z]*)$/.exec(specification) ?? [];
  invariant(
    a !== undefined && b !== undefined && output !== undefined,
    `"${specification}" is an einsum of two operands`,
  );
  for (const letters of [a, b, output]) {
    invariant(
      new Set(letters).size === letters.length,
      `no letter repeats within a part of "${specification}"`,
    );
  }
  invariant(
    Array.from(output).every((letter) => (a + b).includes(letter)),
    `the output's letters occur in the operands of "${specification}"`,
  );
  return { a, b, output };
}

/** The same contraction with the letters a, b, c, … in order of first appearance, so that equal contractions are one node. */
export function canonicalSpecification(specification: string): string {
  const { a, b, output } = parseSpecification(specification);
  const names = new Map<string, string>();
  for (const letter of a + b) {
    if (!names.has(letter)) names.set(letter, letterAt(names.size));
  }
  const rename = (letters: string): string =>
    Array.from(letters, (letter) => names.get(letter) ?? letter).join("");
  return formatSpecification({ a: rename(a), b: rename(b), output: rename(output) });
}

export function formatSpecification({ a, b, output }: Specification): string {
  return `${a},${b}->${output}`;
}

/** Letters summed over: those that the output lacks, in order of first appearance. */
export function summedLetters({ a, b, output }: Specification): string {
  return [...new Set(a + b)].filter((letter) => !output.includes(letter)).join("");
}

/** A letter that is not among those taken. */
export function freshLetter(taken: string): string {
  for (let position = 0; ; position += 1) {
    const letter = letterAt(position);
    if (!taken.includes(letter)) return letter;
  }
}

const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** a … z, then A … Z. */
function letterAt(position: number): string {
  const letter = alphabet[position];
  invariant(letter !== undefined, "a contraction has at most 52 axes");
  return letter;
}
