import { scalarApply } from "../../program/index.ts";
import { infixNotation, precedence } from "../notation.ts";
import { binary } from "./elementwise.ts";

export const multiply = binary({
  summary: "`a .* b`: product of elements",
  derivatives: [
    // da = dy · b
    ({ build, dy, b }) => build.multiply(dy, b),
    // db = dy · a
    ({ build, dy, a }) => build.multiply(dy, a),
  ],
  scalar: (a, b) => scalarApply("multiply", a, b),
  notation: infixNotation(".*", "\\odot", precedence.product, true),
});
