import { scalarApply } from "../../program/index.ts";
import { precedence } from "../notation.ts";
import { unaryOf, zero } from "./elementwise.ts";

export const not = unaryOf("boolean", "boolean", {
  summary: "`not a`: negation of truth values",
  // Not differentiable: truth values.
  derivative: zero,
  scalar: (x) => scalarApply("not", x),
  notation: { kind: "prefix", text: "not ", tex: "\\lnot ", precedence: precedence.negation },
});
