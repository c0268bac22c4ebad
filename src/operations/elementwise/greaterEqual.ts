import { scalarApply } from "../../program/index.ts";
import { infixNotation, precedence } from "../notation.ts";
import { test } from "./elementwise.ts";

export const greaterEqual = test("numbers", {
  summary: "`a >= b`",
  scalar: (a, b) => scalarApply("lessEqual", b, a),
  notation: infixNotation(">=", "\\ge", precedence.comparison),
});
