import type { Argument, Call } from "./builtins/builtin.ts";
import { Problem, Spoilt } from "./problem.ts";
import { type SourceSpan, suggestOption } from "../diagnostics/index.ts";
import { liesIn, type Range, sayNumberIn } from "./ranges.ts";
import { type Field, type ObjectValue, poison, sayFound } from "./value.ts";

/** Where a mistake is told when reading goes on after it. */
type Tell = (problem: Problem) => void;

/** The options of a call, without those whose names it does not know: they are reported. No argument is no options. */
export function optionsOf(
  call: Pick<Call, "problem" | "report">,
  argument: Argument | undefined,
  known: readonly string[],
): ReadonlyMap<string, Field> {
  if (argument === undefined) return new Map();
  const { value, label, expression } = argument;
  if (value.kind !== "object") {
    throw call.problem(
      "wrong-argument",
      `${label} is ${sayFound(value)}, where options should stand.`,
      `write them as {${known[0] ?? "name"}: …}`,
      expression.span,
    );
  }
  return knownFields(value, known, call.report);
}

/**
 * The fields whose names are known; the others are reported. One that is a slip for a known name spoils that one, so that
 * nothing is said of the default that would stand in its place.
 */
export function knownFields(
  object: ObjectValue,
  known: readonly string[],
  tell: Tell,
): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  for (const [name, field] of object.fields) {
    if (known.includes(name)) {
      fields.set(name, field);
      continue;
    }
    tell(unknownOption(name, field, known));
    const meant = suggestOption(name, known);
    if (meant !== undefined && !object.fields.has(meant)) fields.set(meant, { ...field, value: poison });
  }
  return fields;
}

function unknownOption(name: string, { span }: Field, known: readonly string[]): Problem {
  const there =
    known.length === 0 ? " here" : `; there ${known.length === 1 ? "is" : "are"} ${known.join(", ")}`;
  const meant = suggestOption(name, known);
  const other = known.length > 1 ? "write one of these, or " : "";
  return new Problem(
    "unknown-option",
    span,
    `There is no option ${name}${there}.`,
    meant === undefined ? `${other}remove ${name}` : `did you mean ${meant}?`,
    [],
    true,
  );
}

/** The number that an option gives. */
export function numberOption(
  name: string,
  field: Field | undefined,
  fallback: number,
  range?: Range,
): number {
  if (field === undefined) return fallback;
  const { value } = field;
  if (value.kind === "poison") throw new Spoilt();
  if (
    value.kind === "number" &&
    Number.isFinite(value.value) &&
    (range === undefined || liesIn(range, value.value))
  )
    return value.value;
  // `{units: units}` passes on an argument, which has no name where it was written.
  const isArgument = field.valueSpan !== undefined && textOf(field.valueSpan) === name;
  const example = `${isArgument ? "" : `${name}: `}${String(fallback)}`;
  throw wrongOption(name, field, sayNumberIn(range), `write a number, such as ${example}`);
}

function textOf({ source, start, end }: SourceSpan): string {
  return source.text.slice(start, end);
}

/** The array of `times` numbers that an option gives, as such or as one number that stands for all. */
export function numbersOption(
  name: string,
  field: Field,
  fallback: number,
  range: Range,
  times: number,
): readonly number[] {
  const { value } = field;
  if (value.kind === "poison") throw new Spoilt();
  const data =
    value.kind === "number"
      ? Array.from({ length: times }, () => value.value)
      : value.kind === "array" && value.shape.length === 1
        ? value.data
        : [];
  if (data.length === times && data.every((each) => Number.isFinite(each) && liesIn(range, each)))
    return data;
  const example = Array.from({ length: times }, () => String(fallback)).join(", ");
  throw wrongOption(
    name,
    field,
    times === 1 ? sayNumberIn(range) : `${sayNumberIn(range)}, or an array of ${String(times)}`,
    `write a number, such as ${name}: ${String(fallback)}${times === 1 ? "" : `, or ${name}: [${example}]`}`,
  );
}

/** The whole number that an option gives; `example` is one that would do. */
export function positiveInteger(name: string, field: Field, example: number): number {
  const { value } = field;
  if (value.kind === "poison") throw new Spoilt();
  if (value.kind === "number" && Number.isSafeInteger(value.value) && value.value > 0) return value.value;
  throw wrongOption(
    name,
    field,
    "a positive whole number",
    `write a number from 1, such as ${name}: ${String(example)}`,
  );
}

/** `beta1 must be a finite number of at least 0 and below 1, not 2.` */
export function wrongOption(name: string, { value, span }: Field, expected: string, hint?: string): Problem {
  return new Problem(
    "wrong-option",
    span,
    `${name} must be ${expected}, not ${sayFound(value)}.`,
    hint ?? `leave ${name} out for its default`,
    [],
    true,
  );
}
