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
  /** Which of its block's statements it is. */
  readonly position: number;
  readonly depth: number;
  /** The memory and the accumulators that its value reads. */
  readonly loads: ReadonlySet<string>;
  readonly accumulators: ReadonlySet<string>;
}

/** The locals that wait in a block; finds those that read something without looking at all of them. */
class Queue {
  readonly #waiting = new Map<string, Waiting>();
  readonly #readersOfMemory = new Map<string, Set<Waiting>>();
  readonly #readersOfLocal = new Map<string, Set<Waiting>>();

  add(waiting: Waiting): void {
    this.#waiting.set(waiting.statement.name, waiting);
    for (const buffer of waiting.loads) addTo(this.#readersOfMemory, buffer, waiting);
    for (const name of waiting.accumulators) addTo(this.#readersOfLocal, name, waiting);
  }

  take(name: string): Waiting | undefined {
    const found = this.#waiting.get(name);
    if (found === undefined) return undefined;
    this.#waiting.delete(name);
    for (const buffer of found.loads) this.#readersOfMemory.get(buffer)?.delete(found);
    for (const local of found.accumulators) this.#readersOfLocal.get(local)?.delete(found);
    return found;
  }

  /** Moves those that something touches to the end of `into`, in the order in which they came. */
  moveTouched({ loads = [], accumulators = [], locals = [] }: Touched, into: Statement[]): void {
    const touched = new Set<Waiting>();
    const addAll = (found: Iterable<Waiting> = []): void => {
      for (const waiting of found) touched.add(waiting);
    };
    for (const buffer of loads) addAll(this.#readersOfMemory.get(buffer));
    for (const name of accumulators) addAll(this.#readersOfLocal.get(name));
    for (const name of locals) {
      const waiting = this.#waiting.get(name);
      if (waiting !== undefined) touched.add(waiting);
    }
    const ordered = [...touched].sort((a, b) => a.position - b.position);
    for (const { statement } of ordered) {
      this.take(statement.name);
      into.push(statement);
    }
  }

  moveRest(into: Statement[]): void {
    for (const { statement } of this.#waiting.values()) into.push(statement);
    this.#waiting.clear();
  }
}

function addTo(readers: Map<string, Set<Waiting>>, read: string, waiting: Waiting): void {
  const known = readers.get(read);
  if (known === undefined) readers.set(read, new Set([waiting]));
  else known.add(waiting);
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
    const waiting = new Queue();
    for (const [position, statement] of statements.entries()) {
      if (statement.kind === "loop" || statement.kind === "piece") {
        waiting.moveTouched(touchedBy(statement.body), result);
        result.push({ ...statement, body: this.block(statement.body) });
        continue;
      }
      const replaced = mapOwnExpressions(statement, (value) => this.#replace(value, waiting, result));
      if (replaced.kind === "store") waiting.moveTouched({ loads: [replaced.buffer] }, result);
      if (replaced.kind === "assign") waiting.moveTouched({ accumulators: [replaced.name] }, result);
      if (replaced.kind === "let" && !replaced.mutable && this.#uses.get(replaced.name) === 1) {
        this.#wait(replaced, position, waiting, result);
      } else result.push(replaced);
    }
    waiting.moveRest(result);
    return result;
  }

  #wait(statement: Let, position: number, waiting: Queue, result: Statement[]): void {
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
    waiting.add({ statement, position, depth, loads, accumulators });
  }

  #replace(value: Expression, waiting: Queue, result: Statement[]): Expression {
    return mapExpression(value, (part) => {
      if (part.kind !== "local") return part;
      const found = waiting.take(part.name);
      if (found === undefined) return part;
      if (found.depth + 1 < maxDepth) return found.statement.value;
      result.push(found.statement);
      return part;
    });
  }
}

interface Touched {
  readonly loads?: Iterable<string>;
  readonly accumulators?: Iterable<string>;
  readonly locals?: Iterable<string>;
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
