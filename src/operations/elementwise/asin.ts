import { scalarApply } from "../../program/index.ts";
import { sqrtOfOneMinusSquare } from "./polynomials.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const asin = unary({
  summary: "`asin(x)`: inverse sine",
  // dx = dy / √((1 − x)(1 + x)): near ±1 more accurate than 1 − x²
  derivative: ({ build, dy, x }) => build.divide(dy, sqrtOfOneMinusSquare(build, x)),
  scalar: (x) => scalarApply("asin", x),
  notation: functionNotation("asin", "\\arcsin"),
});
