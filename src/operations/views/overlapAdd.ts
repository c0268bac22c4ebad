import { formatShape, type NodeOf } from "../../graph/index.ts";
import { type OperationDefinition, TypeProblem } from "../definition.ts";
import { specialNotation } from "../notation.ts";
import { at, operands, requireElement, resultType } from "../typing.ts";
import { behindSteps } from "./axes.ts";
import { checkGeometry, placeShown, reachOf, windowCount } from "./window.ts";

export const overlapAdd: OperationDefinition<"overlapAdd"> = {
  summary: "windows put back where they were taken from, added up where they overlap; the adjoint of window",
  infer: (types, { axes, extents, strides, dilations }) => {
    const [x] = operands(types, 1);
    requireElement(x, "real");
    const rank = x.shape.length - axes.length;
    const positions = x.shape.slice(0, Math.max(0, rank));
    checkGeometry(positions, axes, [extents, strides, dilations]);
    const fits = axes.every(
      (axis, k) =>
        windowCount(at(extents, k), at(x.shape, rank + k), at(strides, k), at(dilations, k)) ===
        at(positions, axis),
    );
    if (!fits)
      throw new TypeProblem(
        `windows of shape ${formatShape(x.shape)} are not those of ${extents.join("×")} elements`,
      );
    const shape = positions.map((extent, axis) => extents[axes.indexOf(axis)] ?? extent);
    return resultType(types, shape, "real");
  },
  adjoint: [
    // dx = the windows of dy: dx[o, k] = dy[o·stride + k·dilation]
    ({ build, node, dy }) => build.apply("window", [dy], windowsOf(node)),
  ],
  tangent: ({ build, node, tangents: [t] }) => t && build.apply("overlapAdd", [t], node.attributes),
  overSteps: ({ build, node: { attributes }, operand }) =>
    build.apply("overlapAdd", [operand(0)], { ...attributes, axes: behindSteps(attributes.axes) }),
  lowering: {
    kind: "scatter",
    values: 0,
    place: ({ node, index }) => placeShown(node.attributes, index),
    isDisjoint,
  },
  notation: specialNotation,
};

/** The attributes of the window view that this is the adjoint of. */
function windowsOf({ inputs, attributes, type }: NodeOf<"overlapAdd">): NodeOf<"window">["attributes"] {
  const { axes, strides, dilations } = attributes;
  return { axes, sizes: at(inputs, 0).type.shape.slice(type.shape.length), strides, dilations };
}

/** Whether the windows lie side by side, as those of a pooling mostly do. */
function isDisjoint(node: NodeOf<"overlapAdd">): boolean {
  const { sizes, strides, dilations } = windowsOf(node);
  return sizes.every((size, k) => reachOf(size, at(dilations, k)) <= at(strides, k));
}
