import type { Node } from "../../graph/index.ts";
import {
  type Factored,
  factoredOf,
  isBatchScale,
  isExtremeScale,
  isZero,
  scaledOf,
  sizeOfNode,
  splatOf,
  spread,
} from "../match.ts";
import { operand, operands, rule, type RuleContext } from "../rule.ts";

/*
 * Factors that are the same for every element and sample move out of linear operations, towards the sum over the
 * batch: 1/N and the 2 of a square then cost one multiplication a batch instead of one a sample. On the way outwards
 * factors meet, and merge or cancel.
 */

/**
 * A spread scalar of the whole batch as a multiple of one: then what remains of pad(s) and scatterAdd(i, s) is a
 * constant pattern, such as the one-hot vector of a label.
 */
function spreadScalarOf({ build, derivative }: RuleContext, x: Node): Factored | undefined {
  const scalar = derivative ? splatOf(build, x) : undefined;
  if (scalar === undefined || !isBatchScale(scalar) || isExtremeScale(scalar)) return undefined;
  return {
    isOrdinary: true,
    rest: build.constantLike(1, x),
    outside: (result) => build.multiply(spread(build, scalar, result.type.shape), result),
  };
}

/** L(f·x) = f·L(x) for the operand number `index` of a linear operation. */
function pullOut(node: Node, index: number, context: RuleContext): Node | undefined {
  const { build, derivative, shared } = context;
  const x = operand(node, index);
  if (node.operation === "pad" && node.attributes.value !== undefined) return undefined;
  const isPattern =
    node.operation === "pad" || node.operation === "scatterAdd" || node.operation === "overlapAdd";
  const factored = factoredOf(build, x) ?? (isPattern ? spreadScalarOf(context, x) : undefined);
  if (factored === undefined) return undefined;
  // ∞ · 0 would put NaN where the view puts 0.
  if (isPattern && !factored.isOrdinary) return undefined;
  // Among the user's own formulas only where it saves work.
  const saves = node.operation === "batchReduce" || (sizeOfNode(node) < sizeOfNode(x) && !shared(x));
  if (!derivative && !saves) return undefined;
  const inputs = node.inputs.map((input, k) => (k === index ? factored.rest : input));
  if (node.operation === "batchReduce" && !factored.rest.type.batched) return undefined;
  return factored.outside(build.apply(node.operation, inputs, node.attributes));
}

export const linearRules = [
  rule({
    name: "factor out of a contraction",
    holds: "real",
    operations: ["einsum"],
    statement: "(s·A)·B = s·(A·B), A·(s·B) = s·(A·B)",
    apply: (node, context) => pullOut(node, 0, context) ?? pullOut(node, 1, context),
  }),
  rule({
    name: "factor out of a sum",
    holds: "real",
    operations: ["reduce"],
    statement: "Σ s·x = s·Σ x, Σ −x = −Σ x, Σ x/s = (Σ x)/s",
    apply: (node, context) => (node.attributes.kind === "sum" ? pullOut(node, 0, context) : undefined),
  }),
  rule({
    name: "factor out of a batch reduction",
    holds: "real",
    operations: ["batchReduce"],
    statement: "Σₙ s·x = s·Σₙ x, Σₙ −x = −Σₙ x, and so for the mean",
    apply: (node, context) => pullOut(node, 0, context),
  }),
  rule({
    name: "factor out of a view",
    holds: "real",
    operations: ["permute", "reshape", "slice", "pad", "window", "gather"],
    statement:
      "view(s·x) = s·view(x) for permute, reshape, slice, pad with zeros, window and gather; pad(s) = s·pad(1)",
    apply: (node, context) => pullOut(node, 0, context),
  }),
  rule({
    name: "factor out of a scatter",
    holds: "real",
    operations: ["scatterAdd", "overlapAdd"],
    statement:
      "scatterAdd(i, s·v) = s·scatterAdd(i, v), scatterAdd(i, s) = s·scatterAdd(i, 1), and so for overlapAdd",
    apply: (node, context) => pullOut(node, node.operation === "scatterAdd" ? 1 : 0, context),
  }),
  rule({
    name: "factor out of a product",
    holds: "real",
    operations: ["multiply"],
    statement: "(s·a)·b = s·(a·b), (a/s)·b = (a·b)/s",
    derivativeOnly: true,
    apply: (node, { build }) => {
      if (scaledOf(build, node) !== undefined) return undefined;
      const [a, b] = operands(node);
      // A factor that is one number already merges or stays by rules of its own.
      if (splatOf(build, a) !== undefined || splatOf(build, b) !== undefined) return undefined;
      const left = factoredOf(build, a);
      if (left !== undefined) return left.outside(build.multiply(left.rest, b));
      const right = factoredOf(build, b);
      return right && right.outside(build.multiply(a, right.rest));
    },
  }),
  rule({
    name: "factor out of a quotient",
    holds: "real",
    operations: ["divide"],
    statement: "(s·a)/b = s·(a/b)",
    derivativeOnly: true,
    apply: (node, { build }) => {
      const [a, b] = operands(node);
      if (splatOf(build, a) !== undefined || splatOf(build, b) !== undefined) return undefined;
      const numerator = factoredOf(build, a);
      return numerator && numerator.outside(build.divide(numerator.rest, b));
    },
  }),
  rule({
    name: "factor out of a choice",
    holds: "real", // s·0 may be −0
    derivativeOnly: true,
    operations: ["select"],
    statement: "where(c, s·a, 0) = s·where(c, a, 0) for a finite s, and so for 0 in the other place",
    apply: (node, context) => {
      const { build } = context;
      if (node.type.element !== "real") return undefined;
      const [condition, a, b] = [operand(node, 0), operand(node, 1), operand(node, 2)];
      const chosen = isZero(b) ? a : isZero(a) ? b : undefined;
      if (chosen === undefined) return undefined;
      const factored = factoredOf(build, chosen) ?? spreadScalarOf(context, chosen);
      // A factor that may be ∞ stays inside: where(w > 0, x/w, 0) is there to keep it out.
      if (factored?.isOrdinary !== true) return undefined;
      const inside = chosen === a ? [factored.rest, b] : [a, factored.rest];
      return factored.outside(build.apply("select", [condition, ...inside], {}));
    },
  }),
];
