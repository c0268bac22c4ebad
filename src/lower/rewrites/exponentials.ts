import { type Expression, scalarApply, scalarNumber, type Statement } from "../../program/index.ts";
import { mapExpression, mapExpressions, visitExpression, visitStatements } from "../traverse.ts";
import { isNumber } from "./simplify.ts";

/**
 * Lets sigmoid and softplus of the same z share e^−|z|: where that is computed anyway, 1/(1 + e^−z) becomes
 * (z ≥ 0 ? 1 : e^−|z|) / (1 + e^−|z|), the same number by another way. A sigmoid alone is left as it is, because the
 * choice costs a branch.
 */
export function shareExponentials(statements: readonly Statement[]): readonly Statement[] {
  const decaying = new Set<string>();
  const mutable = new Set<string>();
  visitStatements(statements, (statement) => {
    if (statement.kind === "loop" || statement.kind === "piece" || statement.kind === "comment") return;
    if (statement.kind === "let" && statement.mutable) mutable.add(statement.name);
    visitExpression(statement.value, (part) => {
      const local = exponentOf(part, true);
      if (local !== undefined) decaying.add(local);
    });
  });
  if (decaying.size === 0) return statements;
  return mapExpressions(statements, (expression) =>
    mapExpression(expression, (part) => {
      const name = sigmoidOf(part);
      return name !== undefined && decaying.has(name) && !mutable.has(name) ? stableSigmoid(name) : part;
    }),
  );
}

/** z of e^−z, or with `absolute` of e^−|z|, where z is a local. */
function exponentOf(part: Expression | undefined, absolute: boolean): string | undefined {
  const negative = operandOf(part, "exp", 0);
  const exponent = operandOf(negative, "negate", 0);
  const z = absolute ? operandOf(exponent, "abs", 0) : exponent;
  return z?.kind === "local" ? z.name : undefined;
}

/** z of 1/(1 + e^−z) */
function sigmoidOf(part: Expression): string | undefined {
  const [one, sum] = [operandOf(part, "divide", 0), operandOf(part, "divide", 1)];
  const addend = operandOf(sum, "add", 0);
  if (one === undefined || addend === undefined || !isNumber(one, 1) || !isNumber(addend, 1))
    return undefined;
  return exponentOf(operandOf(sum, "add", 1), false);
}

function operandOf(
  part: Expression | undefined,
  operation: string,
  position: number,
): Expression | undefined {
  return part?.kind === "apply" && part.operation === operation ? part.operands[position] : undefined;
}

function stableSigmoid(name: string): Expression {
  const z: Expression = { kind: "local", name };
  const decay = scalarApply("exp", scalarApply("negate", scalarApply("abs", z)));
  const numerator = scalarApply(
    "select",
    scalarApply("lessEqual", scalarNumber(0), z),
    scalarNumber(1),
    decay,
  );
  return scalarApply("divide", numerator, scalarApply("add", scalarNumber(1), decay));
}
