import type { Node } from "../../graph/index.ts";
import { scalarApply } from "../../program/index.ts";
import type { OperationDefinition } from "../definition.ts";
import { functionNotation } from "../notation.ts";
import { stepByStep } from "./elementwise.ts";
import { at, operands, requireElement, requireSameElement, requireSameShape, resultType } from "../typing.ts";

export const select: OperationDefinition<"select"> = {
  summary: "`where(condition, a, b)`: a where the condition holds, else b",
  infer: (types) => {
    const [condition, a, b] = operands(types, 3);
    requireElement(condition, "boolean");
    requireSameElement(a, b);
    requireSameShape(condition, a);
    requireSameShape(a, b);
    return resultType(types, a.shape, a.element);
  },
  adjoint: [
    () => undefined,
    // da = dy where c, else 0; a product with the mask would make NaN of 0 · ∞
    ({ build, node, dy }) => build.select(at(node.inputs, 0), dy, build.constantLike(0, dy)),
    // db = 0 where c, else dy
    ({ build, node, dy }) => build.select(at(node.inputs, 0), build.constantLike(0, dy), dy),
  ],
  // ẏ = ȧ where c, else ḃ
  tangent: ({ build, node, tangents: [, a, b] }) => {
    if (a === undefined && b === undefined) return undefined;
    const zero: Node = build.constant(0, node.type.shape);
    return build.select(at(node.inputs, 0), a ?? zero, b ?? zero);
  },
  overSteps: stepByStep,
  lowering: {
    kind: "element",
    element: ({ index, operand }) =>
      scalarApply("select", operand(0, index), operand(1, index), operand(2, index)),
  },
  notation: functionNotation("where"),
};
