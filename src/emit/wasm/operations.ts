import type { ScalarOperation } from "../../program/index.ts";
import type { ElementaryFunction } from "./elementary/index.ts";

/** The operations that take more than an instruction or two. */
export type ElementaryName = ElementaryFunction | "power";

/** Instructions that doubles and lanes have alike. */
export type ArithmeticName =
  "add" | "sub" | "mul" | "div" | "neg" | "abs" | "sqrt" | "floor" | "ceil" | "min" | "max";

/** How a scalar operation is computed, on doubles and in lanes. */
export type OperationCode =
  /** `f64.NAME`, `f32x4.NAME`, `f64x2.NAME` */
  | { readonly kind: "arithmetic"; readonly name: ArithmeticName }
  | { readonly kind: "comparison"; readonly name: "lt" | "le" | "eq" | "ne" }
  | { readonly kind: "logic"; readonly name: "and" | "or" | "not" }
  | { readonly kind: "elementary"; readonly name: ElementaryName }
  | { readonly kind: "select" };

type Arithmetic = Extract<OperationCode, { kind: "arithmetic" }>;
type Comparison = Extract<OperationCode, { kind: "comparison" }>;
type Logic = Extract<OperationCode, { kind: "logic" }>;
type Elementary = Extract<OperationCode, { kind: "elementary" }>;

function arithmetic(name: ArithmeticName): Arithmetic {
  return { kind: "arithmetic", name };
}

function comparison(name: Comparison["name"]): Comparison {
  return { kind: "comparison", name };
}

function logic(name: Logic["name"]): Logic {
  return { kind: "logic", name };
}

function elementary(name: ElementaryName): Elementary {
  return { kind: "elementary", name };
}

/** Minimum and maximum are NaN where an operand is, and tell the zeros apart, as `Math`'s do. */
export const operationCodes: { readonly [K in ScalarOperation]: OperationCode } = {
  add: arithmetic("add"),
  subtract: arithmetic("sub"),
  multiply: arithmetic("mul"),
  divide: arithmetic("div"),
  negate: arithmetic("neg"),
  power: elementary("power"),
  abs: arithmetic("abs"),
  sign: elementary("sign"),
  floor: arithmetic("floor"),
  ceil: arithmetic("ceil"),
  round: elementary("round"),
  sqrt: arithmetic("sqrt"),
  exp: elementary("exp"),
  expm1: elementary("expm1"),
  log: elementary("log"),
  log1p: elementary("log1p"),
  sin: elementary("sin"),
  cos: elementary("cos"),
  tan: elementary("tan"),
  asin: elementary("asin"),
  acos: elementary("acos"),
  atan: elementary("atan"),
  sinh: elementary("sinh"),
  cosh: elementary("cosh"),
  tanh: elementary("tanh"),
  asinh: elementary("asinh"),
  acosh: elementary("acosh"),
  atanh: elementary("atanh"),
  erf: elementary("erf"),
  sigmoid: elementary("sigmoid"),
  maximum: arithmetic("max"),
  minimum: arithmetic("min"),
  less: comparison("lt"),
  lessEqual: comparison("le"),
  equal: comparison("eq"),
  notEqual: comparison("ne"),
  and: logic("and"),
  or: logic("or"),
  not: logic("not"),
  select: { kind: "select" },
};
