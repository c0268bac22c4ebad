import { formatShape, type Node } from "../../graph/index.ts";
import { type OperationDefinition, type StepsContext, TypeProblem } from "../definition.ts";
import { functionNotation } from "../notation.ts";
import { at, operands, requireElement, resultType } from "../typing.ts";
import { axesOf } from "../views/axes.ts";

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
  overSteps: gatherOverSteps,
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

/**
 * A table that stays the same is looked up for all steps at once. One that changes with them has a row chosen of it where the
 * number of the row is the index: that takes as many comparisons as there are rows.
 */
function gatherOverSteps({ build, varies, operand, each }: StepsContext<"gather">): Node {
  if (!varies(0)) return build.apply("gather", [operand(0), operand(1)], {});
  const table = each(0); // [steps, rows, …rest]
  const indices = each(1); // [steps, …places]
  const rest = table.type.shape.slice(2);
  const shape = [...indices.type.shape, at(table.type.shape, 1), ...rest];
  const row = indices.type.shape.length;
  const isRow = build.apply(
    "equal",
    [build.broadcast(indices, shape, axesOf(indices.type.shape)), build.iota(shape, row)],
    {},
  );
  const restAxes = [row, ...rest.map((_, k) => row + 1 + k)];
  const rows = build.broadcast(table, shape, [0, ...restAxes]);
  return build.sum(build.select(isRow, rows, build.constantLike(0, rows)), [row]);
}
