import { invariant } from "../../diagnostics/index.ts";
import {
  type Affine,
  type Expression,
  type ExpressionMeaning,
  foldExpression,
  type ScalarOperation,
  spelledOutSigmoid,
} from "../../program/index.ts";
import { numberLiteral } from "./text.ts";

/** Binding strength of TypeScript's operators (ECMAScript's grammar, from `?:` up). */
export const precedence = {
  conditional: 1,
  or: 2,
  and: 3,
  equality: 4,
  relational: 5,
  additive: 6,
  multiplicative: 7,
  unary: 8,
  primary: 9,
} as const;

/** A printed expression, with what its surroundings must know to place it. */
export interface Printed {
  readonly text: string;
  readonly precedence: number;
  /** Comparisons give booleans, everything else numbers; programs use either as the other. */
  readonly boolean: boolean;
}

/** How the names and places of a program are written where the expression stands. */
export interface Places {
  readonly local: (name: string) => { readonly text: string; readonly boolean: boolean };
  /** An element of a buffer: `parameters[8 + i]!`. */
  readonly element: (buffer: string, offset: Affine) => string;
  readonly batchSize: string;
  readonly step: string;
  /** What the numbers of a stream of random numbers begin with: `key1`. */
  readonly key: (stream: number) => string;
  /** Called for each helper function that the text calls. */
  readonly helper: (name: string) => void;
  /** Whether calls of the functions of `templates/elementary.ts` will be inlined. */
  readonly inlinesElementary: () => boolean;
}

type Syntax =
  | {
      readonly kind: "infix";
      readonly text: string;
      readonly precedence: number;
      readonly operands: "number" | "boolean";
    }
  | { readonly kind: "prefix"; readonly text: string; readonly operands: "number" | "boolean" }
  | { readonly kind: "call"; readonly text: string }
  /** A function of `templates/`. */
  | { readonly kind: "helper"; readonly text: string }
  /** A function of `templates/` that is faster than `Math`'s of the same name where it is inlined. */
  | { readonly kind: "elementary"; readonly operation: "exp" | "tanh" }
  /** Spelled out, where x stands for the operand. */
  | { readonly kind: "formula"; readonly of: Expression }
  | { readonly kind: "conditional" };

function infix(text: string, level: number): Syntax {
  return { kind: "infix", text, precedence: level, operands: "number" };
}

function call(text: string): Syntax {
  return { kind: "call", text };
}

const syntaxTable: { readonly [K in ScalarOperation]: Syntax } = {
  add: infix("+", precedence.additive),
  subtract: infix("-", precedence.additive),
  multiply: infix("*", precedence.multiplicative),
  divide: infix("/", precedence.multiplicative),
  negate: { kind: "prefix", text: "-", operands: "number" },
  power: call("Math.pow"),
  abs: call("Math.abs"),
  sign: call("Math.sign"),
  floor: call("Math.floor"),
  ceil: call("Math.ceil"),
  round: call("Math.round"),
  sqrt: call("Math.sqrt"),
  exp: { kind: "elementary", operation: "exp" },
  expm1: call("Math.expm1"),
  log: call("Math.log"),
  log1p: call("Math.log1p"),
  sin: call("Math.sin"),
  cos: call("Math.cos"),
  tan: call("Math.tan"),
  asin: call("Math.asin"),
  acos: call("Math.acos"),
  atan: call("Math.atan"),
  sinh: call("Math.sinh"),
  cosh: call("Math.cosh"),
  tanh: { kind: "elementary", operation: "tanh" },
  asinh: call("Math.asinh"),
  acosh: call("Math.acosh"),
  atanh: call("Math.atanh"),
  erf: { kind: "helper", text: "erf" },
  sigmoid: { kind: "formula", of: spelledOutSigmoid({ kind: "local", name: "x" }) },
  maximum: call("Math.max"),
  minimum: call("Math.min"),
  less: infix("<", precedence.relational),
  lessEqual: infix("<=", precedence.relational),
  equal: infix("===", precedence.equality),
  notEqual: infix("!==", precedence.equality),
  and: { kind: "infix", text: "&&", precedence: precedence.and, operands: "boolean" },
  or: { kind: "infix", text: "||", precedence: precedence.or, operands: "boolean" },
  not: { kind: "prefix", text: "!", operands: "boolean" },
  select: { kind: "conditional" },
};

/** Prints with the fewest parentheses that keep the program's own order of evaluation, hence its rounding. */
export function printExpression(expression: Expression, places: Places): Printed {
  return foldExpression(expression, meaning(places));
}

/**
 * An expression that is all of a local's value. max(x, 0) is said as `x <= 0 ? 0 : x`, the same for NaN and both zeros: V8
 * makes more branches of `Math.max` than that one, and schedules less around it. Inside a longer expression `Math.max`
 * reads better and is as fast.
 */
export function printDefinition(expression: Expression, places: Places): Printed {
  if (expression.kind === "apply" && expression.operation === "maximum") {
    const [x, bound] = expression.operands;
    if (x?.kind === "local" && bound?.kind === "number" && Object.is(bound.value, 0)) {
      const { text, boolean } = places.local(x.name);
      const chosen = `${text} <= 0 ? 0 : ${text}`;
      if (!boolean) return { text: chosen, precedence: precedence.conditional, boolean };
    }
  }
  return printExpression(expression, places);
}

/** The same as the number it stands for: a boolean is 1 or 0. */
export function asNumber(printed: Printed): Printed {
  if (!printed.boolean) return printed;
  return {
    text: `${within(printed, precedence.or)} ? 1 : 0`,
    precedence: precedence.conditional,
    boolean: false,
  };
}

/** The same as a condition: every number but 0 holds. */
export function asBoolean(printed: Printed): Printed {
  if (printed.boolean) return printed;
  return {
    text: `${within(printed, precedence.equality)} !== 0`,
    precedence: precedence.equality,
    boolean: true,
  };
}

/** The text, in parentheses where it binds more loosely than `level`. */
export function within(printed: Printed, level: number): string {
  return printed.precedence < level ? `(${printed.text})` : printed.text;
}

/** A loop-dependent integer, or the index of an element of an array in which its tensor begins at `start`: `8 + 4 * n + i`. */
export function printAffine(affine: Affine, places: Places, start = 0): Printed {
  // Where the tensor begins comes first, an offset within it last: `8 + 4 * n`, `4 * n + 1`.
  const terms = affine.terms.map(({ coefficient, atom }) => {
    const variable =
      atom.kind === "variable" ? places.local(atom.name).text : places.element(atom.buffer, atom.offset);
    const size = Math.abs(coefficient);
    return {
      isNegative: coefficient < 0,
      text: size === 1 ? variable : `${size} * ${variable}`,
      isProduct: size !== 1,
    };
  });
  const constant = affine.constant + start;
  const number = { isNegative: constant < 0, text: String(Math.abs(constant)), isProduct: false };
  const numbers = constant === 0 && terms.length > 0 ? [] : [number];
  const parts = start > 0 ? [...numbers, ...terms] : [...terms, ...numbers];
  const text = parts.map((part, i) => sign(part.isNegative, i === 0) + part.text).join("");
  const [only] = parts;
  if (parts.length > 1 || only === undefined)
    return { text, precedence: precedence.additive, boolean: false };
  const level = only.isProduct
    ? precedence.multiplicative
    : only.isNegative
      ? precedence.unary
      : precedence.primary;
  return { text, precedence: level, boolean: false };
}

function sign(isNegative: boolean, isFirst: boolean): string {
  if (isFirst) return isNegative ? "-" : "";
  return isNegative ? " - " : " + ";
}

function meaning(places: Places): ExpressionMeaning<Printed> {
  return {
    number: (value) => {
      const text = numberLiteral(value);
      return {
        text,
        precedence: text.startsWith("-") ? precedence.unary : precedence.primary,
        boolean: false,
      };
    },
    local: (name) => ({ ...places.local(name), precedence: precedence.primary }),
    load: (buffer, offset) => ({
      text: places.element(buffer, offset),
      precedence: precedence.primary,
      boolean: false,
    }),
    index: (value) => printAffine(value, places),
    inRange: (range) => printRange(range, places),
    batchSize: () => ({ text: places.batchSize, precedence: precedence.primary, boolean: false }),
    step: () => ({ text: places.step, precedence: precedence.primary, boolean: false }),
    random: (stream, value) => {
      places.helper("randomAt");
      const text = `randomAt(${places.key(stream)}, ${printAffine(value, places).text})`;
      return { text, precedence: precedence.primary, boolean: false };
    },
    apply: (operation, operands) => printOperation(syntaxTable[operation], operands, places),
  };
}

function printOperation(syntax: Syntax, operands: readonly Printed[], places: Places): Printed {
  const [a, b, c] = operands;
  invariant(a !== undefined, "an operation has an operand");
  switch (syntax.kind) {
    case "infix": {
      invariant(b !== undefined, `${syntax.text} has two operands`);
      const bothBoolean = syntax.operands === "boolean";
      const [left, right] = bothBoolean ? [asBoolean(a), asBoolean(b)] : [asNumber(a), asNumber(b)];
      // a + (b + c) keeps its parentheses: floating-point sums are not associative.
      const text = `${within(left, syntax.precedence)} ${syntax.text} ${within(right, syntax.precedence + 1)}`;
      return { text, precedence: syntax.precedence, boolean: syntax.precedence <= precedence.relational };
    }
    case "prefix": {
      const boolean = syntax.operands === "boolean";
      const operand = within(boolean ? asBoolean(a) : asNumber(a), precedence.unary);
      const text = operand.startsWith("-") ? `${syntax.text}(${operand})` : `${syntax.text}${operand}`;
      return { text, precedence: precedence.unary, boolean };
    }
    case "helper":
      places.helper(syntax.text);
      return printCall(syntax.text, operands);
    case "elementary": {
      const { operation } = syntax;
      if (!places.inlinesElementary()) return printCall(`Math.${operation}`, operands);
      places.helper(operation);
      return printCall(operation, operands);
    }
    case "call":
      return printCall(syntax.text, operands);
    case "formula":
      return foldExpression(syntax.of, { ...meaning(places), local: () => a });
    case "conditional": {
      invariant(b !== undefined && c !== undefined, "select has three operands");
      const boolean = b.boolean && c.boolean;
      const [yes, no] = boolean ? [b, c] : [asNumber(b), asNumber(c)];
      const text = `${within(asBoolean(a), precedence.or)} ? ${within(yes, precedence.or)} : ${within(no, precedence.conditional)}`;
      return { text, precedence: precedence.conditional, boolean };
    }
  }
}

function printCall(name: string, operands: readonly Printed[]): Printed {
  const text = `${name}(${operands.map((operand) => asNumber(operand).text).join(", ")})`;
  return { text, precedence: precedence.primary, boolean: false };
}

/** A loop's variable by itself, which is never below 0. */
function isVariable({ constant, terms: [term, ...others] }: Affine): boolean {
  return constant === 0 && others.length === 0 && term?.coefficient === 1 && term.atom.kind === "variable";
}

function printRange(range: Extract<Expression, { kind: "inRange" }>, places: Places): Printed {
  const value = printAffine(range.value, places);
  const compared = within(value, precedence.additive);
  if (range.to === Infinity && range.step === 1)
    return { text: `${compared} >= ${range.from}`, precedence: precedence.relational, boolean: true };
  if (range.from === 0 && range.step === 1 && isVariable(range.value))
    return { text: `${compared} < ${range.to}`, precedence: precedence.relational, boolean: true };
  let text = `${compared} >= ${range.from} && ${compared} < ${range.to}`;
  if (range.step !== 1) {
    const distance =
      range.from === 0 ? within(value, precedence.multiplicative) : `(${compared} - ${range.from})`;
    text += ` && ${distance} % ${range.step} === 0`;
  }
  return { text, precedence: precedence.and, boolean: true };
}
