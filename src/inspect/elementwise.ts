import { invariant } from "../diagnostics/index.ts";
import type { Node, OperationName } from "../graph/index.ts";
import { operationTable } from "../operations/index.ts";
import {
  bracket,
  call,
  fence,
  type Formula,
  fraction,
  type Join,
  named,
  negated,
  number,
  numberOf,
  power,
  product,
  sum,
} from "./formula.ts";

type Write = (operands: readonly Formula[], join: Join) => Formula;

/** Stands for an operand that an operation of fixed arity always has. */
const none = number(NaN);

/**
 * How operations on numbers are written where their own notation is not enough; the same for a matrix, elementwise, and
 * for one of its elements.
 */
const forms: { readonly [K in OperationName]?: Write } = {
  add: binary((a, b) => sum(a, b)),
  subtract: binary((a, b) => sum(a, negated(b))),
  negate: unary((a) => negated(a)),
  multiply: ([a = none, b = none], join) => product(join, a, b),
  divide: binary(fraction),
  power: binary(power),
  abs: unary(absolute),
  floor: unary((a) => fence({ text: "⌊", tex: "\\lfloor " }, { text: "⌋", tex: " \\rfloor" }, [a])),
  ceil: unary((a) => fence({ text: "⌈", tex: "\\lceil " }, { text: "⌉", tex: " \\rceil" }, [a])),
  sqrt: unary((body) => ({ kind: "root", body })),
  toReal: unary((a) => a),
  not: unary(negatedCondition),
  select: ([condition = none, a = none, b = none], join) => selected(condition, a, b, join),
};

function unary(write: (a: Formula) => Formula): Write {
  return ([a]) => {
    invariant(a !== undefined, "an operation has an operand");
    return write(a);
  };
}

function binary(write: (a: Formula, b: Formula) => Formula): Write {
  return ([a, b]) => {
    invariant(a !== undefined && b !== undefined, "a binary operation has two operands");
    return write(a, b);
  };
}

/** The formula of an operation on operands that already have theirs, by its own notation unless `forms` knows better. */
export function operationFormula(node: Node, operands: readonly Formula[], join: Join): Formula {
  const form = forms[node.operation];
  if (form !== undefined) return form(operands, join);
  const { notation } = operationTable[node.operation];
  const [a, b] = operands;
  if (notation.kind === "infix" && a !== undefined && b !== undefined) {
    const text = prettyOperators[notation.text] ?? notation.text;
    return {
      kind: "infix",
      operator: { text, tex: notation.tex },
      precedence: notation.precedence,
      left: a,
      right: b,
    };
  }
  if (notation.kind === "prefix" && a !== undefined) return { kind: "prefix", operator: notation, body: a };
  return call(notation.kind === "function" ? notation : named(node.operation), operands);
}

const prettyOperators: Readonly<Record<string, string>> = { "<=": "≤", ">=": "≥", "!=": "≠", "==": "=" };

/** |a|, but abs(…) around another |…|, which would be ambiguous. */
function absolute(a: Formula): Formula {
  const bar = { text: "|", tex: "\\left|" };
  if (JSON.stringify(a).includes(JSON.stringify(bar.text))) return call(named("abs"), [a]);
  return fence(bar, { text: "|", tex: "\\right|" }, [a]);
}

const opposites: Readonly<Record<string, { readonly text: string; readonly tex: string }>> = {
  "<": { text: "≥", tex: "\\ge" },
  "≤": { text: ">", tex: ">" },
  ">": { text: "≤", tex: "\\le" },
  "≥": { text: "<", tex: "<" },
  "=": { text: "≠", tex: "\\ne" },
  "≠": { text: "=", tex: "=" },
};

/** The condition that holds where this one does not (NaN aside, as on paper). */
function negatedCondition(condition: Formula): Formula {
  const opposite = condition.kind === "infix" ? opposites[condition.operator.text] : undefined;
  if (condition.kind === "infix" && opposite !== undefined) return { ...condition, operator: opposite };
  return { kind: "prefix", operator: { text: "¬", tex: "\\lnot " }, body: condition };
}

/** `[c]`, `[c] a` where b is 0, `[not c] b` where a is 0, `where(c, a, b)` in general. */
function selected(condition: Formula, a: Formula, b: Formula, join: Join): Formula {
  const [onTrue, onFalse] = [numberOf(a), numberOf(b)];
  // A number in front of a bracket needs no ⊙.
  const times = (value: Formula): Join => (numberOf(value) === undefined ? join : "space");
  if (onFalse === 0) return product(times(a), bracket(condition), a);
  if (onTrue === 0) return product(times(b), bracket(negatedCondition(condition)), b);
  return call(named("where"), [condition, a, b]);
}
