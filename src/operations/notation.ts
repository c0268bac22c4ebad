import type { Notation } from "./definition.ts";

/** How tightly each form binds: the scale of `Notation`. A negation is `-(a * b)` without parentheses, `(-a) * b` with. */
export const precedence = {
  or: 1,
  and: 2,
  comparison: 3,
  sum: 4,
  negation: 5,
  product: 6,
  power: 7,
  /** Names, numbers, calls: never in parentheses. */
  atom: 8,
} as const;

/** `tanh(x)`; the TeX name defaults to an upright one. */
export function functionNotation(text: string, tex = `\\operatorname{${text}}`): Notation {
  return { kind: "function", text, tex };
}

export function infixNotation(text: string, tex: string, binding: number, associative = false): Notation {
  return { kind: "infix", text, tex, precedence: binding, associative };
}

/** Written by a special case of `inspect/`. */
export const specialNotation: Notation = { kind: "special" };
