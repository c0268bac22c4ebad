import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const atan = unary({
  summary: "`atan(x)`: inverse tangent",
  // dx = dy / (1 + x²)
  derivative: ({ build, dy, x }) =>
    build.divide(dy, build.add(build.constantLike(1, x), build.multiply(x, x))),
  scalar: (x) => scalarApply("atan", x),
  notation: functionNotation("atan", "\\arctan"),
});
