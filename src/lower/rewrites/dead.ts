import { type Affine, type Buffer, type Expression, type Statement, affineKey } from "../../program/index.ts";
import { type Store, visitAccesses, visitExpression, visitStatements } from "../traverse.ts";

/** Drops stores to scratch memory that nobody loads, and stores that are overwritten before anybody can load them. */
export function dropDeadStores(
  statements: readonly Statement[],
  buffers: readonly Buffer[],
): readonly Statement[] {
  const loaded = new Set<string>();
  visitAccesses(statements, ({ kind, buffer }) => {
    if (kind === "load") loaded.add(buffer);
  });
  const useless = new Set(
    buffers.filter(({ name, role }) => role === "scratch" && !loaded.has(name)).map(({ name }) => name),
  );
  return dropIn(statements, useless);
}

function dropIn(statements: readonly Statement[], useless: ReadonlySet<string>): readonly Statement[] {
  const result: Statement[] = [];
  // For each buffer, the places that statements further down overwrite before they read any of it.
  const overwritten = new Map<string, Set<string>>();
  for (const statement of [...statements].reverse()) {
    if (statement.kind === "loop" || statement.kind === "piece") {
      const body = dropIn(statement.body, useless);
      if (body.length > 0) result.push({ ...statement, body });
    } else if (statement.kind !== "store") {
      result.push(statement);
    } else if (!useless.has(statement.buffer) && !isOverwritten(statement, overwritten)) {
      result.push(statement);
    } else continue;
    // Backwards: the store comes last, after what the statement reads.
    if (statement.kind === "store" && !statement.accumulate) markOverwritten(statement, overwritten);
    visitAccesses([statement], ({ kind, buffer }) => {
      if (kind !== "store") overwritten.delete(buffer);
    });
  }
  return result.reverse();
}

function isOverwritten(
  { buffer, offset }: Store,
  overwritten: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  return overwritten.get(buffer)?.has(affineKey(offset)) ?? false;
}

function markOverwritten({ buffer, offset }: Store, overwritten: Map<string, Set<string>>): void {
  if (readsMemory(offset)) return;
  const places = overwritten.get(buffer) ?? new Set();
  overwritten.set(buffer, places.add(affineKey(offset)));
}

function readsMemory({ terms }: Affine): boolean {
  return terms.some(({ atom }) => atom.kind === "element");
}

/** Drops locals that nothing uses, and what only they used. */
export function dropDeadLocals(statements: readonly Statement[]): readonly Statement[] {
  const uses = new Map<string, number>();
  const count = (expression: Expression, by: number): void => {
    visitExpression(expression, (part) => {
      if (part.kind === "local") uses.set(part.name, (uses.get(part.name) ?? 0) + by);
    });
  };
  visitStatements(statements, (statement) => {
    if (statement.kind === "loop" || statement.kind === "piece" || statement.kind === "comment") return;
    // An accumulator does not live by its own assignments.
    if (statement.kind !== "assign") count(statement.value, 1);
    else {
      visitExpression(statement.value, (part) => {
        if (part.kind === "local" && part.name !== statement.name)
          uses.set(part.name, (uses.get(part.name) ?? 0) + 1);
      });
    }
  });
  const isDead = (statement: Statement): boolean =>
    (statement.kind === "let" || statement.kind === "assign") && (uses.get(statement.name) ?? 0) === 0;
  const drop = (list: readonly Statement[]): readonly Statement[] => {
    const kept: Statement[] = [];
    for (const statement of [...list].reverse()) {
      if (statement.kind === "loop" || statement.kind === "piece") {
        const body = drop(statement.body);
        if (body.length > 0) kept.push({ ...statement, body });
      } else if (isDead(statement)) {
        if (statement.kind === "let") count(statement.value, -1);
        else if (statement.kind === "assign") {
          visitExpression(statement.value, (part) => {
            if (part.kind === "local" && part.name !== statement.name) {
              uses.set(part.name, (uses.get(part.name) ?? 0) - 1);
            }
          });
        }
      } else kept.push(statement);
    }
    return kept.reverse();
  };
  return drop(statements);
}
