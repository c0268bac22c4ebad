import type { Expression, Statement } from "../../program/index.ts";
import { type Assign, type Loop, visitExpression, visitStatements } from "../traverse.ts";
import { isNumber } from "./simplify.ts";

/**
 * Sums of sums as one: `for n { p = 0; for k { p += e }; s += p }` becomes `for n { for k { s += e } }`. The sum over a batch
 * of the products over a sequence then is one contraction, with one tile of accumulators.
 */
export function joinSums(statements: readonly Statement[]): readonly Statement[] {
  return statements.map((statement): Statement => {
    if (statement.kind !== "loop")
      return "body" in statement ? { ...statement, body: joinSums(statement.body) } : statement;
    const loop = { ...statement, body: joinSums(statement.body) };
    return joined(loop) ?? loop;
  });
}

function joined(loop: Loop): Loop | undefined {
  const [start, inner, end, ...others] = loop.body;
  if (start?.kind !== "let" || inner?.kind !== "loop" || end?.kind !== "assign" || others.length > 0)
    return undefined;
  const isStart = start.mutable && isNumber(start.value, 0);
  if (!isStart || !isSummand(end, start.name) || !onlyAddsTo(inner, start.name, end.name)) return undefined;
  return { ...loop, body: [renamed(inner, start.name, end.name)] };
}

/** `s = s + p` */
function isSummand({ name, value }: Assign, part: string): boolean {
  const [first, second] = value.kind === "apply" && value.operation === "add" ? value.operands : [];
  return isLocal(first, name) && isLocal(second, part);
}

function isLocal(expression: Expression | undefined, name: string): boolean {
  return expression?.kind === "local" && expression.name === name;
}

/** Whether all that the loop does with `part` is to add to it, by one statement, and it knows nothing of `sum`. */
function onlyAddsTo(loop: Loop, part: string, sum: string): boolean {
  const additions: Statement[] = [];
  const reads: Expression[] = [];
  const obstacles: (Statement | Expression)[] = [];
  visitStatements(loop.body, (statement) => {
    if (statement.kind === "loop" || statement.kind === "comment") return;
    if (statement.kind === "piece" || statement.kind === "when" || statement.kind === "return") {
      obstacles.push(statement);
      return;
    }
    visitExpression(statement.value, (each) => {
      if (isLocal(each, part)) reads.push(each);
      if (isLocal(each, sum)) obstacles.push(each);
    });
    if (statement.kind !== "assign" || statement.name !== part) return;
    const { value } = statement;
    const [first] = value.kind === "apply" && value.operation === "add" ? value.operands : [];
    (isLocal(first, part) ? additions : obstacles).push(statement);
  });
  return obstacles.length === 0 && additions.length === 1 && reads.length === 1;
}

/** The one assignment to `part` as one to `sum`. */
function renamed(loop: Loop, part: string, sum: string): Loop {
  const body = loop.body.map((statement): Statement => {
    if (statement.kind === "loop") return renamed(statement, part, sum);
    if (statement.kind !== "assign" || statement.name !== part || statement.value.kind !== "apply")
      return statement;
    const [, ...summands] = statement.value.operands;
    const operands: readonly Expression[] = [{ kind: "local", name: sum }, ...summands];
    return { ...statement, name: sum, value: { ...statement.value, operands } };
  });
  return { ...loop, body };
}
