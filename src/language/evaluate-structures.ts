import { didYouMean, type SourceSpan } from "../diagnostics/index.ts";
import type { Node } from "../graph/index.ts";
import type { Argument } from "./builtins/builtin.ts";
import { builtins, constants } from "./builtins/index.ts";
import type { Evaluation } from "./evaluation.ts";
import { type Frame } from "./frame.ts";
import { indexValue } from "./indexing.ts";
import { Problem } from "./problem.ts";
import type { Scope } from "./scope.ts";
import type { Expression } from "./syntax.ts";
import { isNumeric, shapeOf } from "./tensors.ts";
import { type Field, type Value, numberValue, poison, sayKind, tensor } from "./value.ts";

export function nameValue(
  evaluation: Evaluation,
  name: string,
  span: SourceSpan,
  frame: Frame,
  isCall = false,
): Value {
  if (name === "end" && frame.end !== undefined) return numberValue(frame.end);
  // A constant's name that the file has given to something is a mistake, and told: what is meant is not the constant.
  const defined = frame.scope.lookup(name);
  const known = defined?.kind === "poison" ? defined : (constants.get(name) ?? defined);
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
    const { label, value: found } = evaluation.argument(value, frame);
    fields.set(name, { value: found, span, valueSpan: value.span, label });
  }
  return { kind: "object", fields, span: expression.span };
}

export function fieldValue(
  evaluation: Evaluation,
  expression: Expression & { kind: "field" },
  frame: Frame,
): Value {
  const owned = ownedParameter(evaluation, expression, frame);
  if (owned !== undefined) return tensor(owned);
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

/**
 * `h.weight` where h is what a layer gave: the parameter that the statement or the local name h owns; `h[2].weight` is that of the
 * second block of a `repeat`. An owner inside a function is named after all that it stands in, so the innermost is looked for first.
 */
function ownedParameter(
  evaluation: Evaluation,
  expression: Expression & { kind: "field" },
  frame: Frame,
): Node | undefined {
  const path = ownerPath(expression, frame);
  if (path === undefined) return undefined;
  const { name, fields } = path;
  const depths = frame.path.map((_, index) => frame.path.slice(0, index)).reverse();
  const owned = [frame.path, ...depths]
    .map((outer) => evaluation.declare.ownedBy([...outer, name].join(".")))
    .find((parameters) => parameters.size > 0);
  if (owned === undefined) return undefined;
  const found = owned.get(fields.join("."));
  if (found !== undefined) return found;
  const written = (parameter: string) => readAs(name, parameter);
  const [wanted, all] = [written(fields.join(".")), [...owned.keys()].map(written)];
  const last = `.${fields.at(-1) ?? ""}`;
  const ofBlock =
    fields.length === 1 ? all.find((each) => each.includes("[") && each.endsWith(last)) : undefined;
  throw new Problem(
    "unknown-field",
    expression.nameSpan,
    `${name} owns no parameter ${wanted}; it owns ${all.join(", ")}.`,
    ofBlock === undefined ? didYouMean(wanted, all) : `did you mean ${ofBlock}?`,
  );
}

/** The name that `h[1].inner.weight` begins with, if it is a tensor's, and what follows it: 1, inner, weight. */
function ownerPath(
  expression: Expression & { kind: "field" },
  { scope }: Frame,
): { readonly name: string; readonly fields: readonly string[] } | undefined {
  const fields: string[] = [];
  let owner: Expression = expression;
  while (owner.kind === "field" || owner.kind === "index") {
    const field = owner.kind === "field" ? owner.name : blockNumber(owner.dimensions, scope);
    if (field === undefined) return undefined;
    fields.unshift(field);
    owner = owner.object;
  }
  if (owner.kind !== "name" || scope.lookup(owner.name)?.kind !== "tensor") return undefined;
  return { name: owner.name, fields };
}

/** What an index of one number, or of the name of one, says. */
function blockNumber([index, ...others]: readonly Expression[], scope: Scope): string | undefined {
  if (index === undefined || others.length > 0) return undefined;
  const value = index.kind === "name" ? scope.lookup(index.name) : index;
  return value?.kind === "number" ? String(value.value) : undefined;
}

/** How a parameter that `owner` owns is read: `weight`, of a block `h[1].weight`. */
function readAs(owner: string, parameter: string): string {
  const written = parameter.replace(/(^|\.)(\d+)(?=\.|$)/g, "[$2]");
  return written.startsWith("[") ? `${owner}${written}` : written;
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
