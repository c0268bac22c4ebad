import { scalarApply } from "../../program/index.ts";
import { infixNotation, precedence } from "../notation.ts";
import { test } from "./elementwise.ts";

export const or = test("truths", {
  summary: "`a or b`: at least one truth value holds",
  scalar: (a, b) => scalarApply("or", a, b),
  notation: infixNotation("or", "\\lor", precedence.or, true),
});
