import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const log = unary({
  summary: "`log(x)`: natural logarithm",
  // dx = dy / x
  derivative: ({ build, dy, x }) => build.divide(dy, x),
  scalar: (x) => scalarApply("log", x),
  notation: functionNotation("log", "\\log"),
});
