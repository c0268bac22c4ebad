import { functionNotation } from "../notation.ts";
import { unaryOf, zero } from "./elementwise.ts";

export const toReal = unaryOf("integer", "real", {
  summary: "`toReal(k)`: an integer as a real number",
  // Not differentiable: integers.
  derivative: zero,
  scalar: (k) => k,
  notation: functionNotation("real"),
});
