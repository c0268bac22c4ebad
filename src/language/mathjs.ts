import { type FactoryFunctionMap, type MathNode, create, parseDependencies } from "mathjs/number";
import { type Source, invariant } from "../diagnostics/index.ts";
import { Problem } from "./problem.ts";
import { type StatementTokens, deepestNesting, spanOf } from "./statements.ts";
import { type Token, endsOperand, wordOperators } from "./tokens.ts";

/*
 * mathjs's nodes carry no positions. So it is not given the user's text but one in which every name, number and string
 * says which token it is: `W * x[2]` is parsed as `n0 * n2 [ 1000004 ]`. Array and object literals are wrapped in a
 * call, `a3([…])`, that says where their bracket stands. It also means that no text of the user's ever reaches mathjs.
 */

// mathjs's types call every dependency list possibly undefined.
const { parse } = create(parseDependencies as FactoryFunctionMap);

/** Numbers below this are mathjs's own: the 1 of a bare `:`, the 100 of a percentage. */
const numberOffset = 1_000_000;

/** Parses one statement; the tree's leaves are to be read with `decode`. Throws `Problem`, and `RangeError` when nested too deep. */
export function parseTokens(source: Source, statement: StatementTokens): MathNode {
  const { tokens, partner } = statement;
  const starts: number[] = [];
  const wrapped = new Set<number>();
  let text = "";
  tokens.forEach((token, index) => {
    starts.push(text.length);
    text += `${encode(tokens, partner, wrapped, token, index)} `;
  });
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    invariant(
      error instanceof SyntaxError,
      `mathjs reports malformed text as a SyntaxError: ${String(error)}`,
    );
    const problem = syntaxProblem(source, tokens, starts, error);
    if (!error.message.startsWith("Column dimensions mismatch")) throw problem;
    throw new Problem(
      "shape-mismatch",
      problem.span,
      "The rows of this array differ in length.",
      "give each row as many items as the first",
    );
  }
}

function encode(
  tokens: readonly Token[],
  partner: ReadonlyMap<number, number>,
  wrapped: Set<number>,
  token: Token,
  index: number,
): string {
  switch (token.kind) {
    case "number":
      return String(numberOffset + index);
    case "string":
      return `"${String(index)}"`;
    case "name":
      return wordOperators.has(token.text) ? token.text : `n${String(index)}`;
    case "newline":
    case "foreign":
      return " ";
    case "symbol":
      return encodeSymbol(tokens, partner, wrapped, token, index);
  }
}

function encodeSymbol(
  tokens: readonly Token[],
  partner: ReadonlyMap<number, number>,
  wrapped: Set<number>,
  token: Token,
  index: number,
): string {
  const previous = tokens[index - 1];
  const isIndex = token.text === "[" && previous !== undefined && endsOperand(previous);
  if ((token.text === "[" && !isIndex) || token.text === "{") {
    wrapped.add(partner.get(index) ?? -1);
    return `${token.text === "[" ? "a" : "o"}${String(index)}(${token.text}`;
  }
  return wrapped.has(index) ? `${token.text})` : token.text;
}

export type Decoded =
  /** A name, number or string of the text. */
  | { readonly kind: "token"; readonly index: number }
  /** The opening bracket of an array or object literal. */
  | { readonly kind: "array" | "object"; readonly index: number }
  /** Something that mathjs added. */
  | { readonly kind: "added" };

/** Which token a leaf's name or value stands for. */
export function decode(leaf: unknown): Decoded {
  if (typeof leaf === "number")
    return leaf >= numberOffset ? { kind: "token", index: leaf - numberOffset } : { kind: "added" };
  if (typeof leaf !== "string") return { kind: "added" };
  const match = /^([nao]?)([0-9]+)$/.exec(leaf);
  if (match === null) return { kind: "added" };
  const index = Number(match[2]);
  return { kind: match[1] === "a" ? "array" : match[1] === "o" ? "object" : "token", index };
}

/** For what overflowed the stack. */
export function tooDeep(source: Source, tokens: readonly Token[]): Problem {
  const first = tokens[0];
  const last = tokens.at(-1);
  invariant(first !== undefined && last !== undefined, "a statement has tokens");
  return new Problem(
    "too-deep",
    spanOf(source, first, last),
    `This expression is nested deeper than ${String(deepestNesting)} levels.`,
    "give parts of it names of their own",
  );
}

function syntaxProblem(
  source: Source,
  tokens: readonly Token[],
  starts: readonly number[],
  error: SyntaxError,
): Problem {
  const character = "char" in error && typeof error.char === "number" ? error.char - 1 : 0;
  const after = starts.findIndex((start) => start >= character);
  const index = after === -1 ? tokens.length - 1 : after;
  const token = tokens[index] ?? tokens.at(-1);
  invariant(token !== undefined, "a statement has tokens");
  const previous = tokens[index - 1];
  const atEnd = after === -1;
  if (atEnd && !endsOperand(token)) {
    return new Problem(
      "syntax",
      spanOf(source, token),
      `The statement ends after ${token.text}, where a value should follow.`,
    );
  }
  const message =
    previous === undefined || atEnd
      ? `This statement cannot be read at ${token.text}.`
      : `${token.text} cannot follow ${previous.text} here.`;
  return new Problem("syntax", spanOf(source, token), message, hintFor(token, previous, tokens[index + 1]));
}

function hintFor(token: Token, previous: Token | undefined, next: Token | undefined): string | undefined {
  if (previous === undefined && token.text === "/" && next?.text === "/") return "write # to begin a comment";
  const pair = `${previous?.text ?? ""}${token.text}`;
  if (pair === "**") return "write ^ for a power";
  if (pair === ":=") return "write = to define a name";
  if (pair === "->" || pair === "=>") return "write f(x) = … to define a function";
  if (pair === "&&" || pair === "&") return "write and";
  if (pair === "||" || pair === "|") return "write or";
  if (pair === "//") return "write floor(a / b), or # for a comment";
  if (["+=", "-=", "*=", "/="].includes(pair))
    return "a name is defined once; how parameters change is the optimizer's business";
  if (pair === ")=") return "a function's parameters are names, as in f(x) = …; to compare, write ==";
  if (token.text === "=") return "write == to compare";
  if (token.text === "." && /^\.\d+$/.test(previous?.text ?? ""))
    return "what a repeated block owns is read by its number in brackets, as in h[1].weight";
  if (token.text === ".'") return "write ' for the transpose";
  return undefined;
}
