import { type Expression, scalarApply, scalarNumber, type Statement } from "../../program/index.ts";
import { mapExpression, mapExpressions, visitExpression, visitStatements } from "../traverse.ts";

/**
 * Lets a sigmoid that is spelled out and softplus of the same z share an exponential: where e^−z is computed anyway, e^−|z| is the smaller of
 * it and its inverse. (A choice by the sign of z would do as well, but costs a branch; measured, more than the division.)
 */
export function shareExponentials(statements: readonly Statement[]): readonly Statement[] {
  const known = new Set<string>();
  visitStatements(statements, (statement) => {
    if (statement.kind === "loop" || statement.kind === "piece" || statement.kind === "comment") return;
    visitExpression(statement.value, (part) => {
      const z = operandOf(operandOf(part, "exp"), "negate");
      if (z?.kind === "local") known.add(z.name);
    });
  });
  if (known.size === 0) return statements;
  return mapExpressions(statements, (expression) =>
    mapExpression(expression, (part) => {
      const z = operandOf(operandOf(operandOf(part, "exp"), "negate"), "abs");
      if (z?.kind !== "local" || !known.has(z.name)) return part;
      const exponential = scalarApply("exp", scalarApply("negate", z));
      return scalarApply("minimum", exponential, scalarApply("divide", scalarNumber(1), exponential));
    }),
  );
}

function operandOf(
  part: Expression | undefined,
  operation: "exp" | "negate" | "abs",
): Expression | undefined {
  return part?.kind === "apply" && part.operation === operation ? part.operands[0] : undefined;
}
