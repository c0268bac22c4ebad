import { formatShape, sameShape } from "../../graph/index.ts";
import { type OperationDefinition, TypeProblem } from "../definition.ts";
import { functionNotation } from "../notation.ts";
import { at, operands, requireElement, resultType } from "../typing.ts";

export const scatterAdd: OperationDefinition<"scatterAdd"> = {
  summary: "rows added up at data-dependent places; the adjoint of gather",
  infer: (types, { size }) => {
    const [indices, values] = operands(types, 2);
    requireElement(indices, "integer");
    requireElement(values, "real");
    const rank = indices.shape.length;
    if (!sameShape(indices.shape, values.shape.slice(0, rank))) {
      throw new TypeProblem(
        `the operands are ${formatShape(indices.shape)} and ${formatShape(values.shape)}: there must be one row a place`,
      );
    }
    return resultType(types, [size, ...values.shape.slice(rank)], "real");
  },
  adjoint: [
    () => undefined,
    // dvalues[i] = dy[indices[i]]
    ({ build, node: { inputs }, dy }) => build.apply("gather", [dy, at(inputs, 0)], {}),
  ],
  tangent: ({ build, node: { inputs, attributes }, tangents: [, t] }) =>
    t && build.apply("scatterAdd", [at(inputs, 0), t], attributes),
  lowering: {
    kind: "scatter",
    values: 1,
    // y[indices[i…], r…] += values[i…, r…]
    place: ({ node: { inputs }, index, integer }) => {
      const rank = at(inputs, 0).type.shape.length;
      return [integer(0, index.slice(0, rank)), ...index.slice(rank)];
    },
  },
  notation: functionNotation("scatterAdd"),
};
