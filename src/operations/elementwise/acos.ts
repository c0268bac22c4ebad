import { scalarApply } from "../../program/index.ts";
import { sqrtOfOneMinusSquare } from "./polynomials.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const acos = unary({
  summary: "`acos(x)`: inverse cosine",
  // dx = −dy / √((1 − x)(1 + x))
  derivative: ({ build, dy, x }) => build.negate(build.divide(dy, sqrtOfOneMinusSquare(build, x))),
  scalar: (x) => scalarApply("acos", x),
  notation: functionNotation("acos", "\\arccos"),
});
