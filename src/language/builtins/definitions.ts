import { attempt, Spoilt } from "../problem.ts";
import { knownFields, numberOption, wrongOption } from "../options.ts";
import { liesIn, parseRange, type Range } from "../ranges.ts";
import {
  type Field,
  type ObjectValue,
  type OptimizerDefinition,
  type StateDefinition,
  type Value,
  numberValue,
  poison,
  sayFound,
  sayKind,
} from "../value.ts";
import type { Argument, Builtin, Call } from "./builtin.ts";

/**
 * `defaults(options, {delta: 1}, {delta: "(0, Infinity)"})`: the options given, the others as they are by default; others
 * than these are mistakes, and so are numbers outside the range that the last argument gives them. A wrong one spoils only
 * what is computed from it.
 */
const defaults: Builtin = {
  name: "defaults",
  usage:
    'defaults(options, {name: value}), or with ranges: defaults(options, {delta: 1}, {delta: "(0, Infinity)"})',
  minimum: 2,
  maximum: 3,
  apply: (call): Value => {
    const [options, fallback, within] = call.arguments as readonly [Argument, Argument, Argument?]; // counted by the evaluator
    const given = requireObject(call, options);
    const known = requireObject(call, fallback);
    const ranges = within === undefined ? undefined : rangesOf(call, within, numbersAmong(known));
    const fields = new Map(known.fields);
    for (const [name, field] of knownFields(given, [...known.fields.keys()], call.report)) {
      const usual = known.fields.get(name)?.value ?? poison;
      const value = attempt(call.report, () => optionValue(name, field, usual, ranges?.get(name)));
      fields.set(name, { ...field, value: value ?? poison });
    }
    return { kind: "object", fields, span: given.span };
  },
};

/** A default that is a number, a truth value or a function says what its option must be; a range, where it must lie. */
function optionValue(name: string, field: Field, usual: Value, range: Range | undefined): Value {
  const { value } = field;
  const expected = optionKind(usual);
  if (expected === undefined || value.kind === "poison") return value;
  if (usual.kind === "number" && range !== undefined)
    return numberValue(numberOption(name, field, usual.value, range));
  if (optionKind(value) === expected) return value;
  const hint =
    expected === "function" && value.kind === "string" && /^\w+$/.test(value.value)
      ? `write the function's name without quotes: ${value.value}`
      : undefined;
  throw wrongOption(name, field, expected === "boolean" ? "true or false" : sayKind(usual), hint);
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

export function requireObject(call: Call, argument: Argument) {
  const { value, label, expression } = argument;
  if (value.kind === "object") return value;
  throw call.problem(
    "wrong-argument",
    `${label} is ${sayKind(value)}, where options should stand.`,
    "write them as {name: value}",
    expression.span,
  );
}

/** `adam = optimizer({learningRate: 0.001}, {m: 0, v: 0}, step(w, g, s, t, o) = …, {learningRate: "(0, Infinity)"})`. */
const optimizer: Builtin = {
  name: "optimizer",
  usage: "optimizer({learningRate: 0.1}, {}, step(w, g, s, t, o) = {w: …})",
  minimum: 3,
  maximum: 4,
  apply: (call): OptimizerDefinition => {
    const [options, states, step, ranges] = call.arguments as readonly [
      Argument,
      Argument,
      Argument,
      Argument?,
    ]; // counted by the evaluator
    const name = call.declaring?.name;
    if (name === undefined) {
      throw call.problem(
        "misplaced-declaration",
        "An optimizer is declared as a statement of its own, so that it has a name.",
        "write name = optimizer(…)",
      );
    }
    const { value } = step;
    if (value.kind !== "function" || value.definition.parameters.length !== 5) {
      throw call.problem(
        "wrong-optimizer",
        "An optimizer's last argument is a function of the parameter, its gradient, its state, the step's number and the options.",
        "write step(w, g, s, t, o) = {w: w - o.learningRate * g}",
        step.expression.span,
      );
    }
    const defaultOptions = numbers(call, options);
    return {
      kind: "optimizerDefinition",
      name,
      options: defaultOptions,
      ranges: ranges === undefined ? new Map() : rangesOf(call, ranges, defaultOptions),
      states: statesOf(call, states),
      step: value,
    };
  },
};

/** `{beta1: "[0, 1)"}`: where the values of options must lie, those by default too. */
function rangesOf(
  call: Call,
  argument: Argument,
  options: ReadonlyMap<string, number>,
): ReadonlyMap<string, Range> {
  const ranges = new Map<string, Range>();
  for (const [name, field] of knownFields(requireObject(call, argument), [...options.keys()], call.report)) {
    if (field.value.kind === "poison") throw new Spoilt();
    const range = field.value.kind === "string" ? parseRange(field.value.value) : undefined;
    const usual = options.get(name) ?? 0;
    if (range === undefined)
      throw wrongOption(
        name,
        field,
        "a range",
        `write it in quotes, with a bracket for a bound that is allowed: "[0, 1)"`,
      );
    if (!liesIn(range, usual))
      throw wrongOption(
        name,
        field,
        `a range that holds its default, ${String(usual)}`,
        "change the range or the default",
      );
    ranges.set(name, range);
  }
  return ranges;
}

function numbers(call: Call, argument: Argument): ReadonlyMap<string, number> {
  const result = new Map<string, number>();
  for (const [name, { value, span }] of requireObject(call, argument).fields) {
    if (value.kind === "poison") throw new Spoilt();
    if (value.kind !== "number")
      throw call.problem(
        "wrong-optimizer",
        `${name} must be a number, not ${sayKind(value)}.`,
        `write ${name}: 0, or another number`,
        span,
      );
    result.set(name, value.value);
  }
  return result;
}

/** `{m: 0, p: {start: 1, shape: []}}`: m has the parameter's shape, p is one number for all. */
function statesOf(call: Call, argument: Argument): ReadonlyMap<string, StateDefinition> {
  const result = new Map<string, StateDefinition>();
  for (const [name, field] of requireObject(call, argument).fields) {
    const { value, span } = field;
    if (value.kind === "poison") throw new Spoilt();
    if (value.kind === "number") {
      result.set(name, { start: value.value, isShared: false });
      continue;
    }
    const given = value.kind === "object" ? knownFields(value, ["start", "shape"], call.report) : undefined;
    if (value.kind === "object" && [...value.fields.keys()].some((each) => given?.has(each) !== true))
      throw new Spoilt();
    const [start, shape] = [given?.get("start")?.value, given?.get("shape")?.value];
    if (start?.kind === "poison" || shape?.kind === "poison") throw new Spoilt();
    if (start?.kind !== "number" || shape?.kind !== "array" || shape.data.length > 0)
      throw call.problem(
        "wrong-optimizer",
        `The state ${name} must be a number or one with the shape [], not ${sayFound(value)}.`,
        `write ${name}: 0, or ${name}: {start: 0, shape: []} for one number for all parameters`,
        span,
      );
    result.set(name, { start: start.value, isShared: true });
  }
  return result;
}

export const definitionBuiltins: readonly Builtin[] = [defaults, optimizer];
