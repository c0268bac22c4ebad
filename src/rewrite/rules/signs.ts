import { type Node, type NodeOf } from "../../graph/index.ts";
import { constantOf, negatedOf, splatOf } from "../match.ts";
import { operand, operands, rule } from "../rule.ts";

/*
 * Minus signs: they move outwards until they meet another, a sum, a constant, or the end. Every rule takes a sign away
 * or moves one towards the roots.
 */

export const signRules = [
  rule({
    name: "double negation",
    holds: "ieee",
    operations: ["negate"],
    statement: "−(−x) = x",
    apply: (node, { build }) => negatedOf(build, operand(node, 0)),
  }),
  rule({
    name: "sign out of product",
    holds: "ieee",
    operations: ["multiply"],
    statement: "(−a)·b = −(a·b)",
    apply: (node, { build }) => {
      const [a, b] = operands(node);
      const a1 = negatedOf(build, a);
      if (a1 !== undefined) return build.negate(build.multiply(a1, b));
      const b1 = negatedOf(build, b);
      return b1 && build.negate(build.multiply(a, b1));
    },
  }),
  rule({
    name: "sign out of quotient",
    holds: "ieee",
    operations: ["divide"],
    statement: "(−a)/b = −(a/b), a/(−b) = −(a/b)",
    apply: (node, { build }) => {
      const [a, b] = operands(node);
      const a1 = negatedOf(build, a);
      if (a1 !== undefined) return build.negate(build.divide(a1, b));
      const b1 = negatedOf(build, b);
      return b1 && build.negate(build.divide(a, b1));
    },
  }),
  rule({
    name: "sign into factor",
    holds: "ieee",
    operations: ["negate"],
    statement: "−(c·x) = (−c)·x",
    apply: (node, { build }) => {
      const product = operand(node, 0);
      if (product.operation !== "multiply") return undefined;
      const [a, b] = operands(product);
      const [c, x] = constantOf(a) === undefined ? [b, a] : [a, b];
      const value = constantOf(c);
      return value === undefined ? undefined : build.multiply(build.constant(-value, c.type.shape), x);
    },
  }),
  rule({
    name: "sign into numerator",
    holds: "ieee",
    operations: ["negate"],
    statement: "−(c/x) = (−c)/x",
    apply: (node, { build }) => {
      const quotient = operand(node, 0);
      // A scalar of the whole batch keeps its sign outside, where equal factors can meet.
      if (quotient.operation !== "divide" || splatOf(build, quotient) !== undefined) return undefined;
      const [c, x] = operands(quotient);
      const value = constantOf(c);
      return value === undefined ? undefined : build.divide(build.constant(-value, c.type.shape), x);
    },
  }),
  rule({
    name: "sign out of batch factor",
    holds: "ieee",
    operations: ["divide"],
    statement: "(−c)/s = −(c/s) for a scalar s of the whole batch",
    apply: (node, { build }) => {
      const [c, s] = operands(node);
      const value = constantOf(c);
      if (value === undefined || !isNegative(value) || node.type.batched || node.type.shape.length > 0)
        return undefined;
      return constantOf(s) === undefined ? build.negate(build.divide(build.constant(-value), s)) : undefined;
    },
  }),
  rule({
    name: "sum with a negative",
    holds: "ieee",
    operations: ["add"],
    statement: "a + (−b) = a − b, (−a) + b = b − a",
    apply: (node, { build }) => {
      const [a, b] = operands(node);
      const b1 = negatedOf(build, b);
      if (b1 !== undefined) return build.subtract(a, b1);
      const a1 = negatedOf(build, a);
      return a1 && build.subtract(b, a1);
    },
  }),
  rule({
    name: "difference from a negative",
    holds: "ieee",
    operations: ["subtract"],
    statement: "a − (−b) = a + b",
    apply: (node, { build }) => {
      const [a, b] = operands(node);
      const b1 = negatedOf(build, b);
      return b1 && build.add(a, b1);
    },
  }),
  rule({
    name: "negative minus",
    holds: "real", // −0 − (−0) is 0
    operations: ["subtract"],
    statement: "(−a) − b = −(a + b)",
    apply: (node, { build }) => {
      const [a, b] = operands(node);
      const a1 = negatedOf(build, a);
      return a1 && build.negate(build.add(a1, b));
    },
  }),
  rule({
    name: "negated difference",
    holds: "real", // −(a − a) is −0
    operations: ["negate"],
    statement: "−(a − b) = b − a, where nothing else needs a − b",
    apply: (node, { build, shared }) => {
      const difference = operand(node, 0);
      if (difference.operation !== "subtract" || shared(difference)) return undefined;
      const [a, b] = operands(difference);
      return build.subtract(b, a);
    },
  }),
  rule({
    name: "adding a negative product",
    holds: "ieee",
    operations: ["add", "subtract"],
    statement: "a + (−c)·b = a − c·b, a − (−c)·b = a + c·b for c > 0",
    apply: (node, { build, shared }) => {
      const [a, b] = operands(node);
      const positive = shared(b) ? undefined : withoutSign(b);
      if (positive === undefined) return undefined;
      const product = build.multiply(build.constant(positive.factor, b.type.shape), positive.rest);
      return node.operation === "add" ? build.subtract(a, product) : build.add(a, product);
    },
  }),
  rule({
    name: "absolute value of a negative",
    holds: "ieee",
    operations: ["abs"],
    statement: "|−x| = |x|, ||x|| = |x|",
    apply: (node, { build }) => {
      const x = operand(node, 0);
      if (x.operation === "abs") return x;
      const positive = negatedOf(build, x);
      return positive && build.apply("abs", [positive], {});
    },
  }),
  rule({
    name: "even power of a negative",
    holds: "ieee",
    operations: ["power"],
    statement: "(−x)ⁿ = xⁿ, |x|ⁿ = xⁿ for even n",
    apply: (node, { build }) => {
      const [x, exponent] = operands(node);
      const n = constantOf(exponent);
      if (n === undefined || n % 2 !== 0) return undefined;
      const base = x.operation === "abs" ? operand(x, 0) : negatedOf(build, x);
      return base && build.apply("power", [base, exponent], {});
    },
  }),
];

function isNegative(value: number): boolean {
  return value < 0 || Object.is(value, -0);
}

/** −factor · rest, a product with a negative constant. */
function withoutSign(node: Node): { readonly factor: number; readonly rest: Node } | undefined {
  if (node.operation !== "multiply") return undefined;
  const [a, b] = operands(node satisfies NodeOf<"multiply">);
  for (const [c, rest] of [
    [a, b],
    [b, a],
  ] as const) {
    const value = constantOf(c);
    if (value !== undefined && value < 0) return { factor: -value, rest };
  }
  return undefined;
}
