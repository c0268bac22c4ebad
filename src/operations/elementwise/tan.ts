import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const tan = unary({
  summary: "`tan(x)`: tangent",
  // dx = dy · (1 + y²)
  derivative: ({ build, dy, y }) =>
    build.multiply(dy, build.add(build.constantLike(1, y), build.multiply(y, y))),
  scalar: (x) => scalarApply("tan", x),
  notation: functionNotation("tan", "\\tan"),
});
