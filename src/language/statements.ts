import type { Source, SourceSpan } from "../diagnostics/index.ts";
import { Problem, type Report } from "./problem.ts";
import { type Token, endsOperand, wordOperators } from "./tokens.ts";

/** The tokens of one statement, without newlines, and where its brackets close. */
export interface StatementTokens {
  readonly tokens: readonly Token[];
  /** For each opening bracket's index the index of the closing one, and back. */
  readonly partner: ReadonlyMap<number, number>;
  /** A mistake already reported makes the statement unfit to read. */
  readonly broken: boolean;
}

/** Deeper nesting than this overflows mathjs's parser at a few hundred; no readable formula comes near it. */
export const deepestNesting = 64;
/** Longest chain of operators that nest to the right: `a ^ b ^ c`, `- - a`, `a ? b : c ? d : e`. */
const longestRightChain = 64;

const closingOf: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
const binaryOperators = new Set([
  "+",
  "-",
  "*",
  "/",
  "^",
  ".*",
  "./",
  ".^",
  "==",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "?",
  ":",
  "=",
]);

/** What stands between two chains of powers. */
const powerEnds = new Set([
  "+",
  "-",
  "*",
  "/",
  ".*",
  "./",
  ",",
  ";",
  "=",
  "?",
  ":",
  "<",
  "<=",
  ">",
  ">=",
  "==",
  "!=",
  "and",
  "or",
  "xor",
]);
/** Operators of one operand: they pile up. */
const signs = new Set(["-", "+", "not", "~", "!", "'"]);

/**
 * Splits a file into statements: at newlines and semicolons outside brackets. A line that ends with an operator goes on
 * in the next one. A line that begins with one is reported: mathjs would silently read `+ b` as a statement of its own.
 */
export function splitStatements(
  source: Source,
  tokens: readonly Token[],
  report: Report,
): readonly StatementTokens[] {
  const statements: StatementTokens[] = [];
  let current = new StatementReader(source, report);
  const finish = () => {
    const statement = current.finish();
    if (statement.tokens.length > 0) statements.push(statement);
    current = new StatementReader(source, report);
  };
  const following = nextInLines(tokens);
  tokens.forEach((token, position) => {
    if (token.kind === "newline") {
      if (current.endsBefore(tokens, following[position] ?? tokens.length)) finish();
    } else if (token.text === ";" && token.kind === "symbol" && !current.isInBrackets) {
      finish();
    } else {
      current.push(token);
    }
  });
  finish();
  return statements;
}

/** For each token the position of the next one that is no newline. */
function nextInLines(tokens: readonly Token[]): readonly number[] {
  const next = tokens.map(() => tokens.length);
  let found = tokens.length;
  for (let position = tokens.length - 1; position >= 0; position -= 1) {
    next[position] = found;
    if (tokens[position]?.kind !== "newline") found = position;
  }
  return next;
}

class StatementReader {
  readonly #source: Source;
  readonly #report: Report;
  readonly #tokens: Token[] = [];
  readonly #open: number[] = [];
  readonly #partner = new Map<number, number>();
  #broken = false;
  #conditionals = 0;
  #powers = 0;
  #signs = 0;

  constructor(source: Source, report: Report) {
    this.#source = source;
    this.#report = report;
  }

  get isInBrackets(): boolean {
    return this.#open.length > 0;
  }

  push(token: Token): void {
    const index = this.#tokens.length;
    this.#tokens.push(token);
    if (token.kind === "foreign") this.#broken = true;
    if (token.kind === "symbol") {
      if (token.text in closingOf) this.#openBracket(token, index);
      else if (Object.values(closingOf).includes(token.text)) this.#closeBracket(token, index);
    }
    this.#boundChains(token);
  }

  /** Whether this statement ends with its line, when the next line goes on at `position` of the whole file. */
  endsBefore(tokens: readonly Token[], position: number): boolean {
    const last = this.#tokens.at(-1);
    if (last === undefined) return false;
    const next = tokens[position];
    if (next === undefined || this.#isDefinition(tokens, position)) return true;
    if (this.isInBrackets) return false;
    if (last.kind === "symbol" && binaryOperators.has(last.text)) return false;
    if (last.kind === "name" && wordOperators.has(last.text)) return false;
    const leading = next.kind === "symbol" && binaryOperators.has(next.text) && next.text !== "=";
    if (!leading || !endsOperand(last)) return true;
    const after = tokens[position + 1];
    if (next.text === "/" && after?.text === "/" && after.start === next.end) {
      this.#fail("leading-operator", next, "// begins no comment here.", "write # to begin a comment");
      return false;
    }
    this.#fail(
      "leading-operator",
      next,
      `This line begins with ${next.text}, but the statement of the line before it is already complete.`,
      `end the line before with ${next.text}, or put the whole expression in parentheses`,
    );
    return false;
  }

  finish(): StatementTokens {
    for (const index of this.#broken ? [] : this.#open) {
      const token = this.#tokens[index];
      if (token !== undefined) {
        this.#fail(
          "unclosed-bracket",
          token,
          `This ${token.text} is never closed.`,
          `add the matching ${closingOf[token.text] ?? ""}`,
        );
      }
    }
    return { tokens: this.#tokens, partner: this.#partner, broken: this.#broken };
  }

  #openBracket(token: Token, index: number): void {
    this.#open.push(index);
    if (this.#open.length === deepestNesting + 1) this.#tooDeep(token);
  }

  #closeBracket(token: Token, index: number): void {
    const opening = this.#open.at(-1);
    const openingToken = opening === undefined ? undefined : this.#tokens[opening];
    if (opening === undefined || openingToken === undefined) {
      this.#fail(
        "unexpected-bracket",
        token,
        `This ${token.text} closes nothing.`,
        "remove it, or add the bracket that it should close",
      );
      return;
    }
    this.#open.pop();
    if (closingOf[openingToken.text] === token.text) {
      this.#partner.set(opening, index);
      this.#partner.set(index, opening);
      return;
    }
    const expected = closingOf[openingToken.text] ?? "";
    this.#fail(
      "unexpected-bracket",
      token,
      `This ${token.text} stands where ${openingToken.text} should be closed by ${expected}.`,
      `write ${expected}`,
    );
  }

  /** mathjs parses these by recursion, and so do we. Whatever slips through is caught as a stack overflow. */
  #boundChains(token: Token): void {
    if (token.kind === "newline" || token.kind === "string") return;
    if (token.text === "?") this.#conditionals += 1;
    if (token.text === "^" || token.text === ".^") this.#powers += 1;
    else if (powerEnds.has(token.text) && this.#followsOperand()) this.#powers = 0;
    this.#signs = signs.has(token.text) ? this.#signs + 1 : 0;
    if (Math.max(this.#conditionals, this.#powers, this.#signs) > longestRightChain) this.#tooDeep(token);
  }

  /** Whether the token before the newest ends an operand, which makes the newest a binary operator. */
  #followsOperand(): boolean {
    const previous = this.#tokens.at(-2);
    return previous !== undefined && endsOperand(previous);
  }

  /**
   * Whether a definition begins at the start of a line. Then the statement before it has ended, whatever it lacks:
   * an unclosed bracket spoils one statement and not the rest of the file.
   */
  #isDefinition(tokens: readonly Token[], position: number): boolean {
    const [name, equals] = [tokens[position], tokens[position + 1]];
    if (name?.kind !== "name" || equals?.text !== "=") return false;
    const before = this.#source.text[name.start - 1];
    const last = this.#tokens.at(-1);
    return (
      (before === "\n" || before === "\r") &&
      !(this.isInBrackets && last?.kind === "symbol" && [",", "(", "["].includes(last.text))
    );
  }

  #tooDeep(token: Token): void {
    if (this.#broken) return;
    this.#fail(
      "too-deep",
      token,
      `This expression is nested deeper than ${String(deepestNesting)} levels.`,
      "give parts of it names of their own",
    );
  }

  #fail(code: ConstructorParameters<typeof Problem>[0], token: Token, message: string, hint: string): void {
    this.#broken = true;
    this.#report.add(new Problem(code, spanOf(this.#source, token), message, hint));
  }
}

export function spanOf(source: Source, first: Token, last: Token = first): SourceSpan {
  return { source, start: first.start, end: last.end };
}
