import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const exp = unary({
  summary: "`exp(x)`: eˣ",
  // dx = dy · y
  derivative: ({ build, dy, y }) => build.multiply(dy, y),
  scalar: (x) => scalarApply("exp", x),
  notation: functionNotation("exp", "\\exp"),
});
