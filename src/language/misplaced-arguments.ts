import type { Argument } from "./builtins/builtin.ts";
import { builtins, constants } from "./builtins/index.ts";
import { type Frame, labelOf } from "./frame.ts";
import { preludeSource } from "./prelude/index.ts";
import { Problem } from "./problem.ts";
import type { CallExpression, Expression, FunctionExpression } from "./syntax.ts";
import { sayKind, type Value } from "./value.ts";

/*
 * What stands in a call where something else should: told in words of the call, not of what would come of it inside.
 */

/** What is wrong with `activation: "relu"` among arguments: it is no range, but an option outside its braces. */
export function optionOutside(argument: Expression, { scope }: Frame): Problem | undefined {
  if (argument.kind !== "range" || argument.start.kind !== "name" || argument.step !== undefined)
    return undefined;
  const { name, span } = argument.start;
  const isKnown = (each: string): boolean =>
    constants.has(each) || builtins.has(each) || scope.lookup(each) !== undefined;
  if (isKnown(name)) return undefined;
  const { end } = argument;
  const value = end.kind === "string" && isKnown(end.value) ? end.value : labelOf(end, scope);
  return new Problem(
    "unknown-name",
    span,
    `There is nothing called ${name} here with which a range could begin.`,
    `options stand in braces: write {${name}: ${value}}`,
  );
}

/** What is called is a value; where it is a function's parameter, what was given for it should be a function. */
export function notAFunction(value: Value, { callee, span }: CallExpression, frame: Frame): Problem {
  const found = `${labelOf(callee, frame.scope)} is ${sayKind(value)}`;
  const definition = frame.calls.at(-1)?.definition;
  const parameters = definition?.parameters.map(({ name }) => name) ?? [];
  if (definition === undefined || callee.kind !== "name" || !parameters.includes(callee.name))
    return new Problem("not-a-function", span, `${found}, not a function.`, "write * for a product");
  const message = `${found}, where ${definition.name} takes a function as its ${callee.name}.`;
  if (frame.calls.length === 1)
    return new Problem(
      "not-a-function",
      span,
      message,
      "give the name of a function, or define one there: f(z) = …",
    );
  const others = parameters.filter((name) => name !== callee.name);
  const example = callee.name === "layer" ? "gru" : "f";
  const all = parameters.map((name) => (name === callee.name ? example : name));
  const { name } = definition;
  return new Problem(
    "not-a-function",
    span,
    message,
    `to pass on ${name} itself, say for what: own(${others.join(", ")}) = ${name}(${all.join(", ")})`,
  );
}

/** No function of the prelude takes an object but as its options: `leakyRelu({slope: 0.2})` lacks what comes before them. */
export function refuseMisplacedOptions(
  { name, parameters, span }: FunctionExpression,
  values: readonly Argument[],
  options: Argument,
  required: number,
  expression: CallExpression,
): void {
  const place = parameters[values.length - 1]?.name;
  if (span.source !== preludeSource || place === undefined || options.value.kind !== "object") return;
  const given = values.slice(0, -1).map(({ label }) => label);
  const positional = options.value.fields.get(place)?.label;
  const whole = parameters.slice(0, required).map((parameter, k) => given[k] ?? parameter.name);
  const hint =
    positional !== undefined && values.length === required
      ? `write ${name}(${[...given, positional].join(", ")})`
      : required === 1
        ? `write f(z) = ${name}(z, ${options.label}) to pass it as a function, ${name}(x, ${options.label}) to call it`
        : `write ${name}(${[...whole, options.label].join(", ")})`;
  const message = `${options.label} ${options.value.fields.size === 1 ? "is an option" : "are options"}, where ${name} takes its argument ${place}.`;
  throw new Problem("wrong-argument", expression.span, message, hint);
}
