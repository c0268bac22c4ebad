import { invariant } from "../../diagnostics/index.ts";
import type { Node, OperationName } from "../../graph/index.ts";
import { constantOf, isConstant, isZero } from "../match.ts";
import { operand, operands, rule, type RuleContext } from "../rule.ts";

/*
 * Folding of constants, and the neutral and absorbing elements of arithmetic.
 */

type Fold = (a: number, b: number) => number;

/** IEEE 754 defines these to the last bit, so a constant computed here is the one that any target would compute. */
const exactlyRounded = {
  negate: (a) => -a,
  abs: (a) => Math.abs(a),
  sign: (a) => Math.sign(a),
  floor: (a) => Math.floor(a),
  ceil: (a) => Math.ceil(a),
  round: (a) => Math.round(a),
  sqrt: (a) => Math.sqrt(a),
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  maximum: (a, b) => Math.max(a, b),
  minimum: (a, b) => Math.min(a, b),
} as const satisfies Partial<Record<OperationName, Fold>>;

/** The last bits of these depend on the mathematical library. */
const libraryFunctions = {
  exp: (a) => Math.exp(a),
  expm1: (a) => Math.expm1(a),
  log: (a) => Math.log(a),
  log1p: (a) => Math.log1p(a),
  sin: (a) => Math.sin(a),
  cos: (a) => Math.cos(a),
  tan: (a) => Math.tan(a),
  asin: (a) => Math.asin(a),
  acos: (a) => Math.acos(a),
  atan: (a) => Math.atan(a),
  sinh: (a) => Math.sinh(a),
  cosh: (a) => Math.cosh(a),
  tanh: (a) => Math.tanh(a),
  asinh: (a) => Math.asinh(a),
  acosh: (a) => Math.acosh(a),
  atanh: (a) => Math.atanh(a),
  power: (a, b) => a ** b,
} as const satisfies Partial<Record<OperationName, Fold>>;

/** A result that is no finite number stays a formula, so that a person can see where it comes from. */
function fold(
  folds: Partial<Record<OperationName, Fold>>,
  node: Node,
  { build }: RuleContext,
): Node | undefined {
  const compute = folds[node.operation];
  invariant(compute !== undefined, `${node.operation} folds`);
  const values = node.inputs.map(constantOf);
  if (values.includes(undefined)) return undefined;
  const [a = NaN, b = NaN] = values;
  const value = compute(a, b);
  return Number.isFinite(value) ? build.constant(value, node.type.shape) : undefined;
}

// Object.keys forgets that the keys are names of operations.
const exactNames = Object.keys(exactlyRounded) as (keyof typeof exactlyRounded)[];
const libraryNames = Object.keys(libraryFunctions) as (keyof typeof libraryFunctions)[];

export const constantRules = [
  rule({
    name: "fold exact arithmetic",
    holds: "ieee",
    operations: exactNames,
    statement: "f(c₁, c₂) = the number it is, for + − × ÷ √ |·| and other exactly rounded f",
    apply: (node, context) => fold(exactlyRounded, node, context),
  }),
  rule({
    name: "fold functions",
    holds: "real",
    operations: libraryNames,
    statement: "f(c₁, c₂) = the number it is, for exp, log, power and other library functions f",
    apply: (node, context) => fold(libraryFunctions, node, context),
  }),
  rule({
    name: "one times",
    holds: "ieee",
    operations: ["multiply"],
    statement: "1·x = x, x·1 = x",
    apply: (node) => {
      const [a, b] = operands(node);
      return isConstant(a, 1) ? b : isConstant(b, 1) ? a : undefined;
    },
  }),
  rule({
    name: "minus one times",
    holds: "ieee",
    operations: ["multiply"],
    statement: "−1·x = −x",
    apply: (node, { build }) => {
      const [a, b] = operands(node);
      return isConstant(a, -1) ? build.negate(b) : isConstant(b, -1) ? build.negate(a) : undefined;
    },
  }),
  rule({
    name: "zero times",
    holds: "finite",
    operations: ["multiply"],
    statement: "0·x = 0",
    apply: (node, { build }) => (node.inputs.some(isZero) ? build.constant(0, node.type.shape) : undefined),
  }),
  rule({
    name: "zero over",
    holds: "finite",
    operations: ["divide"],
    statement: "0/x = 0 (x ≠ 0)",
    apply: (node, { build }) => {
      const [a, b] = operands(node);
      return isZero(a) && !isZero(b) ? build.constant(0, node.type.shape) : undefined;
    },
  }),
  rule({
    name: "over one",
    holds: "ieee",
    operations: ["divide"],
    statement: "x/1 = x, x/−1 = −x",
    apply: (node, { build }) => {
      const [a, b] = operands(node);
      return isConstant(b, 1) ? a : isConstant(b, -1) ? build.negate(a) : undefined;
    },
  }),
  rule({
    name: "plus negative zero",
    holds: "ieee",
    operations: ["add"],
    statement: "x + −0 = x",
    apply: (node) => {
      const [a, b] = operands(node);
      return isConstant(a, -0) ? b : isConstant(b, -0) ? a : undefined;
    },
  }),
  rule({
    name: "plus zero",
    holds: "real", // −0 + 0 is 0
    operations: ["add"],
    statement: "x + 0 = x",
    apply: (node) => {
      const [a, b] = operands(node);
      return isZero(a) ? b : isZero(b) ? a : undefined;
    },
  }),
  rule({
    name: "minus zero",
    holds: "ieee",
    operations: ["subtract"],
    statement: "x − 0 = x",
    apply: (node) => {
      const [a, b] = operands(node);
      return isConstant(b, 0) ? a : undefined;
    },
  }),
  rule({
    name: "zero minus",
    holds: "real", // 0 − 0 is 0, −0 is not
    operations: ["subtract"],
    statement: "0 − x = −x",
    apply: (node, { build }) => {
      const [a, b] = operands(node);
      return isZero(a) ? build.negate(b) : undefined;
    },
  }),
  rule({
    name: "power of one",
    holds: "ieee",
    operations: ["power"],
    statement: "x¹ = x",
    apply: (node) => (isConstant(operand(node, 1), 1) ? operand(node, 0) : undefined),
  }),
  rule({
    name: "power of zero",
    holds: "ieee", // of NaN too: IEEE 754 says pow(x, ±0) = 1
    operations: ["power"],
    statement: "x⁰ = 1",
    apply: (node, { build }) => (isZero(operand(node, 1)) ? build.constant(1, node.type.shape) : undefined),
  }),
];
