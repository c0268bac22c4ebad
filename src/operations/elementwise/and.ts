import { scalarApply } from "../../program/index.ts";
import { infixNotation, precedence } from "../notation.ts";
import { test } from "./elementwise.ts";

export const and = test("truths", {
  summary: "`a and b`: both truth values hold",
  scalar: (a, b) => scalarApply("and", a, b),
  notation: infixNotation("and", "\\land", precedence.and, true),
});
