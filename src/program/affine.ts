import type { Affine, AffineTerm, IndexAtom } from "./program.ts";

/*
 * Arithmetic of affine index expressions. Terms over the same atom are folded into one and vanish when their
 * coefficient does, so that equal indices print alike; terms keep the order of their first appearance.
 */

export function affineConstant(constant: number): Affine {
  return { constant, terms: [] };
}

export function affineVariable(name: string): Affine {
  return affineAtom({ kind: "variable", name });
}

export function affineAtom(atom: IndexAtom): Affine {
  return { constant: 0, terms: [{ coefficient: 1, atom }] };
}

export function addAffine(...summands: readonly Affine[]): Affine {
  let constant = 0;
  const folded = new Map<string, AffineTerm>();
  for (const summand of summands) {
    constant += summand.constant;
    for (const { coefficient, atom } of summand.terms) {
      const key = atomKey(atom);
      folded.set(key, { coefficient: coefficient + (folded.get(key)?.coefficient ?? 0), atom });
    }
  }
  return { constant, terms: [...folded.values()].filter((term) => term.coefficient !== 0) };
}

export function scaleAffine(affine: Affine, factor: number): Affine {
  if (factor === 0) return affineConstant(0);
  if (factor === 1) return affine;
  return {
    constant: affine.constant === 0 ? 0 : affine.constant * factor, // never −0
    terms: affine.terms.map(({ coefficient, atom }) => ({ coefficient: coefficient * factor, atom })),
  };
}

export function subtractAffine(a: Affine, b: Affine): Affine {
  return addAffine(a, scaleAffine(b, -1));
}

export function shiftAffine(affine: Affine, distance: number): Affine {
  return distance === 0 ? affine : { constant: affine.constant + distance, terms: affine.terms };
}

/** The value where it does not depend on any atom. */
export function constantOf(affine: Affine): number | undefined {
  return affine.terms.length === 0 ? affine.constant : undefined;
}

export function sameAffine(a: Affine, b: Affine): boolean {
  return affineKey(a) === affineKey(b);
}

/** A text that two affine expressions share exactly when they are equal up to the order of their terms. */
export function affineKey(affine: Affine): string {
  const terms = affine.terms.map(({ coefficient, atom }) => `${coefficient}*${atomKey(atom)}`);
  return [affine.constant, ...terms.sort()].join("+");
}

/** A text that accesses to one element share. */
export function accessKey(buffer: string, offset: Affine): string {
  return `${buffer}[${affineKey(offset)}]`;
}

function atomKey(atom: IndexAtom): string {
  return atom.kind === "variable" ? atom.name : accessKey(atom.buffer, atom.offset);
}
