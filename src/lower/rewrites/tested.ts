import { type Expression, scalarApply, type Statement } from "../../program/index.ts";
import { mapExpression, mapExpressions, visitStatements } from "../traverse.ts";

/**
 * Asks c < x where c < max(x, c) is asked, which is the same for every x, NaN included. Loops over memory ask the latter, so
 * that the maximum is all they keep; among locals x is at hand as well, and `skipSilentUnits` looks for it.
 */
export function testOperandsOfMaxima(statements: readonly Statement[]): readonly Statement[] {
  const constant = new Set<string>();
  /** By the local that holds max(x, c). */
  const maxima = new Map<string, { readonly x: Expression; readonly c: number }>();
  visitStatements(statements, (statement) => {
    if (statement.kind !== "let" || statement.mutable) return;
    constant.add(statement.name);
    const { value } = statement;
    if (value.kind !== "apply" || value.operation !== "maximum") return;
    const [x, c] = value.operands;
    if (x?.kind === "local" && constant.has(x.name) && c?.kind === "number")
      maxima.set(statement.name, { x, c: c.value });
  });
  if (maxima.size === 0) return statements;
  return mapExpressions(statements, (expression) =>
    mapExpression(expression, (part) => {
      if (part.kind !== "apply" || part.operation !== "less") return part;
      const [c, larger] = part.operands;
      const of = larger?.kind === "local" ? maxima.get(larger.name) : undefined;
      return of !== undefined && c?.kind === "number" && c.value === of.c
        ? scalarApply("less", c, of.x)
        : part;
    }),
  );
}
