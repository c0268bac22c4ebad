import type { Argument, Builtin, Call } from "./builtins/builtin.ts";
import { nameValue } from "./evaluate-structures.ts";
import type { Evaluation } from "./evaluation.ts";
import { type Frame, deepestCalls, endlessCalls, labelOf, wrongCount } from "./frame.ts";
import { notAFunction, optionOutside, refuseMisplacedOptions } from "./misplaced-arguments.ts";
import { configureOptimizer } from "./optimizer-options.ts";
import { knownFields } from "./options.ts";
import { Problem } from "./problem.ts";
import { Scope } from "./scope.ts";
import type { CallExpression, Expression } from "./syntax.ts";
import { usageOf } from "./usage.ts";
import { type FunctionValue, type Value, poison } from "./value.ts";

export function callValue(evaluation: Evaluation, expression: CallExpression, frame: Frame): Value {
  const { callee } = expression;
  if (callee.kind === "name" && callee.name === "let") return letValue(evaluation, expression, frame);
  const inner: Frame = { ...frame, declaring: undefined };
  const called = calleeValue(evaluation, callee, inner);
  const values = expression.arguments.map((argument) => {
    const option = optionOutside(argument, inner);
    if (option !== undefined) evaluation.report.add(evaluation.problemIn(option, argument, inner));
    return option === undefined
      ? evaluation.argument(argument, inner)
      : { value: poison, expression: argument, label: labelOf(argument, inner.scope) };
  });
  return called.kind === "poison" ? poison : apply(evaluation, called, values, expression, frame);
}

function calleeValue(evaluation: Evaluation, callee: Expression, frame: Frame): Value {
  if (callee.kind !== "name") return evaluation.evaluate(callee, frame);
  try {
    return nameValue(evaluation, callee.name, callee.span, frame, true);
  } catch (error) {
    return evaluation.spoil(error, callee, frame);
  }
}

/** A function is expanded whatever spoilt its arguments, so that mistakes in its options are told as well. */
function apply(
  evaluation: Evaluation,
  callee: Value,
  values: readonly Argument[],
  expression: CallExpression,
  frame: Frame,
): Value {
  switch (callee.kind) {
    case "builtin": {
      const { minimum, maximum, name, usage } = callee.builtin;
      if (values.length < minimum || values.length > maximum)
        throw wrongCount(name, usage, minimum, maximum, values.length, expression);
      return applyBuiltin(
        evaluation,
        callee.builtin,
        builtinCall(evaluation, values, expression, frame),
        expression,
        frame,
      );
    }
    case "function":
      return expand(evaluation, callee, values, expression, frame);
    case "optimizerDefinition":
      return configureOptimizer(callee, builtinCall(evaluation, values, expression, frame));
    case "tensor":
    case "number":
    case "array":
    case "boolean":
    case "string":
    case "object":
    case "optimizer":
    case "poison":
      throw notAFunction(callee, expression, frame);
  }
}

/** With a spoilt argument, all that can be told is whether the options have names that exist. */
function applyBuiltin(
  evaluation: Evaluation,
  builtin: Builtin,
  call: Call,
  expression: Expression,
  frame: Frame,
): Value {
  const { arguments: values, report } = call;
  if (values.every(({ value }) => value.kind !== "poison"))
    return evaluation.watchFinite(builtin.apply(call), values, expression, frame);
  const last = values.at(-1)?.value;
  if (last?.kind === "object" && builtin.options !== undefined) knownFields(last, builtin.options, report);
  return poison;
}

function builtinCall(
  evaluation: Evaluation,
  values: readonly Argument[],
  expression: CallExpression,
  frame: Frame,
): Call {
  return {
    ...evaluation.place(expression.span, frame),
    span: expression.span,
    arguments: values,
    declaring: frame.declaring,
    declare: evaluation.declare,
    invoke: (callee, given, owner) =>
      apply(
        evaluation,
        callee,
        given.map((value, k) => ({ value, expression, label: parameterName(callee, k) ?? "the argument" })),
        expression,
        { ...frame, declaring: undefined, path: owner === undefined ? frame.path : [...frame.path, owner] },
      ),
    report: (problem) => {
      evaluation.report.add(evaluation.problemIn(problem, expression, frame));
    },
    warn: (problem) => {
      evaluation.report.warn(problem);
    },
  };
}

/** What a function calls an argument that no text stands for. */
function parameterName(callee: Value, position: number): string | undefined {
  return callee.kind === "function" ? callee.definition.parameters[position]?.name : undefined;
}

function expand(
  evaluation: Evaluation,
  callee: FunctionValue,
  values: readonly Argument[],
  expression: CallExpression,
  frame: Frame,
): Value {
  const { definition } = callee;
  const { parameters } = definition;
  // The last parameter may be left out if it is called `options`.
  const required = parameters.at(-1)?.name === "options" ? parameters.length - 1 : parameters.length;
  if (values.length < required || values.length > parameters.length) {
    const usage = usageOf(definition);
    throw wrongCount(definition.name, usage, required, parameters.length, values.length, expression);
  }
  const last = values.at(-1);
  if (last !== undefined && values.length <= required && last.expression.kind === "object")
    refuseMisplacedOptions(definition, values, last, required, expression);
  if (frame.calls.length >= deepestCalls) throw endlessCalls(definition, expression.span, frame);
  const scope = new Scope(callee.scope);
  parameters.forEach(({ name }, index) => {
    const given = values[index];
    if (given === undefined) scope.define(name, { kind: "object", fields: new Map(), span: expression.span });
    else scope.define(name, given.value, given.label);
  });
  const calls = [...frame.calls, { span: expression.span, definition }];
  return evaluation.evaluate(definition.body, { scope, calls, path: frame.path, declaring: undefined });
}

/** `let(a = …, b = …, expression)`: names for the last argument only. */
function letValue(evaluation: Evaluation, expression: CallExpression, frame: Frame): Value {
  const scope = new Scope(frame.scope);
  const own = new Set<string>();
  const last = expression.arguments.at(-1);
  for (const argument of expression.arguments.slice(0, -1)) {
    if (argument.kind !== "binding" && argument.kind !== "function") {
      throw new Problem(
        "wrong-argument",
        argument.span,
        "Only the last argument of let is an expression; the others define names.",
        "write let(name = value, …, expression)",
      );
    }
    if (own.has(argument.name)) {
      throw new Problem(
        "repeated-definition",
        argument.nameSpan,
        `${argument.name} is already defined in this let.`,
        "choose another name",
      );
    }
    own.add(argument.name);
    const path = [...frame.path, argument.name];
    const declaring = { name: path.join("."), span: argument.nameSpan, topLevel: false };
    const value = argument.kind === "binding" ? argument.value : argument;
    const found = evaluation.evaluate(value, { ...frame, scope, path, declaring });
    if (found.kind === "tensor")
      evaluation.place(argument.span, frame).build.graph.label(found.node, declaring.name);
    scope.define(argument.name, found);
  }
  if (last === undefined || last.kind === "binding" || last.kind === "function") {
    throw new Problem(
      "wrong-argument",
      (last ?? expression).span,
      "let lacks the expression that its names are for.",
      "write let(name = value, …, expression)",
    );
  }
  return evaluation.evaluate(last, { ...frame, scope, declaring: undefined });
}
