import { sayFound, sayKind, type Value } from "../value.ts";
import { builtin } from "./builtin.ts";
import { requireObject } from "./defaults.ts";

/**
 * `check(x, condition, {message: "$0 has $n rows.", hint: "…", n: 3})` is x where the condition, known now, holds; else a mistake
 * with this message, told where the function is called. `$0` stands for what the caller wrote for x, `$n` for the field n.
 */
export const check = builtin(
  "check",
  'check(x, condition, {message: "…", hint: "…"})',
  (call, x, condition, explanation): Value => {
    const { value } = condition;
    if (value.kind !== "boolean")
      throw call.problem(
        "wrong-condition",
        `${condition.label} is ${sayKind(value)}, not true or false while the file is read.`,
        "compare numbers known now, such as size(x)[1]",
        condition.expression.span,
      );
    const { fields } = requireObject(call, explanation);
    const text = (name: string): string => {
      const field = fields.get(name)?.value;
      if (field?.kind !== "string")
        throw call.problem(
          "wrong-argument",
          `${explanation.label} lacks a ${name} in quotes.`,
          'write {message: "…", hint: "…"}',
          explanation.expression.span,
        );
      return field.value.replace(/\$(\w+)/g, (whole, part: string) => {
        const given = fields.get(part)?.value;
        return part === "0" ? x.label : given === undefined ? whole : sayPart(given);
      });
    };
    const [message, hint] = [text("message"), text("hint")];
    if (value.value) return x.value;
    throw call.problem("wrong-argument", message, hint, x.expression.span);
  },
);

/** A value inside a sentence: a shape as 2×3. */
function sayPart(value: Value): string {
  if (value.kind === "string") return value.value;
  return value.kind === "array" ? value.data.join("×") : sayFound(value);
}
