import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const tanh = unary({
  summary: "`tanh(x)`: hyperbolic tangent",
  // dx = dy · (1 − y²)
  derivative: ({ build, dy, y }) =>
    build.multiply(dy, build.subtract(build.constantLike(1, y), build.multiply(y, y))),
  scalar: (x) => scalarApply("tanh", x),
  notation: functionNotation("tanh", "\\tanh"),
});
