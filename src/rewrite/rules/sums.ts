import type { Node } from "../../graph/index.ts";
import type { Builder } from "../../operations/index.ts";
import {
  constantOf,
  factorsOf,
  isBatchScale,
  isExtremeScale,
  isOrdinary,
  scaledOf,
  splatOf,
  spread,
} from "../match.ts";
import { operand, operands, rule } from "../rule.ts";
import { linearOf, times } from "./multiples.ts";

/** Sums and differences: like terms, common factors. Every rule saves an operation; none expands. */
export const sumRules = [
  rule({
    name: "twice",
    holds: "ieee",
    operations: ["add"],
    statement: "x + x = 2·x",
    apply: (node, { build }) => {
      const [a, b] = operands(node);
      return a === b ? build.multiply(build.constant(2, a.type.shape), a) : undefined;
    },
  }),
  rule({
    name: "self minus self",
    holds: "finite",
    operations: ["subtract"],
    statement: "x − x = 0",
    apply: (node, { build }) => {
      const [a, b] = operands(node);
      return a === b ? build.constant(0, node.type.shape) : undefined;
    },
  }),
  rule({
    name: "like terms",
    holds: "real",
    operations: ["add", "subtract"],
    statement: "c₁·x ± c₂·x = (c₁ ± c₂)·x",
    apply: (node, { build }) => {
      const [a, b] = operands(node);
      const [ma, mb] = [linearOf(a), linearOf(b)];
      // x ± x has rules of its own.
      if (a === b || ma.rest !== mb.rest || ma.rest.type.element !== "real") return undefined;
      const value = node.operation === "add" ? ma.constant + mb.constant : ma.constant - mb.constant;
      return isOrdinary(value) ? times(build, value, ma.rest) : undefined;
    },
  }),
  rule({
    name: "like terms of a longer sum",
    holds: "real",
    derivativeOnly: true,
    operations: ["add"],
    statement: "(a + c₁·x) + c₂·x = a + (c₁ + c₂)·x, where nothing else needs the inner sum",
    apply: (node, { build, shared }) => {
      const [sum, b] = operands(node);
      if (sum.operation !== "add" || shared(sum) || node.type.element !== "real") return undefined;
      const mb = linearOf(b);
      const [p, q] = operands(sum);
      for (const [like, other] of [
        [q, p],
        [p, q],
      ] as const) {
        const ma = linearOf(like);
        const value = ma.constant + mb.constant;
        if (ma.rest === mb.rest && isOrdinary(value)) return build.add(other, times(build, value, ma.rest));
      }
      return undefined;
    },
  }),
  rule({
    name: "common factor",
    holds: "real",
    operations: ["add", "subtract"],
    statement: "a·f ± b·f = (a ± b)·f, where nothing else needs the products",
    apply: (node, { build, shared, derivative }) => {
      const [left, right] = operands(node);
      if (left === right) return undefined;
      for (const [a, f] of factorsOf(left)) {
        for (const [b, g] of factorsOf(right)) {
          if (f !== g) continue;
          // In a derivative every reader of s·x moves s outwards, so that the product will not be needed.
          const movesOut = derivative && splatOf(build, f) !== undefined;
          if (!movesOut && (shared(left) || shared(right))) continue;
          // In the user's own formulas only a number is factored out: x·(w + v) is not what was written.
          if (!derivative && constantOf(f) === undefined) continue;
          const sum = build.apply(node.operation, [a, b], {});
          return build.multiply(f, sum);
        }
      }
      return undefined;
    },
  }),
  rule({
    name: "common batch factor",
    holds: "real",
    operations: ["add", "subtract"],
    statement: "s + s·x = s·(1 + x), s·x − s = s·(x − 1) for scalars s of the whole batch",
    derivativeOnly: true,
    apply: (node, { build }) => {
      const [left, right] = operands(node);
      const one = build.constantLike(1, node);
      for (const [scale, product] of [
        [left, right],
        [right, left],
      ] as const) {
        const scalar = splatOf(build, scale);
        if (scalar === undefined || constantOf(scalar) !== undefined) continue;
        const rest = factorsOf(product).find(([factor]) => factor === scale)?.[1];
        if (rest === undefined) continue;
        const inputs = scale === left ? [one, rest] : [rest, one];
        return build.multiply(scale, build.apply(node.operation, inputs, {}));
      }
      return undefined;
    },
  }),
  rule({
    name: "common share of the batch",
    holds: "real",
    operations: ["add", "subtract"],
    statement: "(c₁/N)·a ± (c₂/N)·b = (c₁/N)·(a ± (c₂/c₁)·b), so that 1/N moves on outwards",
    derivativeOnly: true,
    apply: (node, { build }) => {
      const [left, right] = operands(node).map((side) => shareOf(build, side));
      if (
        left === undefined ||
        right === undefined ||
        (left.rest === undefined && right.rest === undefined)
      ) {
        return undefined;
      }
      const ratio = right.count / left.count;
      if (!isOrdinary(ratio)) return undefined;
      const one = build.constantLike(1, node);
      const second = times(build, ratio, right.rest ?? one);
      const sum = build.apply(node.operation, [left.rest ?? one, second], {});
      return build.multiply(spread(build, left.scale, node.type.shape), sum);
    },
  }),
  rule({
    name: "common divisor",
    holds: "real",
    operations: ["add", "subtract"],
    statement: "a/f ± b/f = (a ± b)/f, where nothing else needs the quotients",
    apply: (node, { build, shared }) => {
      const [left, right] = operands(node);
      if (left.operation !== "divide" || right.operation !== "divide" || left === right) return undefined;
      if (shared(left) || shared(right) || operand(left, 1) !== operand(right, 1)) return undefined;
      const sum = build.apply(node.operation, [operand(left, 0), operand(right, 0)], {});
      return build.divide(sum, operand(left, 1));
    },
  }),
];

/** node = scale · rest with scale = count/N; without a rest where the node is the scale alone. */
function shareOf(
  build: Builder,
  node: Node,
): { readonly scale: Node; readonly count: number; readonly rest: Node | undefined } | undefined {
  const alone = splatOf(build, node);
  const scaled = alone === undefined ? scaledOf(build, node) : { scale: alone, rest: undefined };
  if (scaled === undefined || !isBatchScale(scaled.scale) || isExtremeScale(scaled.scale)) return undefined;
  const count = constantOf(operand(scaled.scale, 0));
  return count === undefined ? undefined : { ...scaled, count };
}
