import { formatShape, type Node, type NodeOf } from "../../graph/index.ts";
import type { Affine } from "../../program/index.ts";
import type { Builder } from "../build.ts";
import { type OperationDefinition, TypeProblem } from "../definition.ts";
import { specialNotation } from "../notation.ts";
import { at, operands, requireElement, resultType } from "../typing.ts";
import { axesOf, behindSteps, isStrictlyIncreasing } from "../views/axes.ts";

export const reduce: OperationDefinition<"reduce"> = {
  summary: "`sum`, `max`, `min`, `logSumExp`: over some axes, which vanish",
  infer: (types, { axes }) => {
    const [x] = operands(types, 1);
    requireElement(x, "real");
    if (!isStrictlyIncreasing(axes) || axes.some((axis) => axis >= x.shape.length)) {
      const asked = axes.map((axis) => axis + 1).join(", ");
      throw new TypeProblem(
        `a value of shape ${formatShape(x.shape)} has no dimension ${asked} to reduce over`,
      );
    }
    return resultType(
      types,
      x.shape.filter((_, axis) => !axes.includes(axis)),
      "real",
    );
  },
  adjoint: [
    ({ build, node, dy }) => {
      const [x, y] = [at(node.inputs, 0), node as Node]; // NodeOf<"reduce"> is a member of the union Node
      switch (node.attributes.kind) {
        case "sum": // dx = dy along the axes
          return spread(build, node, dy);
        case "logSumExp": // dx = dy · e^(x − y)
          return build.multiply(spread(build, node, dy), softmax(build, node, x, y));
        case "max":
        case "min": // dx = dy / (how many share the extremum) at the extremum, else 0
          return build.select(
            isExtremum(build, node, x, y),
            spread(build, node, build.divide(dy, countOfExtrema(build, node, x, y))),
            build.constantLike(0, x),
          );
      }
    },
  ],
  tangent: ({ build, node, tangents: [t] }) => {
    if (t === undefined) return undefined;
    const [x, y] = [at(node.inputs, 0), node as Node];
    const { kind, axes } = node.attributes;
    switch (kind) {
      case "sum": // ẏ = Σ ẋ
        return build.sum(t, axes);
      case "logSumExp": // ẏ = Σ ẋ · e^(x − y)
        return build.sum(build.multiply(t, softmax(build, node, x, y)), axes);
      case "max":
      case "min": // ẏ = the mean of ẋ over the places of the extremum
        return build.divide(
          build.sum(build.select(isExtremum(build, node, x, y), t, build.constantLike(0, x)), axes),
          countOfExtrema(build, node, x, y),
        );
    }
  },
  overSteps: ({ build, node: { attributes }, operand }) =>
    build.apply("reduce", [operand(0)], { ...attributes, axes: behindSteps(attributes.axes) }),
  lowering: {
    kind: "reduction",
    combine: ({ attributes: { kind } }) => combiners[kind],
    domain: ({ inputs, attributes }) => attributes.axes.map((axis) => at(at(inputs, 0).type.shape, axis)),
    element: ({ node, index, over, operand }) => operand(0, fullIndex(node, index, over)),
    expand: (build, node) =>
      node.attributes.kind === "logSumExp" ? stableLogSumExp(build, node) : undefined,
  },
  notation: specialNotation,
  convention:
    "where several elements share the maximum or minimum, each gets an equal part of the derivative",
};

/** logSumExp is rewritten before it is lowered; its entry is that of the sum inside. */
const combiners = { sum: "add", max: "maximum", min: "minimum", logSumExp: "add" } as const;

/** A value of y's shape, repeated along the reduced axes. */
function spread(build: Builder, { inputs, attributes }: NodeOf<"reduce">, value: Node): Node {
  const { shape } = at(inputs, 0).type;
  return build.broadcast(
    value,
    shape,
    axesOf(shape).filter((axis) => !attributes.axes.includes(axis)),
  );
}

/** e^(x − y) */
function softmax(build: Builder, node: NodeOf<"reduce">, x: Node, y: Node): Node {
  return build.apply("exp", [build.subtract(x, spread(build, node, y))], {});
}

function isExtremum(build: Builder, node: NodeOf<"reduce">, x: Node, y: Node): Node {
  return build.apply("equal", [x, spread(build, node, y)], {});
}

function countOfExtrema(build: Builder, node: NodeOf<"reduce">, x: Node, y: Node): Node {
  const ones = build.select(
    isExtremum(build, node, x, y),
    build.constantLike(1, x),
    build.constantLike(0, x),
  );
  return build.sum(ones, node.attributes.axes);
}

/** The index of x whose reduced axes are taken from `over`, the others from `index`. */
function fullIndex(
  { inputs, attributes }: NodeOf<"reduce">,
  index: readonly Affine[],
  over: readonly Affine[],
): readonly Affine[] {
  let kept = 0;
  let reduced = 0;
  return at(inputs, 0).type.shape.map((_, axis) =>
    attributes.axes.includes(axis) ? at(over, reduced++) : at(index, kept++),
  );
}

/**
 * m + log Σ e^(x − m) with m = max x, so that no exponential overflows. An infinite m would give ∞ − ∞, so it counts as 0:
 * then Σ e^x is 0 or ∞ and its logarithm −∞ or ∞, as it should be.
 */
function stableLogSumExp(build: Builder, node: NodeOf<"reduce">): Node {
  const x = at(node.inputs, 0);
  const { axes } = node.attributes;
  const maximum = build.apply("reduce", [x], { kind: "max", axes });
  const isFinite = build.apply(
    "less",
    [build.apply("abs", [maximum], {}), build.constantLike(Infinity, maximum)],
    {},
  );
  const shift = build.select(isFinite, maximum, build.constantLike(0, maximum));
  const exponentials = build.apply("exp", [build.subtract(x, spread(build, node, shift))], {});
  return build.add(shift, build.apply("log", [build.sum(exponentials, axes)], {}));
}
