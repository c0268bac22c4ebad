import { type ExpressionMeaning, foldExpression } from "./fold.ts";
import type { Affine, Bound, Buffer, Expression, IndexAtom, Program, Statement } from "./program.ts";
import type { ScalarOperation } from "./scalar.ts";

/**
 * The text form of a program, for golden tests and for reading: its buffers, then its statements.
 *
 * ```
 * program loss (rows: 12 weights fit in registers)
 * input x: real[batch, 2]
 * parameter W: real[2]
 *
 * let mutable sum = 0
 * for n = 0 to batch {
 *   sum = sum + W[0] * x[2n] + W[1] * x[2n + 1]
 * }
 * return sum / batch
 * ```
 */
export function formatProgram(program: Program): string {
  const head = `program ${program.name} (${program.schedule}: ${program.scheduleReason})`;
  const lines = [head, ...program.buffers.map(formatBuffer), "", ...formatStatements(program.body)];
  return `${lines.join("\n")}\n`;
}

/** `scratch h: real[batch, 4]`, and `of h.weight` where the name does not say it. */
export function formatBuffer(buffer: Buffer): string {
  const extents = [...(buffer.batched ? ["batch"] : []), ...buffer.shape.map(String)];
  const owner = buffer.owner === undefined ? "" : ` of ${buffer.owner}`;
  const of = buffer.of === undefined || buffer.of === buffer.name ? "" : ` holds ${buffer.of}`;
  const data = buffer.data === undefined ? "" : ` = ${formatData(buffer.data)}`;
  return `${buffer.role} ${buffer.name}: ${buffer.element}[${extents.join(", ")}]${of}${owner}${data}`;
}

const shownElements = 12;

function formatData(data: readonly number[]): string {
  const shown = data.slice(0, shownElements).map(formatNumber);
  const rest = data.length > shownElements ? [`… ${data.length} in all`] : [];
  return `[${[...shown, ...rest].join(", ")}]`;
}

export function formatStatements(statements: readonly Statement[], indent = ""): readonly string[] {
  return statements.flatMap((statement) => formatStatement(statement, indent));
}

function formatStatement(statement: Statement, indent: string): readonly string[] {
  switch (statement.kind) {
    case "loop": {
      const step = statement.step === 1 ? "" : ` step ${statement.step}`;
      const lanes = statement.lanes === undefined ? "" : ` in ${statement.lanes} lanes`;
      const range = `${formatBound(statement.from)} to ${formatBound(statement.to)}${step}${lanes}`;
      return formatBlock(`for ${statement.variable} = ${range}`, statement.body, indent);
    }
    case "piece":
      return formatBlock(`piece ${statement.name}`, statement.body, indent);
    case "when":
      return formatBlock(`when ${formatExpression(statement.value)}`, statement.body, indent);
    case "let": {
      const mutable = statement.mutable ? "mutable " : "";
      return [`${indent}let ${mutable}${statement.name} = ${formatExpression(statement.value)}`];
    }
    case "assign":
      return [`${indent}${statement.name} = ${formatExpression(statement.value)}`];
    case "store": {
      const place = `${statement.buffer}[${formatAffine(statement.offset)}]`;
      return [`${indent}${place} ${statement.accumulate ? "+=" : "="} ${formatExpression(statement.value)}`];
    }
    case "comment":
      return statement.text.split("\n").map((line) => `${indent}# ${line}`);
    case "return":
      return [`${indent}return ${formatExpression(statement.value)}`];
  }
}

function formatBlock(head: string, body: readonly Statement[], indent: string): readonly string[] {
  return [`${indent}${head} {`, ...formatStatements(body, `${indent}  `), `${indent}}`];
}

export function formatBound(bound: Bound): string {
  if (typeof bound === "number") return String(bound);
  return bound.multipleOf === 1 ? "batch" : `batch - batch % ${bound.multipleOf}`;
}

/** `3n + i - 1` */
export function formatAffine(affine: Affine): string {
  const terms = affine.terms.map(({ coefficient, atom }) => ({
    negative: coefficient < 0,
    text: `${Math.abs(coefficient) === 1 ? "" : String(Math.abs(coefficient))}${formatAtom(atom)}`,
  }));
  if (affine.constant !== 0 || terms.length === 0) {
    terms.push({ negative: affine.constant < 0, text: String(Math.abs(affine.constant)) });
  }
  return terms
    .map(({ negative, text }, position) =>
      position === 0 ? `${negative ? "-" : ""}${text}` : ` ${negative ? "-" : "+"} ${text}`,
    )
    .join("");
}

function formatAtom(atom: IndexAtom): string {
  return atom.kind === "variable" ? atom.name : `${atom.buffer}[${formatAffine(atom.offset)}]`;
}

function formatNumber(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** A text and how tightly its outermost operation binds. */
interface PrecedenceText {
  readonly text: string;
  readonly precedence: number;
}

const atomic = 9;
const prefix = 7;

/** Infix operations: symbol, precedence, whether a right operand of the same precedence needs no parentheses. */
const infix: {
  readonly [K in ScalarOperation]?: readonly [symbol: string, precedence: number, chains: boolean];
} = {
  or: ["or", 1, true],
  and: ["and", 2, true],
  equal: ["==", 3, false],
  notEqual: ["!=", 3, false],
  less: ["<", 3, false],
  lessEqual: ["<=", 3, false],
  // Never regrouped, although + and * chain on paper: the text shows the order of evaluation.
  add: ["+", 5, false],
  subtract: ["-", 5, false],
  multiply: ["*", 6, false],
  divide: ["/", 6, false],
};

const textMeaning: ExpressionMeaning<PrecedenceText> = {
  number: (value) => ({
    text: formatNumber(value),
    precedence: value < 0 || Object.is(value, -0) ? prefix : atomic,
  }),
  local: (name) => ({ text: name, precedence: atomic }),
  load: (buffer, offset) => ({ text: `${buffer}[${formatAffine(offset)}]`, precedence: atomic }),
  index: (value) => ({ text: `index(${formatAffine(value)})`, precedence: atomic }),
  inRange: ({ value, from, to, step }) => {
    const arguments_ = [formatAffine(value), String(from), String(to), ...(step === 1 ? [] : [String(step)])];
    return { text: `inRange(${arguments_.join(", ")})`, precedence: atomic };
  },
  batchSize: () => ({ text: "batch", precedence: atomic }),
  step: () => ({ text: "step", precedence: atomic }),
  random: (stream, value) => ({ text: `random(${stream}, ${formatAffine(value)})`, precedence: atomic }),
  apply: (operation, operands) => {
    const written = infix[operation];
    const [a, b] = operands;
    if (written !== undefined && a !== undefined && b !== undefined) {
      const [symbol, precedence, chains] = written;
      const right = enclosed(b, chains ? precedence : precedence + 1);
      return { text: `${enclosed(a, precedence)} ${symbol} ${right}`, precedence };
    }
    if (operation === "negate" && a !== undefined)
      return { text: `-${enclosed(a, prefix + 1)}`, precedence: prefix };
    return {
      text: `${operation}(${operands.map((operand) => operand.text).join(", ")})`,
      precedence: atomic,
    };
  },
};

function enclosed(operand: PrecedenceText, least: number): string {
  return operand.precedence < least ? `(${operand.text})` : operand.text;
}

export function formatExpression(expression: Expression): string {
  return foldExpression(expression, textMeaning).text;
}
