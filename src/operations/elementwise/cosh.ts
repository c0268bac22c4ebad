import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const cosh = unary({
  summary: "`cosh(x)`: hyperbolic cosine",
  // dx = dy · sinh x
  derivative: ({ build, dy, x }) => build.multiply(dy, build.apply("sinh", [x], {})),
  scalar: (x) => scalarApply("cosh", x),
  notation: functionNotation("cosh", "\\cosh"),
});
