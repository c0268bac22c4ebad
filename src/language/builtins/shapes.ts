import { sizeOf } from "../../graph/index.ts";
import { sayKind } from "../value.ts";
import type { Argument, Call } from "./builtin.ts";

/** More elements than a typed array can be sure to hold. */
const mostElements = 2 ** 31 - 1;

/** A shape: an array of positive whole numbers, or one such number for a vector; `[]` is a scalar. */
export function shapeArgument(call: Call, argument: Argument, mayInfer = false): readonly number[] {
  const { value, label, expression } = argument;
  const extents =
    value.kind === "number"
      ? [value.value]
      : value.kind === "array" && value.shape.length === 1
        ? value.data
        : undefined;
  if (extents === undefined) {
    throw call.problem(
      "wrong-argument",
      `${label} is ${sayKind(value)}, where a shape should stand.`,
      "write a shape as [rows, columns]; [n] is a vector",
      expression.span,
    );
  }
  const wrong = extents.find(
    (extent) => !(Number.isInteger(extent) && (extent > 0 || (mayInfer && extent === -1))),
  );
  if (wrong !== undefined) {
    throw call.problem(
      "wrong-argument",
      `A shape consists of positive whole numbers, but ${label} has ${String(wrong)}.`,
      "write sizes of 1 or more: [rows, columns], or [n] for a vector",
      expression.span,
    );
  }
  if (extents.filter((extent) => extent === -1).length > 1) {
    throw call.problem(
      "wrong-argument",
      "Only one extent of a shape can be left to infer.",
      "write -1 once",
      expression.span,
    );
  }
  if (sizeOf(extents) > mostElements) {
    throw call.problem(
      "too-large",
      `${label} has more than ${String(mostElements)} elements.`,
      undefined,
      expression.span,
    );
  }
  return extents;
}
