import { invariant } from "../../diagnostics/index.ts";
import type { Buffer, Expression, Statement } from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { predictBytecode } from "../predict.ts";
import { mapOwnExpressions, substituteExpression, visitExpression } from "../traverse.ts";

export interface Pieces {
  readonly statements: readonly Statement[];
  /** What must run before: locals from outside go through memory, too. */
  readonly before: readonly Statement[];
  /** Memory for the values that go from one piece to another. */
  readonly carried: readonly Buffer[];
}

/**
 * Cuts straight-line code into pieces of at most about `limit` bytes of bytecode, each a function of its own. Cuts where
 * few values are alive, in the last third of what fits; those values go through memory.
 */
export function cutIntoPieces(
  statements: readonly Statement[],
  limit: number,
  name: string,
  names: NameSupply,
): Pieces {
  const groups = group(statements, limit);
  const home = new Map<string, number>();
  const crossing = new Map<string, number>();
  for (const [piece, list] of groups.entries()) {
    for (const statement of list) {
      eachLocal(statement, (local) => {
        if (home.get(local) !== piece && home.has(local) && !crossing.has(local))
          crossing.set(local, crossing.size);
      });
      if (statement.kind === "let") home.set(statement.name, piece);
    }
  }
  const outer = new Set<string>();
  for (const statement of statements) {
    eachLocal(statement, (local) => {
      if (!home.has(local)) outer.add(local);
    });
  }
  invariant(
    groups.every((list, piece) =>
      list.every((each) => each.kind !== "assign" || home.get(each.name) === piece),
    ),
    "what changes does not cross the border of a piece",
  );
  for (const local of outer) crossing.set(local, crossing.size);
  const buffer = names.claim(`${name}_carried`);
  const place = (local: string): { buffer: string; offset: { constant: number; terms: [] } } => ({
    buffer,
    offset: { constant: crossing.get(local) ?? 0, terms: [] },
  });
  const pieces = groups.map((list, piece): Statement => {
    const body = list.flatMap((statement): readonly Statement[] => {
      const locals = new Map<string, Expression>();
      eachLocal(statement, (local) => {
        if (crossing.has(local) && home.get(local) !== piece)
          locals.set(local, { kind: "load", ...place(local) });
      });
      const replaced = mapOwnExpressions(statement, (value) =>
        substituteExpression(value, { variables: new Map(), locals }),
      );
      if (replaced.kind !== "let" || !crossing.has(replaced.name)) return [replaced];
      return [replaced, carry(replaced.name, place(replaced.name))];
    });
    return { kind: "piece", name: names.claim(name), body };
  });
  const carried: Buffer = {
    name: buffer,
    role: "scratch",
    element: "real",
    shape: [crossing.size],
    batched: false,
  };
  return {
    statements: pieces,
    before: [...outer].map((local) => carry(local, place(local))),
    carried: crossing.size > 0 ? [carried] : [],
  };
}

function carry(name: string, place: { buffer: string; offset: { constant: number; terms: [] } }): Statement {
  return { kind: "store", ...place, value: { kind: "local", name }, accumulate: false };
}

function eachLocal(statement: Statement, visit: (name: string) => void): void {
  if (statement.kind === "loop" || statement.kind === "piece" || statement.kind === "comment") return;
  visitExpression(statement.value, (part) => {
    if (part.kind === "local") visit(part.name);
  });
}

function group(statements: readonly Statement[], limit: number): readonly (readonly Statement[])[] {
  const alive = aliveAfter(statements);
  const groups: (readonly Statement[])[] = [];
  let start = 0;
  let size = 0;
  let best: { readonly end: number; readonly alive: number } | undefined;
  for (let k = 0; k < statements.length; k += 1) {
    const statement = statements[k];
    if (statement === undefined) continue;
    const bytes = predictBytecode([statement]);
    if (size + bytes > limit && k > start) {
      const end = best?.end ?? k;
      groups.push(statements.slice(start, end));
      start = end;
      k = end - 1; // what comes after the cut counts anew
      size = 0;
      best = undefined;
      continue;
    }
    size += bytes;
    const here = alive[k] ?? 0;
    if (size > (2 / 3) * limit && (best === undefined || here <= best.alive))
      best = { end: k + 1, alive: here };
  }
  return [...groups, statements.slice(start)].filter((each) => each.length > 0);
}

/** For each statement, how many locals defined up to it are used after it. */
function aliveAfter(statements: readonly Statement[]): readonly number[] {
  const lastUse = new Map<string, number>();
  for (const [k, statement] of statements.entries()) eachLocal(statement, (name) => lastUse.set(name, k));
  const ending = new Map<number, number>();
  let count = 0;
  return statements.map((statement, k) => {
    const last = statement.kind === "let" ? lastUse.get(statement.name) : undefined;
    if (last !== undefined) {
      count += 1;
      ending.set(last, (ending.get(last) ?? 0) + 1);
    }
    count -= ending.get(k) ?? 0;
    return count;
  });
}
