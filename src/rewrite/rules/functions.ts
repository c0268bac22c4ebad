import { isConstant, squareOf } from "../match.ts";
import { operand, rule } from "../rule.ts";

/** Powers, roots, logarithms and extrema. Every rule saves an operation. */
export const functionRules = [
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
