import type { Tensor } from "@tensorflow/tfjs";
import type { NodeOf } from "../graph/index.ts";
import { at } from "./indexing.ts";
import type { TensorFlow } from "./tfjs-operations.ts";

/*
 * Windows in TensorFlow.js: along one axis, all windows end to end are rows chosen from it. `lead` is how many axes come
 * before those of one sample.
 */

/** The windows of x: chosen along one axis after another, then each axis cut into windows, whose elements go last. */
export function windows(tf: TensorFlow, node: NodeOf<"window">, x: Tensor, lead: number): Tensor {
  const { axes, sizes } = node.attributes;
  const endToEnd = axes.reduce<Tensor>((part, axis, k) => {
    const places = placesOf(node.attributes, k, at(node.type.shape, axis), at(sizes, k));
    return tf.gather(part, tf.tensor1d(places, "int32"), axis + lead);
  }, x);
  const rank = node.type.shape.length - axes.length;
  const { shape, order } = interleaved(node.type.shape, rank, axes);
  const cut = endToEnd.reshape([...x.shape.slice(0, lead), ...shape]);
  return tf.transpose(cut, withLead(inverse(order), lead));
}

/** Windows added up where they overlap: a product with the matrix that says where each element lands. */
export function overlapping(
  tf: TensorFlow,
  node: NodeOf<"overlapAdd">,
  x: Tensor,
  lead: number,
  alongAxis: (part: Tensor, axis: number, matrix: Tensor) => Tensor,
): Tensor {
  const { axes, extents } = node.attributes;
  const rank = node.type.shape.length;
  const own = x.shape.slice(lead);
  const { order } = interleaved(own, rank, axes);
  const joined = own.slice(0, rank).map((extent, axis) => {
    const k = axes.indexOf(axis);
    return k < 0 ? extent : extent * at(own, rank + k);
  });
  const endToEnd = tf.transpose(x, withLead(order, lead)).reshape([...x.shape.slice(0, lead), ...joined]);
  return axes.reduce<Tensor>((part, axis, k) => {
    const places = placesOf(node.attributes, k, at(own, axis), at(own, rank + k));
    return alongAxis(part, axis + lead, placement(tf, places, at(extents, k)));
  }, endToEnd);
}

/** The matrix that puts element i at `places[i]` of `extent`. `oneHot` of TensorFlow.js refuses an extent of 1. */
export function placement(tf: TensorFlow, places: readonly number[], extent: number): Tensor {
  const matrix = new Float32Array(places.length * extent);
  places.forEach((place, i) => (matrix[i * extent + place] = 1));
  return tf.tensor2d(matrix, [places.length, extent]);
}

/** What each element of all windows along axis number k shows, window after window. */
function placesOf(
  { strides, dilations }: { readonly strides: readonly number[]; readonly dilations: readonly number[] },
  k: number,
  count: number,
  size: number,
): number[] {
  return Array.from({ length: count }, (_, o) =>
    Array.from({ length: size }, (__, offset) => o * at(strides, k) + offset * at(dilations, k)),
  ).flat();
}

/** The axes of windows with those of their elements right behind those of their positions. */
function interleaved(
  shape: readonly number[],
  rank: number,
  axes: readonly number[],
): { readonly shape: number[]; readonly order: readonly number[] } {
  const order = shape.slice(0, rank).flatMap((_, axis) => {
    const k = axes.indexOf(axis);
    return k < 0 ? [axis] : [axis, rank + k];
  });
  return { shape: order.map((axis) => at(shape, axis)), order };
}

function inverse(order: readonly number[]): readonly number[] {
  return order.map((_, axis) => order.indexOf(axis));
}

function withLead(order: readonly number[], lead: number): number[] {
  return [...Array.from({ length: lead }, (_, axis) => axis), ...order.map((axis) => axis + lead)];
}
