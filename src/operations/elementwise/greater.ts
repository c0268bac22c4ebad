import { scalarApply } from "../../program/index.ts";
import { infixNotation, precedence } from "../notation.ts";
import { test } from "./elementwise.ts";

export const greater = test("numbers", {
  summary: "`a > b`",
  scalar: (a, b) => scalarApply("less", b, a),
  notation: infixNotation(">", ">", precedence.comparison),
});
