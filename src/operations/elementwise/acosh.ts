import { scalarApply } from "../../program/index.ts";
import { sqrtOfSquareMinusOne } from "./polynomials.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const acosh = unary({
  summary: "`acosh(x)`: inverse hyperbolic cosine",
  // dx = dy / √((x − 1)(x + 1)): near 1 more accurate than x² − 1
  derivative: ({ build, dy, x }) => build.divide(dy, sqrtOfSquareMinusOne(build, x)),
  scalar: (x) => scalarApply("acosh", x),
  notation: functionNotation("acosh"),
});
