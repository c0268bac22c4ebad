import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const abs = unary({
  summary: "`abs(x)`: absolute value",
  // dx = dy · sign(x)
  derivative: ({ build, dy, x }) => build.multiply(dy, build.apply("sign", [x], {})),
  scalar: (x) => scalarApply("abs", x),
  notation: functionNotation("abs"),
  convention: "|x|′(0) = 0",
});
