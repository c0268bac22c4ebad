import { type Node, sizeOf } from "../../graph/index.ts";
import type { Builder } from "../../operations/index.ts";
import {
  areOpposite,
  constantOf,
  factorsOf,
  isConstant,
  isReduction,
  negatedOf,
  otherAxes,
  squareOf,
} from "../match.ts";
import { operand, operands, rule } from "../rule.ts";

/*
 * Formulas that lose all precision or overflow as written, brought into the form that does not. Applied before
 * differentiating, so that the derivatives are of the stable form. Never does a rule add an ε.
 */

function isView(node: Node): boolean {
  return ["broadcast", "permute", "reshape", "slice", "gather"].includes(node.operation);
}

/** The same view of another operand. */
function sameView(build: Builder, view: Node, x: Node): Node {
  return build.apply(view.operation, [x, ...view.inputs.slice(1)], view.attributes);
}

/**
 * f below a chain of views: the node that is viewed, and how to see another node through the same views. The chain is
 * as long as the user wrote it, so this is a loop.
 */
function throughViews(node: Node): { readonly viewed: Node; readonly views: readonly Node[] } {
  const views: Node[] = [];
  let viewed = node;
  while (isView(viewed)) {
    views.push(viewed);
    viewed = operand(viewed, 0);
  }
  return { viewed, views };
}

function seenThrough(build: Builder, x: Node, views: readonly Node[]): Node {
  return views.reduceRight((each, view) => sameView(build, view, each), x);
}

/** a / broadcast(Σ a) along the summed axes: the sum and what is summed. */
function normalisedOf(
  node: Node,
): { readonly numerator: Node; readonly sum: Node; readonly spread: Node } | undefined {
  if (node.operation !== "divide") return undefined;
  const [numerator, spread] = operands(node);
  const sum = spread.operation === "broadcast" ? operand(spread, 0) : spread;
  if (!isReduction(sum, "sum") || operand(sum, 0) !== numerator) return undefined;
  const kept = otherAxes(numerator.type.shape.length, sum.attributes.axes);
  const axes = spread.operation === "broadcast" ? spread.attributes.axes : [];
  return kept.length === axes.length && kept.every((axis, k) => axis === axes[k])
    ? { numerator, sum, spread }
    : undefined;
}

/** `node` = 1 − x: x. */
function complementOf(node: Node): Node | undefined {
  return node.operation === "subtract" && isConstant(operand(node, 0), 1) ? operand(node, 1) : undefined;
}

/** The other term of a sum that has the constant `value` as a term. */
function otherTerm(node: Node, value: number): Node | undefined {
  if (node.operation !== "add") return undefined;
  const [a, b] = operands(node);
  return isConstant(a, value) ? b : isConstant(b, value) ? a : undefined;
}

/** Σ x / n, the mean of x over axes: x and the node of the sum. */
function meanOf(node: Node): { readonly x: Node; readonly axes: readonly number[] | "batch" } | undefined {
  if (node.operation === "batchReduce") {
    return node.attributes.kind === "mean" ? { x: operand(node, 0), axes: "batch" } : undefined;
  }
  let sum: Node | undefined;
  let count: number | undefined;
  if (node.operation === "divide") {
    sum = operand(node, 0);
    count = constantOf(operand(node, 1));
  }
  for (const [a, b] of factorsOf(node)) {
    const factor = constantOf(a);
    if (factor === undefined) continue;
    sum = b;
    count = 1 / factor;
  }
  if (sum === undefined || !isReduction(sum, "sum")) return undefined;
  const x = operand(sum, 0);
  const { axes } = sum.attributes;
  return count === sizeOf(axes.map((axis) => x.type.shape[axis] ?? 1)) ? { x, axes } : undefined;
}

function softplus(build: Builder, x: Node): Node {
  return build.apply("softplus", [x], {});
}

export const stabiliseRules = [
  rule({
    name: "softmax from exponentials",
    holds: "real",
    operations: ["divide"],
    statement: "eˣ/Σ eˣ = e^(x − logSumExp(x))",
    apply: (node, { build }) => {
      const match = normalisedOf(node);
      if (match?.numerator.operation !== "exp" || !isReduction(match.sum, "sum")) return undefined;
      const x = operand(match.numerator, 0);
      const total = build.apply("reduce", [x], { kind: "logSumExp", axes: match.sum.attributes.axes });
      const spread = match.spread === match.sum ? total : sameView(build, match.spread, total);
      return build.apply("exp", [build.subtract(x, spread)], {});
    },
  }),
  rule({
    name: "logarithm of a sum of exponentials",
    holds: "real",
    operations: ["log"],
    statement: "log Σ eˣ = logSumExp(x)",
    apply: (node, { build }) => {
      const sum = operand(node, 0);
      if (!isReduction(sum, "sum")) return undefined;
      const exponential = operand(sum, 0);
      if (exponential.operation !== "exp") return undefined;
      return build.apply("reduce", [operand(exponential, 0)], {
        kind: "logSumExp",
        axes: sum.attributes.axes,
      });
    },
  }),
  rule({
    name: "logarithm of a view",
    holds: "real",
    operations: ["log"],
    statement:
      "log(view(eˣ)) = view(x), log(view(σ(x))) = view(log σ(x)) for slices, gathers, reshapes and their like",
    apply: (node, { build }) => {
      const { viewed, views } = throughViews(operand(node, 0));
      if (views.length === 0) return undefined;
      if (viewed.operation === "exp") return seenThrough(build, operand(viewed, 0), views);
      if (viewed.operation !== "sigmoid") return undefined;
      return build.apply(
        "log",
        [build.apply("sigmoid", [seenThrough(build, operand(viewed, 0), views)], {})],
        {},
      );
    },
  }),
  rule({
    name: "logarithm of a sigmoid",
    holds: "real",
    operations: ["log"],
    statement: "log σ(x) = −softplus(−x)",
    apply: (node, { build }) => {
      const y = operand(node, 0);
      return y.operation === "sigmoid"
        ? build.negate(softplus(build, build.negate(operand(y, 0))))
        : undefined;
    },
  }),
  rule({
    name: "logarithm of a sigmoid's complement",
    holds: "real",
    operations: ["log"],
    statement: "log(1 − σ(x)) = −softplus(x)",
    apply: (node, { build }) => {
      const { viewed, views } = throughViews(complementOf(operand(node, 0)) ?? node);
      if (viewed.operation !== "sigmoid") return undefined;
      return build.negate(softplus(build, seenThrough(build, operand(viewed, 0), views)));
    },
  }),
  rule({
    name: "log1p of a negative sigmoid",
    holds: "real",
    operations: ["log1p"],
    statement: "log1p(−σ(x)) = −softplus(x)",
    apply: (node, { build }) => {
      const y = negatedOf(build, operand(node, 0));
      return y?.operation === "sigmoid" ? build.negate(softplus(build, operand(y, 0))) : undefined;
    },
  }),
  rule({
    name: "cross-entropy of a sigmoid",
    holds: "real",
    operations: ["add"],
    statement: "t·softplus(−x) + (1 − t)·softplus(x) = softplus(x) − t·x",
    apply: (node, { build }) => {
      const [left, right] = operands(node);
      for (const [first, second] of [
        [left, right],
        [right, left],
      ] as const) {
        for (const [t, p] of factorsOf(first)) {
          for (const [u, q] of factorsOf(second)) {
            if (p.operation !== "softplus" || q.operation !== "softplus" || complementOf(u) !== t) continue;
            const [minusX, x] = [operand(p, 0), operand(q, 0)];
            // softplus(−x) = softplus(x) − x, so the softplus that belongs to 1 − t stays.
            if (!areOpposite(minusX, x)) continue;
            return build.subtract(softplus(build, x), build.multiply(t, x));
          }
        }
      }
      return undefined;
    },
  }),
  rule({
    name: "softplus from logarithm and exponential",
    holds: "real",
    operations: ["log", "log1p"],
    statement: "log(1 + eˣ) = log1p(eˣ) = softplus(x)",
    apply: (node, { build }) => {
      const x = node.operation === "log1p" ? operand(node, 0) : otherTerm(operand(node, 0), 1);
      return x?.operation === "exp" ? softplus(build, operand(x, 0)) : undefined;
    },
  }),
  rule({
    name: "log1p",
    holds: "real",
    operations: ["log"],
    statement: "log(1 + x) = log1p(x), log(1 − x) = log1p(−x)",
    apply: (node, { build }) => {
      const sum = operand(node, 0);
      const complement = complementOf(sum);
      const x = complement === undefined ? otherTerm(sum, 1) : build.negate(complement);
      return x && constantOf(x) === undefined ? build.apply("log1p", [x], {}) : undefined;
    },
  }),
  rule({
    name: "expm1",
    holds: "real",
    operations: ["subtract", "add"],
    statement: "eˣ − 1 = eˣ + (−1) = expm1(x), 1 − eˣ = −expm1(x)",
    apply: (node, { build }) => {
      const complement = complementOf(node);
      const [a, b] = operands(node);
      const less = node.operation === "add" ? otherTerm(node, -1) : isConstant(b, 1) ? a : undefined;
      const e = complement ?? less;
      if (e?.operation !== "exp") return undefined;
      const result = build.apply("expm1", [operand(e, 0)], {});
      return complement === undefined ? result : build.negate(result);
    },
  }),
  rule({
    name: "sigmoid from exponentials",
    holds: "real",
    operations: ["divide"],
    statement: "1/(1 + e⁻ˣ) = σ(x), eˣ/(1 + eˣ) = σ(x)",
    apply: (node, { build }) => {
      const [a, b] = operands(node);
      const e = otherTerm(b, 1);
      if (e?.operation !== "exp") return undefined;
      const x = operand(e, 0);
      if (a === e) return build.apply("sigmoid", [x], {});
      return isConstant(a, 1) ? build.apply("sigmoid", [build.negate(x)], {}) : undefined;
    },
  }),
  rule({
    name: "complement of a sigmoid",
    holds: "real",
    operations: ["subtract"],
    statement: "1 − σ(x) = σ(−x), where nothing else needs σ(x)",
    apply: (node, { build, shared }) => {
      const y = complementOf(node);
      if (y?.operation !== "sigmoid" || shared(y)) return undefined;
      return build.apply("sigmoid", [build.negate(operand(y, 0))], {});
    },
  }),
  rule({
    name: "centred variance",
    holds: "real",
    operations: ["subtract"],
    statement: "mean(x²) − mean(x)² = mean((x − mean(x))²)",
    apply: (node, { build }) => {
      const [squares, square] = operands(node);
      const mean = squareOf(square);
      const ofSquares = meanOf(squares);
      const ofX = mean && meanOf(mean);
      if (mean === undefined || ofSquares === undefined || ofX === undefined) return undefined;
      const { x, axes } = ofX;
      if (squareOf(ofSquares.x) !== x || String(ofSquares.axes) !== String(axes)) return undefined;
      const { shape } = x.type;
      const spread = axes === "batch" ? mean : build.broadcast(mean, shape, otherAxes(shape.length, axes));
      const deviation = build.apply("power", [build.subtract(x, spread), build.constantLike(2, x)], {});
      if (axes === "batch") return build.batchMean(deviation);
      const count = sizeOf(axes.map((axis) => shape[axis] ?? 1));
      const sum = build.sum(deviation, axes);
      return build.divide(sum, build.constantLike(count, sum));
    },
  }),
];
