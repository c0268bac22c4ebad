import { formatShape } from "../../graph/index.ts";
import { type OperationDefinition, TypeProblem } from "../definition.ts";
import { specialNotation } from "../notation.ts";
import { at, operands, resultType } from "../typing.ts";
import { axesOf, isStrictlyIncreasing, behindSteps } from "./axes.ts";

export const broadcast: OperationDefinition<"broadcast"> = {
  summary: "x repeated along new axes",
  infer: (types, { shape, axes }) => {
    const [x] = operands(types, 1);
    const fits =
      axes.length === x.shape.length &&
      isStrictlyIncreasing(axes) &&
      axes.every((axis, k) => shape[axis] === x.shape[k]);
    if (!fits) {
      throw new TypeProblem(
        `a value of shape ${formatShape(x.shape)} cannot be spread over ${formatShape(shape)}`,
      );
    }
    return resultType(types, shape, x.element);
  },
  adjoint: [
    // dx = Σ dy over the new axes
    ({ build, node, dy }) =>
      build.sum(
        dy,
        axesOf(node.type.shape).filter((axis) => !node.attributes.axes.includes(axis)),
      ),
  ],
  tangent: ({ build, node, tangents: [t] }) => t && build.apply("broadcast", [t], node.attributes),
  overSteps: ({ build, node: { attributes }, steps, operand }) =>
    build.apply("broadcast", [operand(0)], {
      shape: [steps, ...attributes.shape],
      axes: [0, ...behindSteps(attributes.axes)],
    }),
  lowering: {
    kind: "element",
    element: ({ node, index, operand }) =>
      operand(
        0,
        node.attributes.axes.map((axis) => at(index, axis)),
      ),
  },
  notation: specialNotation,
};
