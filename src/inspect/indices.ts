import type { Node, NodeOf } from "../graph/index.ts";
import { placeShown } from "../operations/index.ts";
import { addAffine, type Affine, affineConstant, scaleAffine, shiftAffine } from "../program/index.ts";
import { isAffineReshape } from "./share.ts";

/** Where an element is: 0-based indices, affine in index letters. */
export type Indices = readonly Affine[];

/** The letters that already mean something where a formula stands. */
export interface Scope {
  /** The sample that batched values are taken of. */
  readonly sample: string;
  readonly letters: readonly string[];
}

/** Where in the operand of a view an element of it lies; `undefined` if the operation is no such view. */
export function movedIndices(node: Node, at: Indices): Indices | undefined {
  const get = (axis: number): Affine => at[axis] ?? affineConstant(0);
  if (node.operation === "broadcast") return node.attributes.axes.map(get);
  if (node.operation === "permute") {
    const { order } = node.attributes;
    return order.map((_, axis) => get(order.indexOf(axis)));
  }
  if (node.operation === "slice") {
    const { starts, steps } = node.attributes;
    return starts.map((start, axis) => shiftAffine(scaleAffine(get(axis), steps[axis] ?? 1), start));
  }
  if (node.operation === "window") return placeShown(node.attributes, at);
  return node.operation === "reshape" ? reshapedIndices(node, at) : undefined;
}

function reshapedIndices(node: NodeOf<"reshape">, at: Indices): Indices | undefined {
  const from = node.inputs[0]?.type.shape ?? [];
  const to = node.type.shape;
  if (!isAffineReshape(from, to)) return undefined;
  const moving = at.filter((_, axis) => to[axis] !== 1);
  const longAxes = from.flatMap((extent, axis) => (extent === 1 ? [] : [axis]));
  if (longAxes.length === moving.length) {
    return from.map((_, axis) => moving[longAxes.indexOf(axis)] ?? affineConstant(0));
  }
  // A vector split into rows: the element's linear place.
  const place = to.reduce<Affine>(
    (linear, extent, axis) => addAffine(scaleAffine(linear, extent), at[axis] ?? affineConstant(0)),
    affineConstant(0),
  );
  return from.map((extent) => (extent === 1 ? affineConstant(0) : place));
}
