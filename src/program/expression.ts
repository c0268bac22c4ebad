import type { Expression } from "./program.ts";
import type { ScalarOperation } from "./scalar.ts";

export function scalarNumber(value: number): Expression {
  return { kind: "number", value };
}

export function scalarApply(operation: ScalarOperation, ...operands: readonly Expression[]): Expression {
  return { kind: "apply", operation, operands };
}
