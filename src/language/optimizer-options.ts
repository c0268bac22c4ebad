import type { Call } from "./builtins/builtin.ts";
import { capturedData } from "./captured.ts";
import { knownFields, numberOption, wrongOption } from "./options.ts";
import { Problem, attempt } from "./problem.ts";
import { type Field, type OptimizerDefinition, type Schedule, type Value, poison } from "./value.ts";

/** `adam({learningRate: 0.01})`. Every option is looked at, whatever is wrong with the others. */
export function configureOptimizer(definition: OptimizerDefinition, call: Call): Value {
  const [given, extra] = call.arguments;
  const object = given?.value;
  if (object !== undefined && (!mayBeOptions(object) || extra !== undefined)) {
    const [name = "learningRate"] = definition.options.keys();
    throw call.problem(
      "wrong-argument-count",
      `${definition.name} takes its options as one object.`,
      `write ${definition.name}({${name}: 0.01})`,
    );
  }
  if (object?.kind === "poison") return poison;
  let isSound = true;
  const tell = (problem: Problem) => {
    isSound = false;
    call.report(problem);
  };
  const options = new Map<string, number | Schedule>(definition.options);
  const fields = object === undefined ? [] : knownFields(object, [...options.keys()], tell);
  for (const [name, field] of fields) {
    const value = attempt(tell, () => optionOf(definition, name, field));
    if (value === undefined) isSound = false;
    else options.set(name, value);
  }
  return isSound ? { kind: "optimizer", definition, options, span: call.span } : poison;
}

/** A number, or a function of the step's number. */
export function optionOf(definition: OptimizerDefinition, name: string, field: Field): number | Schedule {
  const range = definition.ranges.get(name);
  const { value } = field;
  if (value.kind === "builtin") {
    const rate = `rate(t) = ${value.builtin.name}(t)`;
    throw wrongOption(name, field, "a number or a function of the step's number t", `write ${name}: ${rate}`);
  }
  if (value.kind !== "function") return numberOption(name, field, definition.options.get(name) ?? 0, range);
  const { definition: rate } = value;
  const [only, another] = rate.parameters;
  if (only?.name === "options" && another === undefined) {
    const hint = `${rate.name}({…}) gives a function of the step's number t`;
    throw wrongOption(name, field, "a number or a function of the step's number t", hint);
  }
  if (only === undefined || another !== undefined) {
    const found = `${rate.name}(${rate.parameters.map((each) => each.name).join(", ")})`;
    const message = `${name} must be a number or a function of the step's number t alone, not ${found}.`;
    throw new Problem(
      "wrong-option",
      field.span,
      message,
      `write ${name}: rate(t) = 0.1 / sqrt(t)`,
      [],
      true,
    );
  }
  const captured = capturedData(value);
  if (captured !== undefined) {
    const message = `${name} can follow the step's number alone, but ${rate.name} reads ${captured}, a value of the network.`;
    throw new Problem("wrong-option", field.span, message, "compute it from t and numbers", [], true);
  }
  return { name, rate: value, range, span: field.valueSpan ?? field.span };
}

function mayBeOptions(value: Value): value is Extract<Value, { kind: "object" | "poison" }> {
  return value.kind === "object" || value.kind === "poison";
}
