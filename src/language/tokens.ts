import type { Source, SourceSpan } from "../diagnostics/index.ts";
import { Problem, type Report } from "./problem.ts";

/** `foreign` has been reported already, and spoils its statement. */
export type TokenKind = "name" | "number" | "string" | "symbol" | "newline" | "foreign";

/** A word of a text. `text` is the token as written; a string's is its content without the quotes. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** ASCII letters, Greek letters (U+0370–U+03FF without its punctuation), digits and underscores; nothing else. */
const letters = "A-Za-z_\\u0370-\\u0373\\u0376\\u0377\\u037b-\\u037d\\u037f\\u0386\\u0388-\\u03ff";

const patterns: readonly (readonly [TokenKind | "skip", RegExp])[] = [
  ["skip", /[ \t\f\v\u00a0\ufeff]+|#[^\n\r]*/y],
  ["newline", /\r\n|\n|\r/y],
  ["name", new RegExp(`[${letters}][${letters}0-9]*`, "y")],
  // `2.*x` is 2 .* x, as in mathjs: the point belongs to the operator.
  ["number", /(?:[0-9]+(?:\.(?![*/^'])[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y],
  ["symbol", /\.\*|\.\/|\.\^|\.'|==|!=|<=|>=|[-+*/^'<>=(){}[\],;:?.!%&|~@]/y],
];

/** What people type for what the language writes otherwise. */
const replacements: Readonly<Record<string, string>> = {
  "·": "write * for a product",
  "×": "write * for a product",
  "⋅": "write * for a product",
  "∗": "write *",
  "⊙": "write .* for an elementwise product",
  "−": "write - (this is the minus sign U+2212)",
  "–": "write - (this is a dash)",
  "÷": "write /",
  "²": "write ^2",
  "³": "write ^3",
  "√": "write sqrt(…)",
  "≤": "write <=",
  "≥": "write >=",
  "≠": "write !=",
  "←": "write = to define a name",
  "→": "write = to define a name",
  "∇": "gradients are derived for you; name a value with letters",
  "∂": "gradients are derived for you; name a value with letters",
  "∑": "write sum(…)",
  ᵀ: "write ' for the transpose",
  "“": 'write "',
  "”": 'write "',
  "‘": "write '",
  "’": "write ' for the transpose",
};

/** The tokens of a text. Whitespace and comments vanish; characters that belong to no token are reported and skipped. */
export function tokenize(source: Source, report: Report): readonly Token[] {
  const tokens: Token[] = [];
  const text = source.text;
  const told = new Set<string>();
  let position = 0;
  while (position < text.length) {
    const found = matchAt(text, position) ?? matchString(source, position, tokens.at(-1), report);
    if (found === undefined) {
      const end = reportForeign(source, position, report, told);
      tokens.push({ kind: "foreign", text: text.slice(position, end), start: position, end });
      position = end;
      continue;
    }
    if (found.kind !== "skip") tokens.push(found as Token); // its kind is not "skip"
    position = found.end;
  }
  return tokens;
}

interface Found extends Omit<Token, "kind"> {
  readonly kind: TokenKind | "skip";
}

function matchAt(text: string, position: number): Found | undefined {
  const quote = text[position];
  if (quote === '"' || quote === "'") return undefined;
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = position;
    const match = pattern.exec(text);
    if (match !== null) return { kind, text: match[0], start: position, end: position + match[0].length };
  }
  return undefined;
}

/** A string, or the transpose where `'` follows an operand. */
function matchString(
  source: Source,
  start: number,
  previous: Token | undefined,
  report: Report,
): Found | undefined {
  const text = source.text;
  const quote = text[start];
  if (quote !== '"' && quote !== "'") return undefined;
  if (quote === "'" && previous !== undefined && endsOperand(previous)) {
    return { kind: "symbol", text: "'", start, end: start + 1 };
  }
  let end = start + 1;
  while (end < text.length && text[end] !== quote && text[end] !== "\n" && text[end] !== "\r") end += 1;
  if (text[end] === quote) return { kind: "string", text: text.slice(start + 1, end), start, end: end + 1 };
  report.add(
    new Problem(
      "unclosed-string",
      { source, start, end },
      `This string has no closing ${quote} on its line.`,
    ),
  );
  return { kind: "foreign", text: text.slice(start, end), start, end };
}

/** Whether a token can end an operand, so that what follows is an operator. */
export function endsOperand(token: Token): boolean {
  if (token.kind === "symbol") return [")", "]", "}", "'", ".'", "!"].includes(token.text);
  return (
    token.kind === "number" ||
    token.kind === "string" ||
    (token.kind === "name" && !wordOperators.has(token.text))
  );
}

/** Words that mathjs reads as operators. */
export const wordOperators: ReadonlySet<string> = new Set(["and", "or", "xor", "not", "mod", "to", "in"]);

/** Letters of other alphabets, which come in words; not those that stand for something else. */
const foreignWord = new RegExp(`(?:(?![${letters}\u1d40\u2080-\u209c])[\\p{L}\\p{M}])+`, "uy");

/** Reports what stands at `start`, a whole word where it is one and not `told` yet; gives where it ends. */
function reportForeign(source: Source, start: number, report: Report, told: Set<string>): number {
  const character = String.fromCodePoint(source.text.codePointAt(start) ?? 0);
  foreignWord.lastIndex = start;
  const word = foreignWord.exec(source.text)?.[0] ?? "";
  if (word.length > character.length) {
    const span: SourceSpan = { source, start, end: start + word.length };
    if (!told.has(word))
      report.add(new Problem("unexpected-character", span, `The letters ${word} have no meaning here.`));
    told.add(word);
    return span.end;
  }
  const end = start + character.length;
  const shown = /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character) ? ` ${character}` : "";
  const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0") ?? "";
  const span: SourceSpan = { source, start, end };
  const isSubscript = /[\u2080-\u209c]/.test(character);
  report.add(
    new Problem(
      "unexpected-character",
      span,
      `The character${shown} (U+${code}) has no meaning here.`,
      replacements[character] ?? (isSubscript ? "write an ordinary digit: w1" : undefined),
    ),
  );
  return end;
}
