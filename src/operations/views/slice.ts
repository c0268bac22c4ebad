import { formatShape } from "../../graph/index.ts";
import { addAffine, affineConstant, scaleAffine } from "../../program/index.ts";
import { type OperationDefinition, TypeProblem } from "../definition.ts";
import { specialNotation } from "../notation.ts";
import { at, operands, resultType } from "../typing.ts";

export const slice: OperationDefinition<"slice"> = {
  summary: "`x[from:step:to]`: evenly spaced elements along each axis",
  infer: (types, { starts, sizes, steps }) => {
    const [x] = operands(types, 1);
    const rank = x.shape.length;
    if (starts.length !== rank || sizes.length !== rank || steps.length !== rank) {
      throw new TypeProblem(`${starts.length} indices do not index a value of shape ${formatShape(x.shape)}`);
    }
    x.shape.forEach((extent, axis) => {
      const start = at(starts, axis);
      const last = start + (at(sizes, axis) - 1) * at(steps, axis);
      if (at(sizes, axis) < 1) throw new TypeProblem(`the range along dimension ${axis + 1} is empty`);
      if (at(steps, axis) === 0) throw new TypeProblem(`the range along dimension ${axis + 1} has step 0`);
      const outside = [start, last].find((place) => place < 0 || place >= extent);
      if (outside !== undefined) {
        throw new TypeProblem(
          `index ${outside + 1} is outside of 1 … ${extent}, the range of dimension ${axis + 1} of a value of shape ${formatShape(x.shape)}`,
        );
      }
    });
    return resultType(types, sizes, x.element);
  },
  adjoint: [
    // dx = dy where y was taken from, else 0
    ({ build, node: { inputs, attributes }, dy }) =>
      build.apply("pad", [dy], {
        shape: at(inputs, 0).type.shape,
        starts: attributes.starts,
        steps: attributes.steps,
      }),
  ],
  tangent: ({ build, node, tangents: [t] }) => t && build.apply("slice", [t], node.attributes),
  overSteps: ({ build, node: { attributes }, steps, operand }) =>
    build.apply("slice", [operand(0)], {
      starts: [0, ...attributes.starts],
      sizes: [steps, ...attributes.sizes],
      steps: [1, ...attributes.steps],
    }),
  lowering: {
    kind: "element",
    // y[i] = x[start + i · step]
    element: ({ node: { attributes }, index, operand }) =>
      operand(
        0,
        index.map((i, axis) =>
          addAffine(affineConstant(at(attributes.starts, axis)), scaleAffine(i, at(attributes.steps, axis))),
        ),
      ),
  },
  notation: specialNotation,
};
