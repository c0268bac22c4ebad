import { scalarApply } from "../../program/index.ts";
import { infixNotation, precedence } from "../notation.ts";
import { binary } from "./elementwise.ts";

export const add = binary({
  summary: "`a + b`: sum",
  derivatives: [
    // da = dy
    ({ dy }) => dy,
    // db = dy
    ({ dy }) => dy,
  ],
  scalar: (a, b) => scalarApply("add", a, b),
  notation: infixNotation("+", "+", precedence.sum, true),
});
