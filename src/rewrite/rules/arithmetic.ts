import type { Node } from "../../graph/index.ts";
import type { Builder } from "../../operations/index.ts";
import {
  constantOf,
  factorsOf,
  isBatchScale,
  isConstant,
  isOrdinary,
  scaledOf,
  splatOf,
  spread,
  squareOf,
} from "../match.ts";
import { operand, operands, rule } from "../rule.ts";

/*
 * Products, quotients, sums and powers. Every rule saves an operation, except the two that say so; none expands.
 */

/** c·x, with c = value in every element; x where that is exact. */
function times(build: Builder, value: number, x: Node): Node {
  return value === 1 ? x : build.multiply(build.constant(value, x.type.shape), x);
}

/** x = c·rest, rest/c or c alone over rest: how constants hide in products. */
type Multiple =
  | { readonly kind: "product" | "quotient" | "reciprocal"; readonly constant: number; readonly rest: Node }
  | undefined;

function multipleOf(node: Node): Multiple {
  if (node.operation === "multiply") {
    for (const [a, b] of factorsOf(node)) {
      const constant = constantOf(a);
      if (constant !== undefined) return { kind: "product", constant, rest: b };
    }
  }
  if (node.operation === "divide") {
    const [a, b] = operands(node);
    const divisor = constantOf(b);
    if (divisor !== undefined) return { kind: "quotient", constant: divisor, rest: a };
    const numerator = constantOf(a);
    if (numerator !== undefined) return { kind: "reciprocal", constant: numerator, rest: b };
  }
  return undefined;
}

/** factor · node with the constants merged, or `undefined` where that leaves the ordinary numbers. */
function scaleMultiple(build: Builder, factor: number, node: Node): Node | undefined {
  const multiple = multipleOf(node);
  if (multiple === undefined || !isOrdinary(factor) || !isOrdinary(multiple.constant)) return undefined;
  const { kind, constant, rest } = multiple;
  const value = kind === "quotient" ? factor / constant : factor * constant;
  if (!isOrdinary(value)) return undefined;
  return kind === "reciprocal"
    ? build.divide(build.constant(value, rest.type.shape), rest)
    : times(build, value, rest);
}

export const arithmeticRules = [
  rule({
    name: "one order of operands",
    holds: "ieee",
    operations: ["add", "multiply"],
    statement: "b + a = a + b, b·a = a·b, where the other is already there",
    apply: (node, { commuted }) => commuted(node),
  }),
  rule({
    name: "merge constant factors",
    holds: "real",
    operations: ["multiply"],
    statement: "c₁·(c₂·x) = (c₁c₂)·x, c₁·(x/c₂) = (c₁/c₂)·x, c₁·(c₂/x) = (c₁c₂)/x",
    apply: (node, { build }) => {
      for (const [a, b] of factorsOf(node)) {
        const factor = constantOf(a);
        if (factor !== undefined) return scaleMultiple(build, factor, b);
      }
      return undefined;
    },
  }),
  rule({
    name: "merge constant divisors",
    holds: "real",
    operations: ["divide"],
    statement: "(c₁·x)/c₂ = (c₁/c₂)·x, (x/c₁)/c₂ = x/(c₁c₂), (c₁/x)/c₂ = (c₁/c₂)/x",
    apply: (node, { build }) => {
      const [a, b] = operands(node);
      const divisor = constantOf(b);
      const multiple = multipleOf(a);
      if (divisor === undefined || multiple === undefined) return undefined;
      const { kind, constant, rest } = multiple;
      const value = kind === "quotient" ? constant * divisor : constant / divisor;
      if (![divisor, constant, value].every(isOrdinary)) return undefined;
      if (kind === "product") return times(build, value, rest);
      const merged = build.constant(value, rest.type.shape);
      return kind === "quotient" ? build.divide(rest, merged) : build.divide(merged, rest);
    },
  }),
  rule({
    name: "constant over a multiple",
    holds: "real",
    operations: ["divide"],
    statement: "c₁/(c₂·x) = (c₁/c₂)/x, c₁/(x/c₂) = (c₁c₂)/x, c₁/(c₂/x) = (c₁/c₂)·x",
    apply: (node, { build }) => {
      const [a, b] = operands(node);
      const numerator = constantOf(a);
      const multiple = multipleOf(b);
      // c₁/(c₂/x) is not defined at x = 0, but (c₁/c₂)·x only extends it.
      if (numerator === undefined || multiple === undefined) return undefined;
      const { kind, constant, rest } = multiple;
      const value = kind === "quotient" ? numerator * constant : numerator / constant;
      if (![numerator, constant, value].every(isOrdinary)) return undefined;
      return kind === "reciprocal"
        ? times(build, value, rest)
        : build.divide(build.constant(value, rest.type.shape), rest);
    },
  }),
  rule({
    name: "merge batch factors",
    holds: "real",
    operations: ["multiply"],
    statement: "s₁·(s₂·x) = (s₁s₂)·x for scalars s of the whole batch",
    apply: (node, { build }) => {
      const outer = scaledOf(build, node);
      const inner = outer && scaledOf(build, outer.rest);
      if (outer === undefined || inner === undefined) return undefined;
      const cancels = [outer.scale, inner.scale].some((scale) => isBatchScale(scale));
      // Where the rest is one number too, no factor is the scale of the others, unless 1/N meets N.
      if (splatOf(build, inner.rest) !== undefined && !cancels) return undefined;
      const scalar = build.multiply(outer.scale, inner.scale);
      return build.multiply(spread(build, scalar, node.type.shape), inner.rest);
    },
  }),
  rule({
    name: "constant into batch factor",
    holds: "real",
    operations: ["multiply"],
    statement: "(c/s)·(x/d) = ((c/d)/s)·x for scalars s of the whole batch",
    derivativeOnly: true,
    apply: (node, { build }) => {
      const scaled = scaledOf(build, node);
      if (scaled === undefined || constantOf(scaled.scale) !== undefined) return undefined;
      const { scale, rest } = scaled;
      if (rest.operation !== "divide") return undefined;
      const [x, d] = operands(rest);
      const divisor = constantOf(d);
      if (divisor === undefined || !isOrdinary(divisor)) return undefined;
      const merged = build.divide(scale, build.constant(divisor));
      return build.multiply(spread(build, merged, node.type.shape), x);
    },
  }),
  rule({
    name: "division by a batch factor",
    holds: "real",
    operations: ["divide"],
    statement: "x/s = (1/s)·x for scalars s of the whole batch: one division in all",
    derivativeOnly: true,
    apply: (node, { build }) => {
      const [x, divisor] = operands(node);
      const scalar = splatOf(build, divisor);
      if (scalar === undefined || constantOf(scalar) !== undefined || !x.type.batched) return undefined;
      const reciprocal = build.divide(build.constant(1), scalar);
      return build.multiply(build.fill(reciprocal, x.type.shape), x);
    },
  }),
  rule({
    name: "times a reciprocal",
    holds: "real",
    operations: ["multiply"],
    statement: "a·(1/b) = a/b, where nothing else needs 1/b",
    apply: (node, { build, shared }) => {
      for (const [a, b] of factorsOf(node)) {
        if (b.operation !== "divide" || shared(b) || (b.type.shape.length === 0 && !b.type.batched)) continue;
        if (isConstant(operand(b, 0), 1)) return build.divide(a, operand(b, 1));
      }
      return undefined;
    },
  }),
  rule({
    name: "same divided and multiplied",
    holds: "finite", // b may be 0
    operations: ["multiply"],
    statement: "(a/b)·b = a (b ≠ 0)",
    apply: (node) => {
      for (const [quotient, b] of factorsOf(node)) {
        if (quotient.operation === "divide" && operand(quotient, 1) === b) return operand(quotient, 0);
      }
      return undefined;
    },
  }),
  rule({
    name: "divided twice",
    holds: "real",
    operations: ["divide"],
    statement: "(a/b)/c = a/(b·c), where nothing else needs a/b",
    apply: (node, { build, shared }) => {
      const [quotient, c] = operands(node);
      if (quotient.operation !== "divide" || shared(quotient)) return undefined;
      const [a, b] = operands(quotient);
      if (constantOf(b) !== undefined || constantOf(c) !== undefined || constantOf(a) !== undefined)
        return undefined;
      return build.divide(a, build.multiply(b, c));
    },
  }),
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
  rule({
    name: "square root as a power",
    holds: "real", // (−0)^½ is 0 but √−0 is −0; (−∞)^½ is ∞
    operations: ["power"],
    statement: "x^½ = √x",
    apply: (node, { build }) =>
      isConstant(operand(node, 1), 0.5) ? build.apply("sqrt", [operand(node, 0)], {}) : undefined,
  }),
  rule({
    name: "reciprocal as a power",
    holds: "real", // pow is not exactly rounded
    operations: ["power"],
    statement: "x⁻¹ = 1/x",
    apply: (node, { build }) =>
      isConstant(operand(node, 1), -1)
        ? build.divide(build.constant(1, node.type.shape), operand(node, 0))
        : undefined,
  }),
  rule({
    name: "root of a square",
    holds: "real", // x² may overflow
    operations: ["sqrt"],
    statement: "√(x²) = |x|",
    apply: (node, { build }) => {
      const base = squareOf(operand(node, 0));
      return base && build.apply("abs", [base], {});
    },
  }),
  rule({
    name: "logarithm of an exponential",
    holds: "real", // eˣ may overflow
    operations: ["log"],
    statement: "log(eˣ) = x",
    apply: (node) => {
      const x = operand(node, 0);
      return x.operation === "exp" ? operand(x, 0) : undefined;
    },
  }),
  rule({
    name: "inverse functions",
    holds: "real",
    operations: ["log1p"],
    statement: "log1p(expm1(x)) = x",
    apply: (node) => {
      const x = operand(node, 0);
      return x.operation === "expm1" ? operand(x, 0) : undefined;
    },
  }),
  rule({
    name: "extremum of equals",
    holds: "ieee",
    operations: ["maximum", "minimum"],
    statement: "max(x, x) = x, min(x, x) = x",
    apply: (node) => (operand(node, 0) === operand(node, 1) ? operand(node, 0) : undefined),
  }),
];

/** node = scale · rest with scale = count/N; without a rest where the node is the scale alone. */
function shareOf(
  build: Builder,
  node: Node,
): { readonly scale: Node; readonly count: number; readonly rest: Node | undefined } | undefined {
  const alone = splatOf(build, node);
  const scaled = alone === undefined ? scaledOf(build, node) : { scale: alone, rest: undefined };
  if (scaled === undefined || !isBatchScale(scaled.scale)) return undefined;
  const count = constantOf(operand(scaled.scale, 0));
  return count === undefined ? undefined : { ...scaled, count };
}

/** node = constant · rest, with the constant 1 at worst. */
function linearOf(node: Node): { readonly constant: number; readonly rest: Node } {
  const multiple = multipleOf(node);
  return multiple?.kind === "product" ? multiple : { constant: 1, rest: node };
}
