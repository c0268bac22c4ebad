import { Problem } from "../problem.ts";
import { checkNames } from "../options.ts";
import { type Field, type OptimizerDefinition, type Value, sayKind } from "../value.ts";
import { type Argument, type Builtin, type Call, builtin } from "./builtin.ts";

/** `defaults(options, {a: 1})`: the options given, the others as they are by default; others than these are mistakes. */
const defaults = builtin("defaults", "defaults(options, {name: value})", (call, options, fallback): Value => {
  const given = requireObject(call, options);
  const known = requireObject(call, fallback);
  checkNames(given, [...known.fields.keys()]);
  const fields = new Map<string, Field>([...known.fields, ...given.fields]);
  for (const [name, field] of given.fields) checkKind(name, field, known.fields.get(name)?.value);
  return { kind: "object", fields, span: given.span };
});

/** A default that is a number or a truth value says what its option must be. */
function checkKind(name: string, field: Field, fallback: Value | undefined): void {
  const expected = fallback && optionKind(fallback);
  if (fallback === undefined || expected === undefined || optionKind(field.value) === expected) return;
  const hint =
    expected === "function" && field.value.kind === "string" && /^\w+$/.test(field.value.value)
      ? `write the function's name without quotes: ${field.value.value}`
      : undefined;
  const message = `${name} must be ${sayKind(fallback)}, not ${sayKind(field.value)}.`;
  throw new Problem("wrong-option", field.span, message, hint, [], true);
}

function optionKind(value: Value): "number" | "boolean" | "function" | undefined {
  if (value.kind === "builtin" || value.kind === "function") return "function";
  return value.kind === "number" || value.kind === "boolean" ? value.kind : undefined;
}

function requireObject(call: Call, argument: Argument) {
  const { value, label, expression } = argument;
  if (value.kind === "object") return value;
  throw call.problem(
    "wrong-argument",
    `${label} is ${sayKind(value)}, where options should stand.`,
    "write them as {name: value}",
    expression.span,
  );
}

/** `adam = optimizer({learningRate: 0.001}, {m: 0, v: 0}, step(w, g, s, t, o) = …)`. */
const optimizer: Builtin = builtin(
  "optimizer",
  "optimizer({learningRate: 0.1}, {}, step(w, g, s, t, o) = {w: …})",
  (call, options, states, step): OptimizerDefinition => {
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
    return {
      kind: "optimizerDefinition",
      name,
      options: numbers(call, options),
      states: numbers(call, states),
      step: value,
    };
  },
);

function numbers(call: Call, argument: Argument): ReadonlyMap<string, number> {
  const result = new Map<string, number>();
  for (const [name, { value, span }] of requireObject(call, argument).fields) {
    if (value.kind !== "number")
      throw call.problem(
        "wrong-optimizer",
        `${name} must be a number, not ${sayKind(value)}.`,
        undefined,
        span,
      );
    result.set(name, value.value);
  }
  return result;
}

export const definitionBuiltins: readonly Builtin[] = [defaults, optimizer];
