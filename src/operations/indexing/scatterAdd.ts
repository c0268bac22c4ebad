import { formatShape, type Node, sameShape } from "../../graph/index.ts";
import { type OperationDefinition, type StepsContext, TypeProblem } from "../definition.ts";
import { functionNotation } from "../notation.ts";
import { at, operands, requireElement, resultType } from "../typing.ts";
import { axesOf } from "../views/axes.ts";

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
  overSteps: scatterOverSteps,
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

/** y[t, k, r…] = Σᵢ values[t, i, r…] where indices[t, i] = k: each step has a result of its own. */
function scatterOverSteps({ build, node, each }: StepsContext<"scatterAdd">): Node {
  const [indices, values] = [each(0), each(1)];
  const rank = indices.type.shape.length;
  const rest = values.type.shape.slice(rank);
  const shape = [...indices.type.shape, node.attributes.size, ...rest];
  const indexAxes = axesOf(indices.type.shape);
  const landsHere = build.apply(
    "equal",
    [build.broadcast(indices, shape, indexAxes), build.iota(shape, rank)],
    {},
  );
  const spread = build.broadcast(values, shape, [...indexAxes, ...rest.map((_, k) => rank + 1 + k)]);
  return build.sum(build.select(landsHere, spread, build.constantLike(0, spread)), indexAxes.slice(1));
}
