import { scalarApply } from "../../program/index.ts";
import { infixNotation, precedence } from "../notation.ts";
import { test } from "./elementwise.ts";

export const notEqual = test("numbers", {
  summary: "`a != b`",
  scalar: (a, b) => scalarApply("notEqual", a, b),
  notation: infixNotation("!=", "\\ne", precedence.comparison),
});
