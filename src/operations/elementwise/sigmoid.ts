import { scalarApply, scalarNumber } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

/** e⁻ˣ overflows to ∞ for very negative x, and 1/(1 + ∞) = 0 is then the right answer. */
export const sigmoid = unary({
  summary: "`sigmoid(x)`: 1/(1 + e⁻ˣ)",
  // dx = dy · y · (1 − y)
  derivative: ({ build, dy, y }) =>
    build.multiply(dy, build.multiply(y, build.subtract(build.constantLike(1, y), y))),
  scalar: (x) =>
    scalarApply(
      "divide",
      scalarNumber(1),
      scalarApply("add", scalarNumber(1), scalarApply("exp", scalarApply("negate", x))),
    ),
  notation: functionNotation("sigmoid", "\\sigma"),
});
