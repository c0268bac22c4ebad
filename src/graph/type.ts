/**
 * What the elements of a tensor are. Integers are class labels and ids; they index, they are never differentiated.
 * Booleans come from comparisons and choose in `select`.
 */
export type ElementType = "real" | "integer" | "boolean";

/**
 * The type of a node: the shape of ONE sample, and whether the value varies over the batch.
 * A scalar has shape `[]`. Every extent is a positive integer known at compile time.
 */
export interface TensorType {
  readonly shape: readonly number[];
  readonly batched: boolean;
  readonly element: ElementType;
}

/** Number of elements of one sample; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** `4×2`, `3`, or `scalar`: how shapes are written in messages. */
export function formatShape(shape: readonly number[]): string {
  return shape.length === 0 ? "scalar" : shape.join("×");
}
