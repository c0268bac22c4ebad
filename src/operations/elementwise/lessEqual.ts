import { scalarApply } from "../../program/index.ts";
import { infixNotation, precedence } from "../notation.ts";
import { test } from "./elementwise.ts";

export const lessEqual = test("numbers", {
  summary: "`a <= b`",
  scalar: (a, b) => scalarApply("lessEqual", a, b),
  notation: infixNotation("<=", "\\le", precedence.comparison),
});
