import type { Affine, Statement } from "../program/index.ts";
import { visitExpression } from "./traverse.ts";

/** V8 never optimises a function with more bytecode (`--max-optimized-bytecode-size`): it then runs 20 to 80 times slower. */
export const bytecodeLimit = 61440;

/**
 * Bytes of V8 bytecode for each part of a program: fitted to generated modules between 1 and 54 KB, then rounded; an
 * estimate that `safeBytecode` leaves room for. What V8 makes of a module is printed by
 * `node --print-bytecode --print-bytecode-filter=trainStep module.js | grep "Bytecode length"`.
 */
export const bytes = {
  operation: 5.5,
  access: 10,
  indexTerm: 16,
  statement: 3,
  operand: 4,
  loop: 30,
} as const;

/** About how many bytes of bytecode V8 makes of statements; those of pieces are functions of their own and not counted. */
export function predictBytecode(statements: readonly Statement[]): number {
  return Math.round(statements.reduce((sum, statement) => sum + ofStatement(statement), 0));
}

function ofStatement(statement: Statement): number {
  switch (statement.kind) {
    case "comment":
      return 0;
    case "piece":
      return bytes.loop;
    case "loop":
      return bytes.loop + statement.body.reduce((sum, inner) => sum + ofStatement(inner), 0);
    case "when":
      return (
        ofExpression(statement.value) + statement.body.reduce((sum, inner) => sum + ofStatement(inner), 0)
      );
    case "store": {
      const accesses = (statement.accumulate ? 2 : 1) * bytes.access;
      return accesses + ofIndex(statement.offset) + bytes.statement + ofExpression(statement.value);
    }
    case "let":
    case "assign":
    case "return":
      return bytes.statement + ofExpression(statement.value);
  }
}

function ofExpression(expression: Parameters<typeof visitExpression>[0]): number {
  let sum = 0;
  visitExpression(expression, (part) => {
    if (part.kind === "apply") sum += bytes.operation;
    else if (part.kind === "load") sum += bytes.access + ofIndex(part.offset);
    else if (part.kind === "index" || part.kind === "inRange")
      sum += 2 * bytes.operation + ofIndex(part.value);
    else sum += bytes.operand;
  });
  return sum;
}

export function ofIndex({ terms }: Affine): number {
  return terms.reduce(
    (sum, { atom }) =>
      sum + bytes.indexTerm + (atom.kind === "element" ? bytes.access + ofIndex(atom.offset) : 0),
    0,
  );
}
