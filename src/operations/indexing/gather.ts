import { formatShape } from "../../graph/index.ts";
import { type OperationDefinition, TypeProblem } from "../definition.ts";
import { functionNotation } from "../notation.ts";
import { at, operands, requireElement, resultType } from "../typing.ts";

export const gather: OperationDefinition<"gather"> = {
  summary: "`gather(table, k)`: row k of the table, for each index k",
  infer: (types) => {
    const [table, indices] = operands(types, 2);
    requireElement(indices, "integer");
    if (table.shape.length === 0) throw new TypeProblem("a scalar has no rows to look up");
    if (table.element !== "real")
      throw new TypeProblem(`the table of shape ${formatShape(table.shape)} must hold real numbers`);
    return resultType(types, [...indices.shape, ...table.shape.slice(1)], "real");
  },
  adjoint: [
    // dtable[k] = Σ dy[i] over the i with indices[i] = k
    ({ build, node: { inputs }, dy }) =>
      build.apply("scatterAdd", [at(inputs, 1), dy], { size: at(at(inputs, 0).type.shape, 0) }),
    () => undefined,
  ],
  tangent: ({ build, node: { inputs }, tangents: [t] }) => t && build.apply("gather", [t, at(inputs, 1)], {}),
  lowering: {
    kind: "element",
    // y[i…, r…] = table[indices[i…], r…]
    element: ({ node: { inputs }, index, operand, integer }) => {
      const rank = at(inputs, 1).type.shape.length;
      return operand(0, [integer(1, index.slice(0, rank)), ...index.slice(rank)]);
    },
  },
  notation: functionNotation("gather"),
};
