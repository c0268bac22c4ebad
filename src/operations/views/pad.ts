import { invariant } from "../../diagnostics/index.ts";
import { formatShape, type Node, type NodeOf } from "../../graph/index.ts";
import {
  type Affine,
  type Expression,
  scalarApply,
  scalarNumber,
  scaleAffine,
  shiftAffine,
} from "../../program/index.ts";
import type { Builder } from "../build.ts";
import { type ElementContext, type OperationDefinition, TypeProblem } from "../definition.ts";
import { functionNotation } from "../notation.ts";
import { at, operands, requireElement, resultType } from "../typing.ts";
import { withExtent } from "./axes.ts";

export const pad: OperationDefinition<"pad"> = {
  summary: "x placed into zeros or another number, evenly spaced along each axis; the adjoint of a slice",
  infer: (types, { shape, starts, steps, value }) => {
    const [x] = operands(types, 1);
    requireElement(x, "real");
    invariant(
      value === undefined || (!Object.is(value, 0) && steps.every((step) => step === 1)),
      "a padding with another number than 0 has no gaps",
    );
    const rank = x.shape.length;
    const fits =
      [shape.length, starts.length, steps.length].every((length) => length === rank) &&
      x.shape.every((extent, axis) => {
        const start = at(starts, axis);
        const last = start + (extent - 1) * at(steps, axis);
        return at(steps, axis) !== 0 && [start, last].every((place) => place >= 0 && place < at(shape, axis));
      });
    if (!fits)
      throw new TypeProblem(
        `a value of shape ${formatShape(x.shape)} does not fit into ${formatShape(shape)} there`,
      );
    return resultType(types, shape, "real");
  },
  adjoint: [
    // dx = dy at the places of x
    ({ build, node: { inputs, attributes }, dy }) =>
      build.apply("slice", [dy], {
        starts: attributes.starts,
        sizes: at(inputs, 0).type.shape,
        steps: attributes.steps,
      }),
  ],
  tangent: ({ build, node: { attributes }, tangents: [t] }) => {
    const { shape, starts, steps } = attributes;
    return t && build.apply("pad", [t], { shape, starts, steps });
  },
  overSteps: ({ build, node: { attributes }, steps, operand }) =>
    build.apply("pad", [operand(0)], {
      ...attributes,
      shape: [steps, ...attributes.shape],
      starts: [0, ...attributes.starts],
      steps: [1, ...attributes.steps],
    }),
  lowering: { kind: "element", element: placedElement, expand: spreadApart },
  notation: functionNotation("pad"),
};

/** y[j] = x[±(j − start)] if that is an element of x, else the padding's value. */
function placedElement({ node, index, operand }: ElementContext<"pad">): Expression {
  const { shape, starts, steps, value = 0 } = node.attributes;
  const extents = at(node.inputs, 0).type.shape;
  const conditions: Expression[] = [];
  const source = index.map((j, axis): Affine => {
    const [start, step, extent] = [at(starts, axis), at(steps, axis), at(extents, axis)];
    invariant(Math.abs(step) === 1, "a pad with gaps is expanded before it is lowered");
    const from = Math.min(start, start + step * (extent - 1));
    if (extent !== at(shape, axis)) {
      conditions.push({ kind: "inRange", value: j, from, to: from + extent, step: 1 });
    }
    return scaleAffine(shiftAffine(j, -start), step);
  });
  const element = operand(0, source);
  const inside = conditions.reduce<Expression | undefined>(
    (all, next) => (all ? scalarApply("and", all, next) : next),
    undefined,
  );
  return inside ? scalarApply("select", inside, element, scalarNumber(value)) : element;
}

/**
 * Steps beyond ±1 by steps of 1: an element of x gets s − 1 zeros behind it by being the first in a row of s, and the
 * rows are joined. Indices stay affine that way, with whole coefficients.
 */
function spreadApart(build: Builder, node: NodeOf<"pad">): Node | undefined {
  const { shape, starts, steps } = node.attributes;
  if (steps.every((step) => Math.abs(step) === 1)) return undefined;
  let x = at(node.inputs, 0);
  for (const axis of shape.keys()) x = interleaveZeros(build, x, axis, Math.abs(at(steps, axis)));
  return build.apply("pad", [x], { shape, starts, steps: steps.map(Math.sign) });
}

/** x[0], 0, …, 0, x[1], 0, …, 0, x[n − 1] along one axis, with `spacing` − 1 zeros between neighbours. */
function interleaveZeros(build: Builder, x: Node, axis: number, spacing: number): Node {
  if (spacing === 1) return x;
  const { shape } = x.type;
  const extent = at(shape, axis);
  const columns = [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)];
  const rows = build.apply("pad", [build.reshape(x, columns)], {
    shape: withExtent(columns, axis + 1, spacing),
    starts: columns.map(() => 0),
    steps: columns.map(() => 1),
  });
  return build.apply("slice", [build.reshape(rows, withExtent(shape, axis, extent * spacing))], {
    starts: shape.map(() => 0),
    sizes: withExtent(shape, axis, (extent - 1) * spacing + 1),
    steps: shape.map(() => 1),
  });
}
