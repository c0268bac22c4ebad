import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary, zero } from "./elementwise.ts";

export const ceil = unary({
  summary: "`ceil(x)`: the least integer not below x",
  // dx = 0
  derivative: zero,
  scalar: (x) => scalarApply("ceil", x),
  notation: functionNotation("ceil"),
  convention: "ceil′(x) = 0 at the integers too",
});
