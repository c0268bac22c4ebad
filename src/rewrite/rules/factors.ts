import {
  constantOf,
  factorsOf,
  isBatchScale,
  isConstant,
  isOrdinary,
  scaledOf,
  splatOf,
  spread,
} from "../match.ts";
import { operand, operands, rule } from "../rule.ts";
import { multipleOf, scaleMultiple, times } from "./multiples.ts";

/** Products and quotients. Every rule saves an operation, except those that say so; none expands. */
export const factorRules = [
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
];
