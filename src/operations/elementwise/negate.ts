import { scalarApply } from "../../program/index.ts";
import { precedence } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const negate = unary({
  summary: "`-x`: negation",
  // dx = −dy
  derivative: ({ build, dy }) => build.negate(dy),
  scalar: (x) => scalarApply("negate", x),
  notation: { kind: "prefix", text: "-", tex: "-", precedence: precedence.negation },
});
