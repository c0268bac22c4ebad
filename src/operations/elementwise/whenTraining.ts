import type { OperationDefinition } from "../definition.ts";
import { functionNotation } from "../notation.ts";
import { stepByStep } from "./elementwise.ts";
import { operands, requireSameElement, requireSameShape, resultType } from "../typing.ts";

/**
 * What training sees is its meaning. Prediction is derived from another graph, in which its second operand has its place:
 * reading a network makes both, so no program has this operation in it.
 */
export const whenTraining: OperationDefinition<"whenTraining"> = {
  summary: "`whenTraining(a, b)`: a while training, b while predicting",
  infer: (types) => {
    const [a, b] = operands(types, 2);
    requireSameElement(a, b);
    requireSameShape(a, b);
    return resultType(types, a.shape, a.element);
  },
  adjoint: [
    // da = dy
    ({ dy }) => dy,
    // db = 0
    () => undefined,
  ],
  // ẏ = ȧ
  tangent: ({ tangents: [a] }) => a,
  overSteps: stepByStep,
  lowering: { kind: "element", element: ({ index, operand }) => operand(0, index) },
  notation: functionNotation("whenTraining"),
};
