import { sayFound, sayKind, type Value } from "../value.ts";
import { builtin } from "./builtin.ts";
import { requireObject } from "./defaults.ts";

/**
 * `check(x, condition, {message: "$0 has $n rows.", hint: "…", n: 3})` is x where the condition, known now, holds; else a mistake
 * with this message, told where the function is called. `$0` stands for what the caller wrote for x, `$n` for the field n (of an
 * array `2×3`, in brackets `[2, 3]`), `$$n` for what the caller wrote for the field n.
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
      return field.value.replace(
        placeholder,
        (whole, open: string, sign: string, part: string, index: string) => {
          const label = part === "0" ? x.label : sign === "$$" ? fields.get(part)?.label : undefined;
          if (label !== undefined) return `${open}${index === "" ? label : asOperand(label)}${index}`;
          const given = fields.get(part)?.value;
          return given === undefined ? whole : `${open}${sayPart(given, open === "[")}${index}`;
        },
      );
    };
    const [message, hint] = [text("message"), text("hint")];
    if (value.value) return x.value;
    throw call.problem("wrong-argument", message, hint, x.expression.span);
  },
);

/** `$0`, `$n` or `$$n`, with the bracket before it and the one that indexes it. */
const placeholder = /(\[?)(\$\$?)(\w+)(\[?)/g;

/** What stands before an index: anything but a name in parentheses. */
function asOperand(label: string): string {
  return /^[\p{L}\p{N}_.]+$/u.test(label) ? label : `(${label})`;
}

/** A value inside a sentence: a shape as 2×3, inside brackets as 2, 3. */
function sayPart(value: Value, isInBrackets: boolean): string {
  if (value.kind === "string") return value.value;
  return value.kind === "array" ? value.data.join(isInBrackets ? ", " : "×") : sayFound(value);
}
