import { scalarApply } from "../../program/index.ts";
import { infixNotation, precedence } from "../notation.ts";
import { binary } from "./elementwise.ts";

export const subtract = binary({
  summary: "`a - b`: difference",
  derivatives: [
    // da = dy
    ({ dy }) => dy,
    // db = −dy
    ({ build, dy }) => build.negate(dy),
  ],
  scalar: (a, b) => scalarApply("subtract", a, b),
  notation: infixNotation("-", "-", precedence.sum),
});
