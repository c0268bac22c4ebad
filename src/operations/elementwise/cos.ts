import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const cos = unary({
  summary: "`cos(x)`: cosine",
  // dx = −(dy · sin x)
  derivative: ({ build, dy, x }) => build.negate(build.multiply(dy, build.apply("sin", [x], {}))),
  scalar: (x) => scalarApply("cos", x),
  notation: functionNotation("cos", "\\cos"),
});
