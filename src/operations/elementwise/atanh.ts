import { scalarApply } from "../../program/index.ts";
import { oneMinusSquare } from "./polynomials.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const atanh = unary({
  summary: "`atanh(x)`: inverse hyperbolic tangent",
  // dx = dy / ((1 − x)(1 + x)): near ±1 more accurate than 1 − x²
  derivative: ({ build, dy, x }) => build.divide(dy, oneMinusSquare(build, x)),
  scalar: (x) => scalarApply("atanh", x),
  notation: functionNotation("atanh"),
});
