/** 0, 1, …, rank − 1 */
export function axesOf(shape: readonly number[]): readonly number[] {
  return shape.map((_, axis) => axis);
}

/** The same axes where there is one more before them. */
export function behindSteps(axes: readonly number[]): readonly number[] {
  return axes.map((axis) => axis + 1);
}

export function isStrictlyIncreasing(axes: readonly number[]): boolean {
  return axes.every((axis, k) => Number.isInteger(axis) && axis > (axes[k - 1] ?? -1));
}

export function isPermutation(order: readonly number[], rank: number): boolean {
  return (
    order.length === rank &&
    new Set(order).size === rank &&
    order.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < rank)
  );
}

/** `inverse[order[k]] = k` */
export function inversePermutation(order: readonly number[]): readonly number[] {
  return order.map((_, axis) => order.indexOf(axis));
}

/** The shape with one extent changed. */
export function withExtent(shape: readonly number[], axis: number, extent: number): readonly number[] {
  return shape.map((old, k) => (k === axis ? extent : old));
}
