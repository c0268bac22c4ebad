import type { Affine, Expression, Statement } from "./program.ts";
import type { ScalarOperation } from "./scalar.ts";

/** What a stretch of a program mentions. */
export interface Mentions {
  readonly buffer?: (name: string) => void;
  /** An element of a buffer that is read or written, those of indices included. */
  readonly access?: (buffer: string, offset: Affine) => void;
  /** A local or loop variable that is read or assigned. */
  readonly local?: (name: string) => void;
  /** A local or loop variable that is brought into being. */
  readonly declaration?: (name: string) => void;
  readonly batchSize?: () => void;
  readonly step?: () => void;
  /** A random number, by its stream. */
  readonly random?: (stream: number) => void;
  readonly piece?: (name: string) => void;
  readonly operation?: (name: ScalarOperation) => void;
}

/** Calls `mentions` for everything that the statements mention, in the order of the text. */
export function visitMentions(statements: readonly Statement[], mentions: Mentions): void {
  for (const statement of statements) {
    switch (statement.kind) {
      case "loop":
        if (typeof statement.from !== "number" || typeof statement.to !== "number") mentions.batchSize?.();
        mentions.declaration?.(statement.variable);
        visitMentions(statement.body, mentions);
        break;
      case "let":
        visitExpressionMentions(statement.value, mentions);
        mentions.declaration?.(statement.name);
        break;
      case "assign":
        visitExpressionMentions(statement.value, mentions);
        mentions.local?.(statement.name);
        break;
      case "store":
        visitAccess(statement.buffer, statement.offset, mentions);
        visitExpressionMentions(statement.value, mentions);
        break;
      case "piece":
        mentions.piece?.(statement.name);
        visitMentions(statement.body, mentions);
        break;
      case "when":
        visitExpressionMentions(statement.value, mentions);
        visitMentions(statement.body, mentions);
        break;
      case "comment":
        break;
      case "return":
        visitExpressionMentions(statement.value, mentions);
        break;
    }
  }
}

/** What is done in a function itself, but for some of it: pieces are functions of their own. */
export function ownStatements(
  statements: readonly Statement[],
  isLeftOut: (statement: Statement) => boolean = () => false,
): readonly Statement[] {
  return statements.flatMap((statement): readonly Statement[] => {
    if (statement.kind === "piece" || isLeftOut(statement)) return [];
    return "body" in statement
      ? [{ ...statement, body: ownStatements(statement.body, isLeftOut) }]
      : [statement];
  });
}

/** Each buffer that the statements read or write, once for each access. */
export function visitBuffers(statements: readonly Statement[], buffer: (name: string) => void): void {
  visitMentions(statements, { buffer });
}

/** The same for an expression. */
export function visitExpressionMentions(expression: Expression, mentions: Mentions): void {
  const pending = [expression];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    switch (next.kind) {
      case "number":
        break;
      case "local":
        mentions.local?.(next.name);
        break;
      case "load":
        visitAccess(next.buffer, next.offset, mentions);
        break;
      case "index":
      case "inRange":
        visitAffine(next.value, mentions);
        break;
      case "batchSize":
        mentions.batchSize?.();
        break;
      case "step":
        mentions.step?.();
        break;
      case "random":
        mentions.random?.(next.stream);
        visitAffine(next.value, mentions);
        break;
      case "apply":
        mentions.operation?.(next.operation);
        for (const operand of next.operands.toReversed()) pending.push(operand);
        break;
    }
  }
}

function visitAccess(buffer: string, offset: Affine, mentions: Mentions): void {
  mentions.buffer?.(buffer);
  mentions.access?.(buffer, offset);
  visitAffine(offset, mentions);
}

function visitAffine(affine: Affine, mentions: Mentions): void {
  for (const { atom } of affine.terms) {
    if (atom.kind === "variable") {
      mentions.local?.(atom.name);
    } else {
      visitAccess(atom.buffer, atom.offset, mentions);
    }
  }
}
