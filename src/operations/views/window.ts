import { formatShape } from "../../graph/index.ts";
import { addAffine, type Affine, scaleAffine } from "../../program/index.ts";
import { type OperationDefinition, TypeProblem } from "../definition.ts";
import { specialNotation } from "../notation.ts";
import { at, operands, resultType } from "../typing.ts";
import { behindSteps, isStrictlyIncreasing } from "./axes.ts";

export const window: OperationDefinition<"window"> = {
  summary: "`window(x, sizes)`: for each place where a window fits, the elements in it",
  infer: (types, { axes, sizes, strides, dilations }) => {
    const [x] = operands(types, 1);
    checkGeometry(x.shape, axes, [sizes, strides, dilations]);
    const positions = x.shape.map((extent, axis) => {
      const k = axes.indexOf(axis);
      if (k < 0) return extent;
      const count = windowCount(extent, at(sizes, k), at(strides, k), at(dilations, k));
      if (count > 0) return count;
      throw new TypeProblem(
        `a window of ${reachOf(at(sizes, k), at(dilations, k))} elements does not fit into the ${extent} of dimension ${axis + 1} of a value of shape ${formatShape(x.shape)}`,
      );
    });
    return resultType(types, [...positions, ...sizes], x.element);
  },
  adjoint: [
    // dx[i] = Σ dy[o, k] over the o and k with o·stride + k·dilation = i
    ({ build, node: { inputs, attributes }, dy }) => {
      const { axes, strides, dilations } = attributes;
      const extents = axes.map((axis) => at(at(inputs, 0).type.shape, axis));
      return build.apply("overlapAdd", [dy], { axes, extents, strides, dilations });
    },
  ],
  tangent: ({ build, node, tangents: [t] }) => t && build.apply("window", [t], node.attributes),
  overSteps: ({ build, node: { attributes }, operand }) =>
    build.apply("window", [operand(0)], { ...attributes, axes: behindSteps(attributes.axes) }),
  lowering: {
    kind: "element",
    // y[…, o, …, k] = x[…, o·stride + k·dilation, …]
    element: ({ node, index, operand }) => operand(0, placeShown(node.attributes, index)),
  },
  notation: specialNotation,
};

/** How many elements a window spans, those between its own included. */
export function reachOf(size: number, dilation: number): number {
  return (size - 1) * dilation + 1;
}

/** At how many places a window fits; 0 if at none. */
export function windowCount(extent: number, size: number, stride: number, dilation: number): number {
  return Math.max(0, Math.floor((extent - reachOf(size, dilation)) / stride) + 1);
}

/** Where the element at `index` of a window view lies in what it shows. */
export function placeShown(
  geometry: {
    readonly axes: readonly number[];
    readonly strides: readonly number[];
    readonly dilations: readonly number[];
  },
  index: readonly Affine[],
): readonly Affine[] {
  const { axes, strides, dilations } = geometry;
  const rank = index.length - axes.length;
  return index.slice(0, rank).map((position, axis) => {
    const k = axes.indexOf(axis);
    if (k < 0) return position;
    const offset = at(index, rank + k);
    return addAffine(scaleAffine(position, at(strides, k)), scaleAffine(offset, at(dilations, k)));
  });
}

/** @throws {TypeProblem} unless each of some axes of `shape` has one positive whole number in each list. */
export function checkGeometry(
  shape: readonly number[],
  axes: readonly number[],
  lists: readonly (readonly number[])[],
): void {
  const fits =
    isStrictlyIncreasing(axes) &&
    axes.every((axis) => axis < shape.length) &&
    lists.every((list) => list.length === axes.length);
  if (!fits) {
    const asked = axes.map((axis) => axis + 1).join(", ");
    throw new TypeProblem(`a value of shape ${formatShape(shape)} has no windows along dimension ${asked}`);
  }
  const odd = lists.flat().find((number) => !Number.isInteger(number) || number < 1);
  if (odd !== undefined)
    throw new TypeProblem(`sizes, strides and dilations are positive whole numbers, and ${odd} is none`);
}
