import type { Expression } from "./program.ts";
import type { ScalarOperation } from "./scalar.ts";

export function scalarNumber(value: number): Expression {
  return { kind: "number", value };
}

/** 1/(1 + e^−x), for a target that has no function for it: 0 from x = −710 on, where e^−x is ∞. */
export function spelledOutSigmoid(x: Expression): Expression {
  const power = scalarApply("exp", scalarApply("negate", x));
  return scalarApply("divide", scalarNumber(1), scalarApply("add", scalarNumber(1), power));
}

export function scalarApply(operation: ScalarOperation, ...operands: readonly Expression[]): Expression {
  return { kind: "apply", operation, operands };
}
