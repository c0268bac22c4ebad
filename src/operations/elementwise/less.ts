import { scalarApply } from "../../program/index.ts";
import { infixNotation, precedence } from "../notation.ts";
import { test } from "./elementwise.ts";

export const less = test("numbers", {
  summary: "`a < b`",
  scalar: (a, b) => scalarApply("less", a, b),
  notation: infixNotation("<", "<", precedence.comparison),
});
