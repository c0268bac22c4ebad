import { invariant } from "../../diagnostics/index.ts";
import {
  type Buffer,
  type Expression,
  type ScalarOperation,
  type Statement,
  affineConstant,
  affineVariable,
  scalarApply,
} from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { type Let, visitExpression, visitLoads } from "../traverse.ts";

/** Those that generated modules define, because `Math`'s are slower than what V8 can inline. */
const operations: readonly ScalarOperation[] = ["tanh", "exp"];

/**
 * V8 inlines at most 920 bytes of bytecode into a function (`--max-inlined-bytecode-size-cumulative`): five calls of
 * `tanh` or `exp`.
 */
const fewest = 6;

/** Neither a loop nor a piece. */
type Simple = Exclude<Statement, { kind: "loop" | "piece" }>;

/** `let name = operation(argument)` */
type Call = Let & { readonly value: Extract<Expression, { kind: "apply" }> };

/**
 * Makes many calls of one operation in straight-line code a loop over a few numbers in memory: their arguments are
 * stored, the loop puts each result in its argument's place, and what follows loads it. V8 inlines the one call that is
 * left, but none of many. Only calls that do not need each other's results go together; what their arguments need comes
 * before the loop, everything else after it. Finds calls that are the value of a local, as `shareSubexpressions` leaves
 * them. Measured: a step of XOR 2-4-1, four samples at a time, with its 16 calls of `tanh`, takes two thirds of the time.
 *
 * @param buffers The memory that this takes is added to them.
 */
export function groupCalls(
  statements: readonly Statement[],
  buffers: Buffer[],
  names: NameSupply,
): readonly Statement[] {
  return operations.reduce((current, operation) => {
    return new Grouper(operation, buffers, names).block(current);
  }, statements);
}

class Grouper {
  readonly #operation: ScalarOperation;
  readonly #buffers: Buffer[];
  readonly #names: NameSupply;

  constructor(operation: ScalarOperation, buffers: Buffer[], names: NameSupply) {
    this.#operation = operation;
    this.#buffers = buffers;
    this.#names = names;
  }

  /** Nothing moves past a loop or a piece. */
  block(statements: readonly Statement[]): readonly Statement[] {
    const result: Statement[] = [];
    let straight: Simple[] = [];
    for (const statement of statements) {
      if (statement.kind !== "loop" && statement.kind !== "piece") straight.push(statement);
      else {
        for (const each of this.#straight(straight)) result.push(each);
        result.push(statement);
        straight = [];
      }
    }
    return [...result, ...this.#straight(straight)];
  }

  #straight(statements: readonly Simple[]): readonly Statement[] {
    const calls = firstGroup(statements, this.#operation);
    return calls === undefined ? statements : this.#inLoop(statements, calls);
  }

  #inLoop(statements: readonly Simple[], calls: ReadonlySet<Statement>): readonly Statement[] {
    const needed = neededBy(statements, calls);
    const buffer = this.#names.claim(`${this.#operation}s`);
    const variable = this.#names.claim("k");
    const [before, after]: [Statement[], Simple[]] = [[], []];
    let count = 0;
    for (const statement of statements) {
      if (calls.has(statement) && isCall(statement, this.#operation)) {
        const offset = affineConstant(count++);
        before.push({ kind: "store", buffer, offset, value: argumentOf(statement), accumulate: false });
        after.push({ ...statement, value: { kind: "load", buffer, offset } });
      } else if (needed.has(statement)) before.push(statement);
      else after.push(statement);
    }
    this.#buffers.push({ name: buffer, role: "scratch", element: "real", shape: [count], batched: false });
    const offset = affineVariable(variable);
    const value = scalarApply(this.#operation, { kind: "load", buffer, offset });
    const store: Statement = { kind: "store", buffer, offset, value, accumulate: false };
    const loop: Statement = { kind: "loop", variable, from: 0, to: count, step: 1, body: [store] };
    return [...before, loop, ...this.#straight(after)];
  }
}

function isCall(statement: Statement, operation: ScalarOperation): statement is Call {
  if (statement.kind !== "let" || statement.mutable) return false;
  return statement.value.kind === "apply" && statement.value.operation === operation;
}

function argumentOf({ value }: Call): Expression {
  const [argument] = value.operands;
  invariant(argument !== undefined, `${value.operation} has an operand`);
  return argument;
}

/**
 * The first calls, enough of them, that do not need each other's results. The level of a value is the longest chain of
 * calls that it needs; a value that reads what the statements change has none, since it cannot move.
 */
function firstGroup(
  statements: readonly Simple[],
  operation: ScalarOperation,
): ReadonlySet<Statement> | undefined {
  const changed = changedBy(statements);
  const levels = new Map<string, number>();
  const groups: Set<Statement>[] = [];
  for (const statement of statements) {
    if (statement.kind !== "let") continue;
    let level = 0;
    for (const name of readBy(statement)) {
      level = Math.max(level, changed.has(name) ? Infinity : (levels.get(name) ?? 0));
    }
    if (isCall(statement, operation)) {
      if (level < Infinity) (groups[level] ??= new Set()).add(statement);
      level += 1;
    }
    levels.set(statement.name, level);
  }
  return groups.find((group) => group.size >= fewest);
}

/** The accumulators and the memory that statements change. */
function changedBy(statements: readonly Simple[]): ReadonlySet<string> {
  const changed = new Set<string>();
  for (const statement of statements) {
    if (statement.kind === "store") changed.add(statement.buffer);
    if (statement.kind === "assign" || (statement.kind === "let" && statement.mutable))
      changed.add(statement.name);
  }
  return changed;
}

/** The locals and the memory that the value reads. */
function readBy({ value }: Let): ReadonlySet<string> {
  const read = new Set<string>();
  visitLoads(value, ({ buffer }) => read.add(buffer));
  visitExpression(value, (part) => {
    if (part.kind === "local") read.add(part.name);
  });
  return read;
}

/** The statements that define what the calls' arguments need. */
function neededBy(statements: readonly Simple[], calls: ReadonlySet<Statement>): ReadonlySet<Statement> {
  const wanted = new Set<string>();
  const needed = new Set<Statement>();
  for (const statement of [...statements].reverse()) {
    if (statement.kind !== "let" || !(calls.has(statement) || wanted.has(statement.name))) continue;
    needed.add(statement);
    for (const name of readBy(statement)) wanted.add(name);
  }
  return needed;
}
