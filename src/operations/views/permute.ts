import { formatShape } from "../../graph/index.ts";
import { type OperationDefinition, TypeProblem } from "../definition.ts";
import { specialNotation } from "../notation.ts";
import { at, operands, resultType } from "../typing.ts";
import { inversePermutation, isPermutation, behindSteps } from "./axes.ts";

export const permute: OperationDefinition<"permute"> = {
  summary: "`x'` and its kin: x with its axes in another order",
  infer: (types, { order }) => {
    const [x] = operands(types, 1);
    if (!isPermutation(order, x.shape.length)) {
      throw new TypeProblem(
        `(${order.join(", ")}) does not order the axes of a value of shape ${formatShape(x.shape)}`,
      );
    }
    return resultType(
      types,
      order.map((axis) => at(x.shape, axis)),
      x.element,
    );
  },
  adjoint: [
    // dx = dy with its axes put back
    ({ build, node, dy }) =>
      build.apply("permute", [dy], { order: inversePermutation(node.attributes.order) }),
  ],
  tangent: ({ build, node, tangents: [t] }) => t && build.apply("permute", [t], node.attributes),
  overSteps: ({ build, node: { attributes }, operand }) =>
    build.apply("permute", [operand(0)], { order: [0, ...behindSteps(attributes.order)] }),
  lowering: {
    kind: "element",
    // y[i₀, i₁, …] = x[…], where index k of y is index order[k] of x
    element: ({ node, index, operand }) =>
      operand(
        0,
        inversePermutation(node.attributes.order).map((axis) => at(index, axis)),
      ),
  },
  notation: specialNotation,
};
