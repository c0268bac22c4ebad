import type { Node } from "../../graph/index.ts";
import { type Builder } from "../../operations/index.ts";
import { constantOf, isBatchScale, splatOf, sizeOfNode, spread } from "../match.ts";
import { operand, operands, rule } from "../rule.ts";

/*
 * Sums and means over the samples. What is the same for every sample leaves them: work once a batch, not once a sample.
 */

/** `node` = Σₙ x or the mean of x: x. */
function reducedOf(node: Node, kind: "sum" | "mean"): Node | undefined {
  return node.operation === "batchReduce" && node.attributes.kind === kind ? operand(node, 0) : undefined;
}

function isBatchSize(build: Builder, node: Node): boolean {
  return splatOf(build, node)?.operation === "batchSize";
}

/** A contraction or a scatter: best added to its own total over the batch, which it is computed into. */
function isTotalledInPlace(x: Node): boolean {
  return x.operation === "einsum" || x.operation === "scatterAdd" || x.operation === "overlapAdd";
}

export const batchRules = [
  rule({
    name: "mean from a sum",
    holds: "real",
    operations: ["multiply", "divide"],
    statement: "(c/N)·Σₙ x = c·meanₙ x, (Σₙ x)/N = meanₙ x",
    apply: (node, { build }) => {
      const [a, b] = operands(node);
      if (node.operation === "divide") {
        const x = isBatchSize(build, b) ? reducedOf(a, "sum") : undefined;
        return x && build.batchMean(x);
      }
      for (const [factor, total] of [
        [a, b],
        [b, a],
      ] as const) {
        const scale = splatOf(build, factor);
        const x = reducedOf(total, "sum");
        if (scale === undefined || x === undefined || !isBatchScale(scale)) continue;
        return build.multiply(spread(build, operand(scale, 0), node.type.shape), build.batchMean(x));
      }
      return undefined;
    },
  }),
  rule({
    name: "sum from a mean",
    holds: "real",
    operations: ["multiply"],
    statement: "N·meanₙ x = Σₙ x",
    apply: (node, { build }) => {
      const [a, b] = operands(node);
      const x = isBatchSize(build, a)
        ? reducedOf(b, "mean")
        : isBatchSize(build, b)
          ? reducedOf(a, "mean")
          : undefined;
      return x && build.batchSum(x);
    },
  }),
  rule({
    name: "batch reduction of a sum with an unbatched term",
    holds: "real",
    operations: ["batchReduce"],
    statement: "meanₙ (x + w) = meanₙ x + w, Σₙ (x + w) = Σₙ x + N·w for w the same in every sample",
    apply: (node, { build, shared }) => {
      const sum = operand(node, 0);
      if ((sum.operation !== "add" && sum.operation !== "subtract") || shared(sum)) return undefined;
      const [a, b] = operands(sum);
      if (a.type.batched === b.type.batched) return undefined;
      const { kind } = node.attributes;
      const [a1, b1] = [a, b].map((each) => (kind === "sum" ? build.batchSum(each) : build.batchMean(each)));
      return a1 && b1 && build.apply(sum.operation, [a1, b1], {});
    },
  }),
  rule({
    name: "unbatched factor out of a batch reduction",
    holds: "real",
    operations: ["batchReduce"],
    statement: "Σₙ w·x = w·Σₙ x, Σₙ x/w = (Σₙ x)/w for w the same in every sample, and so for the mean",
    apply: (node, { build }) => {
      const product = operand(node, 0);
      if (product.operation !== "multiply" && product.operation !== "divide") return undefined;
      const [a, b] = operands(product);
      if (a.type.batched === b.type.batched || (product.operation === "divide" && b.type.batched))
        return undefined;
      const reduce = (x: Node): Node =>
        x.type.batched ? build.apply("batchReduce", [x], node.attributes) : x;
      return build.apply(product.operation, [reduce(a), reduce(b)], {});
    },
  }),
  rule({
    name: "unbatched operand out of a batch reduction",
    holds: "real",
    operations: ["batchReduce"],
    statement: "Σₙ W·x = W·Σₙ x for W the same in every sample, and so for the mean",
    apply: (node, { build }) => {
      const product = operand(node, 0);
      if (product.operation !== "einsum") return undefined;
      const [a, b] = operands(product);
      if (a.type.batched === b.type.batched) return undefined;
      const reduce = (x: Node): Node =>
        x.type.batched ? build.apply("batchReduce", [x], node.attributes) : x;
      return build.apply("einsum", [reduce(a), reduce(b)], product.attributes);
    },
  }),
  rule({
    name: "batch reduction of a view",
    holds: "real",
    operations: ["batchReduce"],
    statement:
      "Σₙ view(x) = view(Σₙ x) for broadcast, pad with zeros, reshape, permute and window, and so for the mean",
    apply: (node, { build }) => {
      const view = operand(node, 0);
      const x = view.inputs[0];
      if (x === undefined || sizeOfNode(x) > sizeOfNode(view)) return undefined;
      const isLinearView =
        view.operation === "broadcast" ||
        (view.operation === "pad" && view.attributes.value === undefined) ||
        view.operation === "window" ||
        view.operation === "reshape" ||
        view.operation === "permute";
      if (!isLinearView) return undefined;
      return build.apply(view.operation, [build.apply("batchReduce", [x], node.attributes)], view.attributes);
    },
  }),
  rule({
    name: "sum of a batch reduction",
    holds: "real",
    derivativeOnly: true,
    operations: ["reduce"],
    statement:
      "Σᵢ Σₙ x = Σₙ Σᵢ x and so for the mean, where nothing else needs Σₙ x: one total instead of many",
    apply: (node, { build, shared }) => {
      const total = operand(node, 0);
      if (node.attributes.kind !== "sum" || total.operation !== "batchReduce" || shared(total))
        return undefined;
      const x = operand(total, 0);
      if (isTotalledInPlace(x)) return undefined;
      return build.apply("batchReduce", [build.sum(x, node.attributes.axes)], total.attributes);
    },
  }),
  rule({
    name: "sum of batch reductions",
    holds: "real",
    derivativeOnly: true,
    operations: ["add", "subtract"],
    statement: "Σₙ x ± Σₙ y = Σₙ (x ± y) and so for the mean, where nothing else needs the totals",
    apply: (node, { build, shared }) => {
      const [a, b] = operands(node);
      if (a.operation !== "batchReduce" || b.operation !== "batchReduce" || a === b) return undefined;
      if (a.attributes.kind !== b.attributes.kind || shared(a) || shared(b)) return undefined;
      const [x, y] = [operand(a, 0), operand(b, 0)];
      if (isTotalledInPlace(x) || isTotalledInPlace(y)) return undefined;
      return build.apply("batchReduce", [build.apply(node.operation, [x, y], {})], a.attributes);
    },
  }),
  rule({
    name: "times the batch size",
    holds: "real",
    operations: ["multiply"],
    statement: "N·(c/N) = c",
    apply: (node, { build }) => {
      const [a, b] = operands(node);
      for (const [size, other] of [
        [a, b],
        [b, a],
      ] as const) {
        const scale = splatOf(build, other);
        if (scale === undefined || !isBatchScale(scale) || !isBatchSize(build, size)) continue;
        const value = constantOf(operand(scale, 0));
        if (value !== undefined) return build.constant(value, node.type.shape);
      }
      return undefined;
    },
  }),
];
