import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary, zero } from "./elementwise.ts";

export const sign = unary({
  summary: "`sign(x)`: −1, 0 or 1",
  // dx = 0
  derivative: zero,
  scalar: (x) => scalarApply("sign", x),
  notation: functionNotation("sign"),
  convention: "sign′(0) = 0",
});
