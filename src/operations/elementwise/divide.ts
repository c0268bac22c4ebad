import { scalarApply } from "../../program/index.ts";
import { infixNotation, precedence } from "../notation.ts";
import { binary } from "./elementwise.ts";

export const divide = binary({
  summary: "`a ./ b`: quotient of elements",
  derivatives: [
    // da = dy / b
    ({ build, dy, b }) => build.divide(dy, b),
    // db = −(dy / b) · y
    ({ build, dy, b, y }) => build.negate(build.multiply(build.divide(dy, b), y)),
  ],
  scalar: (a, b) => scalarApply("divide", a, b),
  notation: infixNotation("./", "/", precedence.product),
});
