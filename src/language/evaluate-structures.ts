import { didYouMean, type SourceSpan } from "../diagnostics/index.ts";
import type { Argument } from "./builtins/builtin.ts";
import { builtins, constants } from "./builtins/index.ts";
import type { Evaluation } from "./evaluation.ts";
import { type Frame } from "./frame.ts";
import { indexValue } from "./indexing.ts";
import { Problem } from "./problem.ts";
import type { Expression } from "./syntax.ts";
import { isNumeric, shapeOf } from "./tensors.ts";
import { type Field, type Value, numberValue, poison, sayKind } from "./value.ts";

export function nameValue(
  evaluation: Evaluation,
  name: string,
  span: SourceSpan,
  frame: Frame,
  isCall = false,
): Value {
  if (name === "end" && frame.end !== undefined) return numberValue(frame.end);
  const known = constants.get(name) ?? frame.scope.lookup(name);
  if (known !== undefined) return known;
  const builtin = builtins.get(name);
  if (builtin !== undefined) return { kind: "builtin", builtin };
  const visible = [...frame.scope.names, ...builtins.keys(), ...constants.keys()];
  const { code, message, hint, related } = evaluation.explainName(name, visible, isCall);
  throw new Problem(code, span, message, hint, related);
}

export function objectValue(
  evaluation: Evaluation,
  expression: Expression & { kind: "object" },
  frame: Frame,
): Value {
  const fields = new Map<string, Field>();
  for (const { name, span, value } of expression.fields) {
    if (fields.has(name)) {
      const message = `The field ${name} is given twice.`;
      const repeated = new Problem("repeated-definition", span, message, "remove one of them");
      evaluation.report.add(evaluation.problemIn(repeated, expression, frame));
      continue;
    }
    fields.set(name, { value: evaluation.evaluate(value, frame), span, valueSpan: value.span });
  }
  return { kind: "object", fields, span: expression.span };
}

export function fieldValue(
  evaluation: Evaluation,
  expression: Expression & { kind: "field" },
  frame: Frame,
): Value {
  return evaluation.withArguments([expression.object], frame, ([object]) => {
    if (object?.value.kind !== "object") {
      throw new Problem(
        "unknown-field",
        expression.span,
        `${object?.label ?? ""} is ${object === undefined ? "nothing" : sayKind(object.value)}, which has no fields.`,
      );
    }
    const { fields } = object.value;
    const field = fields.get(expression.name);
    if (field !== undefined) return field.value;
    const names = [...fields.keys()];
    throw new Problem(
      "unknown-field",
      expression.nameSpan,
      `${object.label} has no field ${expression.name}; it has ${names.join(", ") || "none"}.`,
      didYouMean(expression.name, names),
    );
  });
}

export function elementsOf(
  evaluation: Evaluation,
  expression: Expression & { kind: "index" },
  frame: Frame,
): Value {
  const object = evaluation.argument(expression.object, frame);
  if (object.value.kind === "poison") return poison;
  const shape = isNumeric(object.value) ? shapeOf(object.value) : [];
  const places = expression.dimensions.map((dimension, axis): Argument | undefined => {
    const inIndex = { ...frame, end: shape[axis] ?? 1 };
    return evaluation.argument(dimension, inIndex);
  });
  if (places.some((each) => each?.value.kind === "poison")) return poison;
  return indexValue(evaluation.place(expression.span, frame), object, places as readonly Argument[]); // every entry is set above
}
