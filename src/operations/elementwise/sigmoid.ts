import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const sigmoid = unary({
  summary: "`sigmoid(x)`: 1/(1 + e⁻ˣ)",
  // dx = dy · y · (1 − y)
  derivative: ({ build, dy, y }) =>
    build.multiply(dy, build.multiply(y, build.subtract(build.constantLike(1, y), y))),
  scalar: (x) => scalarApply("sigmoid", x),
  notation: functionNotation("sigmoid", "\\sigma"),
});
