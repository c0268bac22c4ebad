import { formatShape, sizeOf } from "../../graph/index.ts";
import { type OperationDefinition, TypeProblem } from "../definition.ts";
import { functionNotation } from "../notation.ts";
import { at, operands, resultType } from "../typing.ts";

export const reshape: OperationDefinition<"reshape"> = {
  summary: "`reshape(x, shape)`: the same elements in row-major order",
  infer: (types, { shape }) => {
    const [x] = operands(types, 1);
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      throw new TypeProblem(
        `a value of shape ${formatShape(x.shape)} has ${sizeOf(x.shape)} elements, but ${formatShape(shape)} holds ${sizeOf(shape)}`,
      );
    }
    return resultType(types, shape, x.element);
  },
  adjoint: [
    // dx = dy in the shape of x
    ({ build, node, dy }) => build.reshape(dy, at(node.inputs, 0).type.shape),
  ],
  tangent: ({ build, node, tangents: [t] }) => t && build.reshape(t, node.type.shape),
  overSteps: ({ build, node: { attributes }, steps, operand }) =>
    build.reshape(operand(0), [steps, ...attributes.shape]),
  lowering: { kind: "reshape" },
  notation: functionNotation("reshape"),
};
