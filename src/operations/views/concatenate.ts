import { formatShape, type NodeOf, sameShape } from "../../graph/index.ts";
import { type Expression, scalarApply, shiftAffine } from "../../program/index.ts";
import { invariant } from "../../diagnostics/index.ts";
import { type ElementContext, type OperationDefinition, TypeProblem } from "../definition.ts";
import { functionNotation } from "../notation.ts";
import { at, requireSameElement, resultType } from "../typing.ts";
import { withExtent } from "./axes.ts";

export const concatenate: OperationDefinition<"concatenate"> = {
  summary: "`concat(a, b, …)`: values side by side along an axis",
  infer: (types, { axis }) => {
    const first = at(types, 0);
    if (axis < 0 || axis >= first.shape.length) {
      throw new TypeProblem(
        `a value of shape ${formatShape(first.shape)} has no dimension ${axis + 1} to concatenate along`,
      );
    }
    for (const type of types) {
      requireSameElement(first, type);
      const fits =
        type.shape.length === first.shape.length &&
        sameShape(withExtent(type.shape, axis, 0), withExtent(first.shape, axis, 0));
      if (!fits) {
        throw new TypeProblem(
          `the operands are ${types.map((each) => formatShape(each.shape)).join(" and ")}: they may differ in dimension ${axis + 1} only`,
        );
      }
    }
    const total = types.reduce((sum, type) => sum + at(type.shape, axis), 0);
    return resultType(types, withExtent(first.shape, axis, total), first.element);
  },
  // dxₖ = the part of dy that xₖ became
  adjoint: ({ build, node, dy }, operand) => {
    const { shape } = at(node.inputs, operand).type;
    return build.apply("slice", [dy], {
      starts: withExtent(
        shape.map(() => 0),
        node.attributes.axis,
        at(offsetsOf(node), operand),
      ),
      sizes: shape,
      steps: shape.map(() => 1),
    });
  },
  tangent: ({ build, node: { inputs, attributes }, tangents }) => {
    if (tangents.every((t) => t === undefined)) return undefined;
    const parts = inputs.map((x, k) => tangents[k] ?? build.constantLike(0, x));
    return build.apply("concatenate", parts, attributes);
  },
  overSteps: ({ build, node, each }) =>
    build.apply(
      "concatenate",
      node.inputs.map((_, operand) => each(operand)),
      { axis: node.attributes.axis + 1 },
    ),
  lowering: { kind: "element", element: chosenElement },
  notation: functionNotation("concat"),
};

/** Found once for a node, not once for each of what may be thousands of operands. */
const knownOffsets = new WeakMap<NodeOf<"concatenate">, readonly number[]>();

/** Where each operand begins along the axis. */
function offsetsOf(node: NodeOf<"concatenate">): readonly number[] {
  const known = knownOffsets.get(node);
  if (known !== undefined) return known;
  let offset = 0;
  const offsets = node.inputs.map((x) => {
    const start = offset;
    offset += at(x.type.shape, node.attributes.axis);
    return start;
  });
  knownOffsets.set(node, offsets);
  return offsets;
}

/** y[…, j, …] = x₀[…, j, …] if j lies in x₀, else x₁[…, j − n₀, …] if j lies in x₁, … */
function chosenElement({ node, index, operand }: ElementContext<"concatenate">): Expression {
  const { inputs } = node;
  const { axis } = node.attributes;
  const offsets = offsetsOf(node);
  const elementOf = (k: number): Expression =>
    operand(
      k,
      index.map((j, d) => (d === axis ? shiftAffine(j, -at(offsets, k)) : j)),
    );
  let result: Expression | undefined;
  for (let k = inputs.length - 1; k >= 0; k--) {
    const element = elementOf(k);
    const from = at(offsets, k);
    const to = from + at(at(inputs, k).type.shape, axis);
    const isHere: Expression = { kind: "inRange", value: at(index, axis), from, to, step: 1 };
    result = result ? scalarApply("select", isHere, element, result) : element;
  }
  invariant(result !== undefined, "a concatenation has operands");
  return result;
}
