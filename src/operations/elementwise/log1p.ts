import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const log1p = unary({
  summary: "`log1p(x)`: log(1 + x), accurate near 0",
  // dx = dy / (1 + x)
  derivative: ({ build, dy, x }) => build.divide(dy, build.add(build.constantLike(1, x), x)),
  scalar: (x) => scalarApply("log1p", x),
  notation: functionNotation("log1p"),
});
