import { type OperationDefinition, TypeProblem } from "../definition.ts";
import { specialNotation } from "../notation.ts";
import { operands, requireElement } from "../typing.ts";

export const batchReduce: OperationDefinition<"batchReduce"> = {
  summary: "`batchSum(x)`, `batchMean(x)`: over the samples of the batch",
  infer: (types) => {
    const [x] = operands(types, 1);
    requireElement(x, "real");
    if (!x.batched)
      throw new TypeProblem(
        "the operand is the same for every sample, so there is nothing to reduce over the batch",
      );
    return { ...x, batched: false };
  },
  adjoint: [
    // dxₙ = dy for a sum, dy / N for a mean: the same for every sample n
    ({ build, node, dy }) =>
      node.attributes.kind === "sum" ? dy : build.divide(dy, build.fill(build.batchSize(), dy.type.shape)),
  ],
  // ẏ = Σ ẋₙ, or their mean
  tangent: ({ build, node, tangents: [t] }) =>
    t && (node.attributes.kind === "sum" ? build.batchSum(t) : build.batchMean(t)),
  // The operand may turn out to be the same for every sample, once it is known what the step is given.
  overSteps: ({ build, node: { attributes }, operand }) =>
    attributes.kind === "sum" ? build.batchSum(operand(0)) : build.batchMean(operand(0)),
  lowering: { kind: "batchReduction" },
  notation: specialNotation,
};
