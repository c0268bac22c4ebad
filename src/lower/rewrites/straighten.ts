import type { Expression, Statement } from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { mapOwnExpressions, substituteExpression, visitStatements } from "../traverse.ts";
import { isNumber } from "./simplify.ts";

/**
 * Gives each value of an accumulator a local of its own where all its changes stand in the block that declares it, as
 * they do after unrolling. A sum that starts at 0 starts at its first summand instead; the last value gets the name.
 */
export function straightenAccumulators(
  statements: readonly Statement[],
  names: NameSupply,
): readonly Statement[] {
  const left = new Map<string, number>(); // assignments still to come, of accumulators that are straightened
  for (const statement of statements) {
    if (statement.kind === "let" && statement.mutable) left.set(statement.name, 0);
    if (statement.kind === "assign") addTo(left, statement.name);
    if (statement.kind !== "loop" && statement.kind !== "piece") continue;
    visitStatements(statement.body, (inner) => {
      if (inner.kind === "assign") left.delete(inner.name);
    });
  }
  const current = new Map<string, Expression>();
  const value = (expression: Expression): Expression =>
    substituteExpression(expression, { variables: new Map(), locals: current });
  const result: Statement[] = [];
  for (const statement of statements) {
    if (statement.kind === "let" && left.get(statement.name) !== undefined) {
      if (left.get(statement.name) === 0)
        result.push({ ...statement, value: value(statement.value), mutable: false });
      else current.set(statement.name, start(value(statement.value), statement.name, result, names));
    } else if (statement.kind === "assign" && left.has(statement.name)) {
      const remaining = (left.get(statement.name) ?? 0) - 1;
      left.set(statement.name, remaining);
      const next = withoutNeutral(value(statement.value));
      const name = remaining === 0 ? statement.name : names.claim(`${names.baseOf(statement.name)}_part`);
      result.push({ kind: "let", name, value: next, mutable: false });
      current.set(statement.name, { kind: "local", name });
    } else if (statement.kind === "loop" || statement.kind === "piece") {
      const body = straightenAccumulators(substituteBlock(statement.body, current), names);
      result.push({ ...statement, body });
    } else {
      result.push(mapOwnExpressions(statement, value));
    }
  }
  return result;
}

function addTo(counts: Map<string, number>, name: string): void {
  const count = counts.get(name);
  if (count !== undefined) counts.set(name, count + 1);
}

/** The first value of an accumulator: a number as it is, anything else in a local. */
function start(value: Expression, base: string, into: Statement[], names: NameSupply): Expression {
  if (value.kind === "number") return value;
  const name = names.claim(`${names.baseOf(base)}_start`);
  into.push({ kind: "let", name, value, mutable: false });
  return { kind: "local", name };
}

function substituteBlock(
  statements: readonly Statement[],
  locals: ReadonlyMap<string, Expression>,
): readonly Statement[] {
  if (locals.size === 0) return statements;
  return statements.map((statement) =>
    statement.kind === "loop" || statement.kind === "piece"
      ? { ...statement, body: substituteBlock(statement.body, locals) }
      : mapOwnExpressions(statement, (each) => substituteExpression(each, { variables: new Map(), locals })),
  );
}

/** A combination's first step: its neutral element and the first element. */
function withoutNeutral(value: Expression): Expression {
  if (value.kind !== "apply") return value;
  const [first, second] = value.operands;
  if (first === undefined || second === undefined) return value;
  const { operation } = value;
  const isNeutral =
    (operation === "add" && isNumber(first, 0)) ||
    (operation === "maximum" && isNumber(first, -Infinity)) ||
    (operation === "minimum" && isNumber(first, Infinity));
  return isNeutral ? second : value;
}
