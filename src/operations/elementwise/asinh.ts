import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const asinh = unary({
  summary: "`asinh(x)`: inverse hyperbolic sine",
  // dx = dy / √(1 + x²)
  derivative: ({ build, dy, x }) =>
    build.divide(dy, build.apply("sqrt", [build.add(build.constantLike(1, x), build.multiply(x, x))], {})),
  scalar: (x) => scalarApply("asinh", x),
  notation: functionNotation("asinh"),
});
