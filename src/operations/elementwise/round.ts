import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary, zero } from "./elementwise.ts";

export const round = unary({
  summary: "`round(x)`: the nearest integer, halves towards +∞",
  // dx = 0
  derivative: zero,
  scalar: (x) => scalarApply("round", x),
  notation: functionNotation("round"),
  convention: "round′(x) = 0 at the halves too",
});
