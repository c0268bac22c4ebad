import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const sqrt = unary({
  summary: "`sqrt(x)`: square root",
  // dx = dy / 2y
  derivative: ({ build, dy, y }) => build.divide(dy, build.multiply(build.constantLike(2, y), y)),
  scalar: (x) => scalarApply("sqrt", x),
  notation: functionNotation("sqrt", "\\sqrt"),
  convention: "sqrt′(0) = ∞, as IEEE arithmetic gives it",
});
