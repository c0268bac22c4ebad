import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const expm1 = unary({
  summary: "`expm1(x)`: eˣ − 1, accurate near 0",
  // dx = dy · eˣ: y + 1 would lose every digit for very negative x
  derivative: ({ build, dy, x }) => build.multiply(dy, build.apply("exp", [x], {})),
  scalar: (x) => scalarApply("expm1", x),
  notation: functionNotation("expm1"),
});
