import type { Argument, Call } from "./builtins/builtin.ts";
import { Problem } from "./problem.ts";
import { didYouMean } from "../diagnostics/index.ts";
import { type Field, type ObjectValue, sayKind } from "./value.ts";

/** The options of a call, checked against the names it knows. No argument is no options. */
export function optionsOf(
  call: Pick<Call, "problem">,
  argument: Argument | undefined,
  known: readonly string[],
): ReadonlyMap<string, Field> {
  if (argument === undefined) return new Map();
  const { value, label, expression } = argument;
  if (value.kind !== "object") {
    throw call.problem(
      "wrong-argument",
      `${label} is ${sayKind(value)}, where options should stand.`,
      `write them as {${known[0] ?? "name"}: …}`,
      expression.span,
    );
  }
  checkNames(value, known);
  return value.fields;
}

/** Throws at the first field whose name is not known. */
export function checkNames(object: ObjectValue, known: readonly string[]): void {
  for (const [name, { span }] of object.fields) {
    if (known.includes(name)) continue;
    throw new Problem(
      "unknown-option",
      span,
      `There is no option ${name}${known.length === 0 ? " here" : `; there ${known.length === 1 ? "is" : "are"} ${known.join(", ")}`}.`,
      didYouMean(name, known),
      [],
      true,
    );
  }
}

/** The number that an option gives. */
export function numberOption(name: string, field: Field | undefined, fallback: number): number {
  if (field === undefined) return fallback;
  if (field.value.kind === "number" && Number.isFinite(field.value.value)) return field.value.value;
  throw new Problem(
    "wrong-option",
    field.span,
    `${name} must be a number, not ${sayKind(field.value)}.`,
    undefined,
    [],
    true,
  );
}

export function positiveInteger(name: string, field: Field): number {
  const { value } = field;
  if (value.kind === "number" && Number.isInteger(value.value) && value.value > 0) return value.value;
  const found = value.kind === "number" ? String(value.value) : sayKind(value);
  throw new Problem(
    "wrong-option",
    field.span,
    `${name} must be a positive whole number, not ${found}.`,
    undefined,
    [],
    true,
  );
}
