import { attempt, Problem, Spoilt } from "../problem.ts";
import { knownFields, numberOption, numbersOption, wrongOption } from "../options.ts";
import { liesIn, parseRange, parseRanges, type Range } from "../ranges.ts";
import { Scope } from "../scope.ts";
import { isNumeric } from "../tensors.ts";
import type { FunctionExpression } from "../syntax.ts";
import { type Field, type ObjectValue, type Value, numberValue, poison, sayKind } from "../value.ts";
import type { Argument, Builtin, Call } from "./builtin.ts";

/**
 * `defaults(options, {delta: 1}, {delta: "(0, Infinity)"})`: the options given, the others as they are by default; others
 * than these are mistakes, and so are numbers outside the range that the last argument gives them. What has a range and no
 * default must be given; of the range "schedule", it is a function of the step's number, or a number. With `× 2` behind its
 * range an option is an array of two numbers. A wrong one spoils only what is computed from it.
 */
export const defaults: Builtin = {
  name: "defaults",
  usage:
    'defaults(options, {name: value}), or with ranges: defaults(options, {delta: 1}, {delta: "(0, Infinity)"})',
  minimum: 2,
  maximum: 3,
  apply: (call): Value => {
    const [options, fallback, within] = call.arguments as readonly [Argument, Argument, Argument?]; // counted by the evaluator
    const known = requireObject(call, fallback);
    const bounds = within === undefined ? undefined : requireObject(call, within);
    const required = [...(bounds?.fields.keys() ?? [])].filter((name) => !known.fields.has(name));
    const given = requireObject(call, options, exampleOf(options, required, known));
    const isSchedule = (name: string) => isWord(bounds?.fields.get(name)?.value, "schedule");
    const ranged = new Map([
      ...numbersAmong(known),
      ...required.filter((name) => !isSchedule(name)).map((name) => [name, undefined] as const),
    ]);
    const ranges =
      bounds && rangesOf(call, without(bounds, required.filter(isSchedule)), ranged, parseRanges);
    const fields = new Map(
      [...known.fields].map(([name, field]) => [name, repeated(field, ranges?.get(name))] as const),
    );
    for (const [name, field] of knownFields(given, [...required, ...known.fields.keys()], call.report)) {
      const usual = known.fields.get(name)?.value;
      const value = attempt(call.report, () => {
        if (usual !== undefined) return optionValue(name, field, usual, ranges?.get(name));
        return isSchedule(name)
          ? scheduleOption(name, field)
          : requiredNumber(name, field, ranges?.get(name));
      });
      fields.set(name, { ...field, value: value ?? poison });
    }
    for (const name of required) {
      if (fields.has(name)) continue;
      const message = `The option ${name} is missing: it has no default.`;
      call.report(new Problem("missing-field", given.span, message, `write {${name}: …}`, [], true));
      fields.set(name, { value: poison, span: given.span });
    }
    return { kind: "object", fields, span: given.span };
  },
};

function isWord(value: Value | undefined, word: string): boolean {
  return value?.kind === "string" && value.value === word;
}

function without(object: ObjectValue, names: readonly string[]): ObjectValue {
  return { ...object, fields: new Map([...object.fields].filter(([name]) => !names.includes(name))) };
}

function requiredNumber(name: string, field: Field, range: Range | undefined): Value {
  const examples = range?.isWhole === true ? [2] : [0.1, 1, 100];
  const example = examples.find((each) => range !== undefined && liesIn(range, each)) ?? 0.1;
  return numbersIn(name, field, example, range);
}

/** The number that an option gives, or the array of as many as its range says. */
function numbersIn(name: string, field: Field, example: number, range: Range | undefined): Value {
  if (field.value.kind === "poison") return field.value;
  const times = range?.times;
  if (range === undefined || times === undefined)
    return numberValue(numberOption(name, field, example, range));
  return { kind: "array", shape: [times], data: numbersOption(name, field, example, range, times) };
}

/** A default that is one number for several. */
function repeated(field: Field, range: Range | undefined): Field {
  const { value } = field;
  const times = range?.times;
  if (value.kind !== "number" || times === undefined) return field;
  const data = Array.from({ length: times }, () => value.value);
  return { ...field, value: { kind: "array", shape: [times], data } };
}

/** A function of the step's number; a number stands for one that gives it at every step. */
function scheduleOption(name: string, field: Field): Value {
  const { value, span } = field;
  if (value.kind === "function" || value.kind === "poison") return value;
  if (value.kind !== "number")
    throw wrongOption(
      name,
      field,
      "a number or a function of the step's number t",
      `write ${name}: rate(t) = 0.1 / sqrt(t)`,
    );
  const parameters: FunctionExpression["parameters"] = [{ kind: "name", name: "t", span }];
  const body = { kind: "number", value: value.value, span } as const;
  const definition: FunctionExpression = { kind: "function", name, nameSpan: span, span, parameters, body };
  return { kind: "function", definition, scope: new Scope() };
}

/**
 * A default that is a number, a truth value, a function, a computed array or an object says what its option must be; a range,
 * where it must lie.
 */
function optionValue(name: string, field: Field, usual: Value, range: Range | undefined): Value {
  const { value } = field;
  if (usual.kind === "object") return objectOption(name, field, usual);
  if (usual.kind === "tensor" && !isNumeric(value) && value.kind !== "poison")
    throw wrongOption(name, field, "a number or an array of numbers");
  const expected = optionKind(usual);
  if (expected === undefined || value.kind === "poison") return value;
  if (usual.kind === "number" && range !== undefined) return numbersIn(name, field, usual.value, range);
  if (optionKind(value) === expected) return value;
  const hint =
    expected === "function" && value.kind === "string" && /^\w+$/.test(value.value)
      ? `write the function's name without quotes: ${value.value}`
      : undefined;
  throw wrongOption(name, field, expected === "boolean" ? "true or false" : sayKind(usual), hint);
}

/** An object with the fields that the default has. */
function objectOption(name: string, field: Field, usual: ObjectValue): Value {
  const { value } = field;
  if (value.kind === "poison") return value;
  const names = [...usual.fields.keys()];
  const written = `{${names.map((each) => `${each}: …`).join(", ")}}`;
  const hint = `write ${name}: ${written}`;
  if (value.kind !== "object") throw wrongOption(name, field, written, hint);
  const lacking = names.find((each) => !value.fields.has(each));
  const extra = [...value.fields.keys()].find((each) => !names.includes(each));
  const found = lacking === undefined ? extra && `has ${extra}` : `lacks ${lacking}`;
  if (found === undefined) return value;
  throw new Problem("wrong-option", field.span, `${name} must be ${written}, but ${found}.`, hint, [], true);
}

/** The defaults that are numbers: only they have ranges. */
function numbersAmong({ fields }: ObjectValue): ReadonlyMap<string, number> {
  const all = [...fields].map(([name, { value }]) => [name, value] as const);
  return new Map(all.flatMap(([name, value]) => (value.kind === "number" ? [[name, value.value]] : [])));
}

function optionKind(value: Value): "number" | "boolean" | "function" | undefined {
  if (value.kind === "builtin" || value.kind === "function") return "function";
  return value.kind === "number" || value.kind === "boolean" ? value.kind : undefined;
}

/** `{beta1: "[0, 1)"}`: where the values of options must lie, those by default too, of options that have one. */
export function rangesOf(
  call: Call,
  ranges: ObjectValue,
  options: ReadonlyMap<string, number | undefined>,
  parse: (text: string) => Range | undefined = parseRange,
): ReadonlyMap<string, Range> {
  const result = new Map<string, Range>();
  for (const [name, field] of knownFields(ranges, [...options.keys()], call.report)) {
    if (field.value.kind === "poison") throw new Spoilt();
    const range = field.value.kind === "string" ? parse(field.value.value) : undefined;
    const usual = options.get(name);
    if (range === undefined)
      throw wrongOption(
        name,
        field,
        "a range",
        `write it in quotes, with a bracket for a bound that is allowed: "[0, 1)"`,
      );
    if (usual !== undefined && !liesIn(range, usual))
      throw wrongOption(
        name,
        field,
        `a range that holds its default, ${String(usual)}`,
        "change the range or the default",
      );
    result.set(name, range);
  }
  return result;
}

/** What was given, as the option that it may be meant for: `{rate: 0.2}`. */
function exampleOf({ value, label }: Argument, required: readonly string[], { fields }: ObjectValue): string {
  const isMeant = (name: string): boolean => {
    const usual = fields.get(name)?.value;
    return value.kind === "number"
      ? usual === undefined || usual.kind === "number"
      : optionKind(value) !== undefined && usual !== undefined && optionKind(value) === optionKind(usual);
  };
  const names = [...required, ...fields.keys()];
  const meant = names.find(isMeant);
  return meant === undefined ? `{${names[0] ?? "name"}: …}` : `{${meant}: ${label}}`;
}

/** @param example How to write what is asked for. */
export function requireObject(call: Call, argument: Argument, example = "{name: value}"): ObjectValue {
  const { value, label, expression } = argument;
  if (value.kind === "object") return value;
  throw call.problem(
    "wrong-argument",
    `${label} is ${sayKind(value)}, where options should stand.`,
    `write them as ${example}`,
    expression.span,
  );
}
