import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const sin = unary({
  summary: "`sin(x)`: sine",
  // dx = dy · cos x
  derivative: ({ build, dy, x }) => build.multiply(dy, build.apply("cos", [x], {})),
  scalar: (x) => scalarApply("sin", x),
  notation: functionNotation("sin", "\\sin"),
});
