import { type Source, type SourceSpan, invariant } from "../diagnostics/index.ts";
import { convertExpression, convertStatement } from "./convert.ts";
import { tooDeep } from "./mathjs.ts";
import { Problem, type Report } from "./problem.ts";
import { type StatementTokens, spanOf, splitStatements } from "./statements.ts";
import type { Expression, StatementSyntax } from "./syntax.ts";
import { type Token, tokenize } from "./tokens.ts";

/**
 * A statement, or what little is known of one that could not be read: its name, so that uses of it are not reported too,
 * and where it stands if it surely is defined there.
 */
export type ParsedStatement =
  | { readonly kind: "statement"; readonly syntax: StatementSyntax }
  | { readonly kind: "broken"; readonly name: string | undefined; readonly nameSpan?: SourceSpan };

/** Reads a text into statements. Mistakes are reported; each spoils only its own statement. */
export function parse(source: Source, report: Report): readonly ParsedStatement[] {
  return splitStatements(source, tokenize(source, report), report).map((statement) =>
    parseStatement(source, statement, report),
  );
}

/** Reads a text that is one expression; what is wrong with it is reported. */
export function parseExpression(source: Source, report: Report): Expression | undefined {
  const [statement, next] = splitStatements(source, tokenize(source, report), report);
  if (statement === undefined || next !== undefined) {
    const span = { source, start: 0, end: source.text.length };
    report.add(
      new Problem(
        "syntax",
        span,
        "One expression should stand here.",
        "write, for example, adam({learningRate: 0.01})",
      ),
    );
    return undefined;
  }
  if (statement.broken) return undefined;
  try {
    return convertExpression(source, statement);
  } catch (problem) {
    if (problem instanceof RangeError) report.add(tooDeep(source, statement.tokens));
    else if (problem instanceof Problem) report.add(problem);
    else throw problem;
    return undefined;
  }
}

function parseStatement(source: Source, statement: StatementTokens, report: Report): ParsedStatement {
  const broken = brokenStatement(source, statement);
  if (statement.broken) return broken;
  try {
    const assignment = statement.tokens[1];
    const arrow = statement.tokens[2];
    if (assignment?.text === "<" && arrow?.text === "-" && arrow.start === assignment.end) {
      throw new Problem(
        "arrow-assignment",
        spanOf(source, assignment, arrow),
        "<- does not define a name: it reads as “is less than minus”.",
        "write = to define a name; how parameters change is the optimizer's business",
      );
    }
    if (isDeclaration(statement.tokens)) throw declarationProblem(source, statement.tokens);
    return { kind: "statement", syntax: convertStatement(source, statement) };
  } catch (problem) {
    if (problem instanceof RangeError) report.add(tooDeep(source, statement.tokens));
    else if (problem instanceof Problem) report.add(problem);
    else throw problem;
    return broken;
  }
}

const declarators: ReadonlySet<string> = new Set(["const", "let", "var"]);

/** Whether a definition is in JavaScript's words: `const x = input([2])`. */
function isDeclaration([word, name, next]: readonly Token[]): boolean {
  const isWord = word?.kind === "name" && declarators.has(word.text);
  return isWord && name?.kind === "name" && (next?.text === "=" || next?.text === ":");
}

/** A longer definition than this is not repeated in the hint. */
const longestQuote = 60;

function declarationProblem(source: Source, tokens: readonly Token[]): Problem {
  const [word, name, next] = tokens;
  const last = tokens.at(-1);
  invariant(
    word !== undefined && name !== undefined && last !== undefined,
    "a declaration has a word and a name",
  );
  const definition = source.text.slice(name.start, last.end);
  const isQuoted = next?.text === "=" && definition.length <= longestQuote && !/[\n\r]/.test(definition);
  return new Problem(
    "syntax",
    spanOf(source, word),
    `There is no ${word.text} before a definition: = alone defines a name.`,
    `write ${isQuoted ? definition : `${name.text} = …`}`,
  );
}

function brokenStatement(source: Source, { tokens, partner }: StatementTokens): ParsedStatement {
  const [name, next] = tokens;
  if (isDeclaration(tokens) && next !== undefined)
    return { kind: "broken", name: next.text, nameSpan: spanOf(source, next) };
  const equals = next?.text === "(" ? tokens[(partner.get(1) ?? -1) + 1] : next;
  const isDefinition = name?.kind === "name" && equals !== name && equals?.text === "=";
  return {
    kind: "broken",
    name: definedName(tokens),
    ...(isDefinition ? { nameSpan: spanOf(source, name, name) } : {}),
  };
}

function definedName(tokens: readonly Token[]): string | undefined {
  const [name, next] = tokens;
  return name?.kind === "name" && next !== undefined && ["=", "(", "<", ":"].includes(next.text)
    ? name.text
    : undefined;
}
