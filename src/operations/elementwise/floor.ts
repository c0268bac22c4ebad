import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary, zero } from "./elementwise.ts";

export const floor = unary({
  summary: "`floor(x)`: the greatest integer not above x",
  // dx = 0
  derivative: zero,
  scalar: (x) => scalarApply("floor", x),
  notation: functionNotation("floor"),
  convention: "floor′(x) = 0 at the integers too",
});
