import type { Expression, Statement } from "../../program/index.ts";
import {
  type Let,
  mapExpression,
  mapOwnExpressions,
  visitAccesses,
  visitExpression,
  visitLoads,
  visitStatements,
} from "../traverse.ts";

/** Deeper expressions are cut: people and printers read them better, and a chain of n additions is n deep. */
const maxDepth = 24;

/** A local that waits for its only use, to be written there instead of its name. */
interface Waiting {
  readonly statement: Let;
  readonly depth: number;
  readonly loads: ReadonlySet<string>;
  readonly accumulators: ReadonlySet<string>;
}

/**
 * Writes the value of a local that is used once where it is used. A value does not move past a store to memory that it
 * reads, nor into a loop, where it would be computed again and again.
 */
export function inlineSingleUse(statements: readonly Statement[]): readonly Statement[] {
  const uses = new Map<string, number>();
  const mutable = new Set<string>();
  visitStatements(statements, (statement) => {
    if (statement.kind === "let" && statement.mutable) mutable.add(statement.name);
    if (statement.kind === "loop" || statement.kind === "piece" || statement.kind === "comment") return;
    visitExpression(statement.value, (part) => {
      if (part.kind === "local") uses.set(part.name, (uses.get(part.name) ?? 0) + 1);
    });
  });
  return new Inliner(uses, mutable).block(statements);
}

class Inliner {
  readonly #uses: ReadonlyMap<string, number>;
  readonly #mutable: ReadonlySet<string>;

  constructor(uses: ReadonlyMap<string, number>, mutable: ReadonlySet<string>) {
    this.#uses = uses;
    this.#mutable = mutable;
  }

  block(statements: readonly Statement[]): readonly Statement[] {
    const result: Statement[] = [];
    const waiting = new Map<string, Waiting>();
    for (const statement of statements) {
      if (statement.kind === "loop" || statement.kind === "piece") {
        flush(waiting, result, touchedBy(statement.body));
        result.push({ ...statement, body: this.block(statement.body) });
        continue;
      }
      const replaced = mapOwnExpressions(statement, (value) => this.#replace(value, waiting, result));
      if (replaced.kind === "store") flush(waiting, result, { loads: new Set([replaced.buffer]) });
      if (replaced.kind === "assign") flush(waiting, result, { accumulators: new Set([replaced.name]) });
      if (replaced.kind === "let" && !replaced.mutable && this.#uses.get(replaced.name) === 1) {
        this.#wait(replaced, waiting, result);
      } else result.push(replaced);
    }
    flush(waiting, result, undefined);
    return result;
  }

  #wait(statement: Let, waiting: Map<string, Waiting>, result: Statement[]): void {
    const depth = depthOf(statement.value);
    if (depth >= maxDepth) {
      result.push(statement);
      return;
    }
    const [loads, accumulators] = [new Set<string>(), new Set<string>()];
    visitLoads(statement.value, ({ buffer }) => loads.add(buffer));
    visitExpression(statement.value, (part) => {
      if (part.kind === "local" && this.#mutable.has(part.name)) accumulators.add(part.name);
    });
    waiting.set(statement.name, { statement, depth, loads, accumulators });
  }

  #replace(value: Expression, waiting: Map<string, Waiting>, result: Statement[]): Expression {
    return mapExpression(value, (part) => {
      if (part.kind !== "local") return part;
      const found = waiting.get(part.name);
      if (found === undefined) return part;
      waiting.delete(part.name);
      if (found.depth + 1 < maxDepth) return found.statement.value;
      result.push(found.statement);
      return part;
    });
  }
}

interface Touched {
  readonly loads?: ReadonlySet<string>;
  readonly accumulators?: ReadonlySet<string>;
  readonly locals?: ReadonlySet<string>;
}

/** Writes the waiting locals that something touches (all of them if undefined), in their order. */
function flush(waiting: Map<string, Waiting>, result: Statement[], touched: Touched | undefined): void {
  for (const [name, { statement, loads, accumulators }] of waiting) {
    const isTouched =
      touched === undefined ||
      touched.locals?.has(name) === true ||
      meets(loads, touched.loads) ||
      meets(accumulators, touched.accumulators);
    if (!isTouched) continue;
    waiting.delete(name);
    result.push(statement);
  }
}

function meets(a: ReadonlySet<string>, b: ReadonlySet<string> | undefined): boolean {
  if (b === undefined) return false;
  for (const each of a) if (b.has(each)) return true;
  return false;
}

/** What statements use and change. */
function touchedBy(statements: readonly Statement[]): Touched {
  const [loads, accumulators, locals] = [new Set<string>(), new Set<string>(), new Set<string>()];
  visitAccesses(statements, ({ kind, buffer }) => {
    if (kind !== "load") loads.add(buffer);
  });
  visitStatements(statements, (statement) => {
    if (statement.kind === "assign") accumulators.add(statement.name);
    if (statement.kind === "loop" || statement.kind === "piece" || statement.kind === "comment") return;
    visitExpression(statement.value, (part) => {
      if (part.kind === "local") locals.add(part.name);
    });
  });
  return { loads, accumulators, locals };
}

function depthOf(expression: Expression): number {
  if (expression.kind !== "apply") return 0;
  return 1 + Math.max(...expression.operands.map(depthOf));
}
