import type { OperationDefinition } from "../definition.ts";
import { functionNotation } from "../notation.ts";
import { operands } from "../typing.ts";
import { stepByStep } from "./elementwise.ts";

export const stopGradient: OperationDefinition<"stopGradient"> = {
  summary: "`stopGradient(x)`: x, held constant",
  infer: (types) => operands(types, 1)[0],
  // dx = 0
  adjoint: [() => undefined],
  tangent: () => undefined,
  overSteps: stepByStep,
  lowering: { kind: "element", element: ({ index, operand }) => operand(0, index) },
  notation: functionNotation("stopGradient"),
  convention: "the derivative of stopGradient(x) is 0",
};
