import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addAffine,
  type Affine,
  affineAtom,
  affineConstant,
  affineKey,
  affineVariable,
  constantOf,
  sameAffine,
  scaleAffine,
  shiftAffine,
  subtractAffine,
} from "../../src/program/index.ts";

const [i, j] = [affineVariable("i"), affineVariable("j")];

describe("affine indices", () => {
  it("fold terms of the same variable and drop those that vanish", () => {
    const sum = addAffine(i, scaleAffine(j, 2), affineConstant(3), i);
    expect(affineKey(sum)).toBe("3+2*i+2*j");
    expect(subtractAffine(sum, scaleAffine(i, 2)).terms.map(({ coefficient }) => coefficient)).toEqual([2]);
    expect(constantOf(subtractAffine(i, i))).toBe(0);
    expect(constantOf(i)).toBeUndefined();
  });

  it("know data-dependent indices by their place", () => {
    const element = (offset: Affine): Affine => affineAtom({ kind: "element", buffer: "ids", offset });
    expect(constantOf(subtractAffine(element(i), element(i)))).toBe(0);
    expect(sameAffine(element(i), element(j))).toBe(false);
    expect(sameAffine(element(addAffine(i, j)), element(addAffine(j, i)))).toBe(true);
  });

  it("never hold a negative zero", () => {
    expect(scaleAffine(i, -1).constant).toBe(0);
    expect(scaleAffine(affineConstant(5), 0).constant).toBe(0);
  });

  it("compute what the numbers do", () => {
    const small = fc.integer({ min: -50, max: 50 });
    const affine = fc
      .tuple(small, small, small)
      .map(([c, a, b]) => addAffine(affineConstant(c), scaleAffine(i, a), scaleAffine(j, b)));
    const valueAt = (each: Affine, [x, y]: readonly [number, number]): number =>
      each.terms.reduce(
        (sum, { coefficient, atom }) =>
          sum + coefficient * (atom.kind === "variable" && atom.name === "i" ? x : y),
        each.constant,
      );
    fc.assert(
      fc.property(affine, affine, small, fc.tuple(small, small), (a, b, factor, place) => {
        const [va, vb] = [valueAt(a, place), valueAt(b, place)];
        expect(valueAt(addAffine(a, b), place)).toBe(va + vb);
        expect(valueAt(subtractAffine(a, b), place)).toBe(va - vb);
        expect(valueAt(shiftAffine(a, factor), place)).toBe(va + factor);
        expect(valueAt(scaleAffine(a, factor), place)).toBe(factor === 0 ? 0 : va * factor + 0);
        expect(sameAffine(addAffine(a, b), addAffine(b, a))).toBe(true);
      }),
      { seed: 1 },
    );
  });
});
