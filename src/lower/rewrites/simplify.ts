import {
  type Expression,
  type Statement,
  constantOf,
  scalarFunctions,
  scalarNumber,
} from "../../program/index.ts";
import { mapExpression, mapOwnExpressions } from "../traverse.ts";

/**
 * Evaluates what is known once indices are: constant indices and ranges, choices among them, operations on numbers, and locals that
 * turn out to be numbers.
 */
export function simplifyExpressions(statements: readonly Statement[]): readonly Statement[] {
  const known = new Map<string, Expression>();
  const simplified = (each: readonly Statement[]): readonly Statement[] =>
    each.map((statement) => {
      const own = mapOwnExpressions(statement, (value) =>
        mapExpression(value, (part) =>
          part.kind === "local" ? (known.get(part.name) ?? part) : simplifyPart(part),
        ),
      );
      if (own.kind === "let" && !own.mutable && own.value.kind === "number") known.set(own.name, own.value);
      return "body" in own ? { ...own, body: simplified(own.body) } : own;
    });
  return simplified(statements);
}

export function simplifyExpression(expression: Expression): Expression {
  return mapExpression(expression, simplifyPart);
}

function simplifyPart(part: Expression): Expression {
  switch (part.kind) {
    case "index": {
      const value = constantOf(part.value);
      return value === undefined ? part : scalarNumber(value);
    }
    case "inRange": {
      const value = constantOf(part.value);
      if (value === undefined) return part;
      const inside = value >= part.from && value < part.to && (value - part.from) % part.step === 0;
      return scalarNumber(inside ? 1 : 0);
    }
    case "apply":
      return simplifyApply(part);
    case "number":
    case "local":
    case "load":
    case "batchSize":
    case "step":
    case "random":
      return part;
  }
}

function simplifyApply(part: Extract<Expression, { kind: "apply" }>): Expression {
  const { operation, operands } = part;
  const [a, b, c] = operands;
  if (a === undefined) return part;
  if (operation === "select" && a.kind === "number") return (a.value === 0 ? c : b) ?? part;
  const numbers = operands.flatMap((operand) => (operand.kind === "number" ? [operand.value] : []));
  if (numbers.length === operands.length) return scalarNumber(scalarFunctions[operation](...numbers));
  if (b === undefined) return part;
  // Exact for every value of the other operand, NaN and −0 included.
  if (operation === "multiply" && isNumber(a, 1)) return b;
  if ((operation === "multiply" || operation === "divide") && isNumber(b, 1)) return a;
  if (operation === "subtract" && isNumber(b, 0)) return a;
  if (operation === "and" || operation === "or") return simplifyLogic(operation, a, b) ?? part;
  if (operation === "add" && a.kind === "number") return addToChoice(a.value, b) ?? part;
  return part;
}

/** 0 + (c ? 1 : 0) is c ? 1 : 0. */
function addToChoice(value: number, choice: Expression): Expression | undefined {
  if (choice.kind !== "apply" || choice.operation !== "select") return undefined;
  const [condition, yes, no] = choice.operands;
  if (condition === undefined || yes?.kind !== "number" || no?.kind !== "number") return undefined;
  const operands = [condition, scalarNumber(value + yes.value), scalarNumber(value + no.value)];
  return { ...choice, operands };
}

/** Operands of logic are 0 or 1. */
function simplifyLogic(operation: "and" | "or", a: Expression, b: Expression): Expression | undefined {
  const [neutral, absorbing] = operation === "and" ? [1, 0] : [0, 1];
  if (isNumber(a, absorbing) || isNumber(b, absorbing)) return scalarNumber(absorbing);
  if (isNumber(a, neutral)) return b;
  return isNumber(b, neutral) ? a : undefined;
}

export function isNumber(expression: Expression, value: number): boolean {
  return expression.kind === "number" && Object.is(expression.value, value);
}
