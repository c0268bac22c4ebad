import { capturedData } from "../captured.ts";
import { knownFields } from "../options.ts";
import { Spoilt } from "../problem.ts";
import { type OptimizerDefinition, type StateDefinition, sayFound, sayKind } from "../value.ts";
import type { Argument, Builtin, Call } from "./builtin.ts";
import { defaults, rangesOf, requireObject } from "./defaults.ts";

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
    const captured = capturedData(value);
    if (captured !== undefined) {
      throw call.problem(
        "wrong-optimizer",
        `The step of ${name} reads ${captured}, a value of the network, but an update follows from its own arguments alone.`,
        "pass numbers as options",
        step.expression.span,
      );
    }
    const defaultOptions = numbers(call, options);
    return {
      kind: "optimizerDefinition",
      name,
      options: defaultOptions,
      ranges: ranges === undefined ? new Map() : rangesOf(call, requireObject(call, ranges), defaultOptions),
      states: statesOf(call, states),
      step: value,
    };
  },
};

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
