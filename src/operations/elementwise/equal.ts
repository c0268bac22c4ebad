import { scalarApply } from "../../program/index.ts";
import { infixNotation, precedence } from "../notation.ts";
import { test } from "./elementwise.ts";

export const equal = test("numbers", {
  summary: "`a == b`",
  scalar: (a, b) => scalarApply("equal", a, b),
  notation: infixNotation("==", "=", precedence.comparison),
});
