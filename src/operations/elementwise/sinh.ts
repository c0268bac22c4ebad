import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const sinh = unary({
  summary: "`sinh(x)`: hyperbolic sine",
  // dx = dy · cosh x
  derivative: ({ build, dy, x }) => build.multiply(dy, build.apply("cosh", [x], {})),
  scalar: (x) => scalarApply("sinh", x),
  notation: functionNotation("sinh", "\\sinh"),
});
