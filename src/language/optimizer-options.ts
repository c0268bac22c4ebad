import type { Call } from "./builtins/builtin.ts";
import { knownFields, numberOption } from "./options.ts";
import { type Problem, attempt } from "./problem.ts";
import { type OptimizerDefinition, type Value, poison } from "./value.ts";

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
  const options = new Map(definition.options);
  const fields = object === undefined ? [] : knownFields(object, [...options.keys()], tell);
  for (const [name, field] of fields) {
    const usual = definition.options.get(name) ?? 0;
    const value = attempt(tell, () => numberOption(name, field, usual, definition.ranges.get(name)));
    if (value === undefined) isSound = false;
    else options.set(name, value);
  }
  return isSound ? { kind: "optimizer", definition, options, span: call.span } : poison;
}

function mayBeOptions(value: Value): value is Extract<Value, { kind: "object" | "poison" }> {
  return value.kind === "object" || value.kind === "poison";
}
