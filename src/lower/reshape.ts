import { type Affine, addAffine, affineConstant, scaleAffine } from "../program/index.ts";

/** The linear offset of an element in a row-major block. */
export function linearOffset(shape: readonly number[], index: readonly Affine[]): Affine {
  let offset = affineConstant(0);
  for (const [axis, at] of index.entries()) offset = addAffine(scaleAffine(offset, shape[axis] ?? 1), at);
  return offset;
}

/**
 * The index into `from` of the element that has `index` in `to`, a row-major reshape of it; `undefined` where that takes
 * a division. Axes are matched in groups of equal extent: a group may split one axis of `from` into several of `to`, but
 * not join several.
 */
export function splitIndex(
  to: readonly number[],
  from: readonly number[],
  index: readonly Affine[],
): readonly Affine[] | undefined {
  const result: Affine[] = [];
  let axis = 0;
  for (const extent of from) {
    let covered = 1;
    let at = affineConstant(0);
    while (covered < extent && axis < to.length) {
      const part = to[axis] ?? 1;
      at = addAffine(scaleAffine(at, part), index[axis] ?? affineConstant(0));
      covered *= part;
      axis += 1;
    }
    if (covered !== extent) return undefined;
    result.push(at);
  }
  return result;
}
