import { invariant } from "../../diagnostics/index.ts";
import {
  type Expression,
  type Loop,
  type ScalarOperation,
  type Statement,
  type Store,
  visitMentions,
} from "../../program/index.ts";
import type { Combining } from "./horizontal.ts";
import { laneLocals } from "./lane-locals.ts";

/** What each way of putting numbers together begins with. */
export const neutral: { readonly [C in Combining]: number } = {
  "f64.add": 0,
  "f64.max": -Infinity,
  "f64.min": Infinity,
};

/** A local that a loop in lanes adds to, or takes the greatest or the least of. */
export interface Accumulation {
  readonly name: string;
  readonly operation: Combining;
}

/** What a loop in lanes does to locals from outside. */
export function accumulationsOf(loop: Loop): readonly Accumulation[] {
  return [...laneLocals(loop.variable, loop.body).accumulators].map((name) => ({
    name,
    operation: accumulation(name, loop.body),
  }));
}

/** What a loop in lanes does to a local from outside, in every of its assignments. */
function accumulation(name: string, statements: readonly Statement[]): Combining {
  const found = new Set<Combining>();
  const visit = (list: readonly Statement[]): void => {
    for (const statement of list) {
      if ("body" in statement) visit(statement.body);
      if (statement.kind !== "assign" || statement.name !== name) continue;
      const operation = combinedWith(name, statement.value);
      invariant(operation !== undefined, `lanes add to ${name}, or take the greatest or the least of it`);
      found.add(operation);
    }
  };
  visit(statements);
  const [operation, ...others] = found;
  invariant(operation !== undefined && others.length === 0, `lanes do one thing to ${name}`);
  return operation;
}

/** How a value combines the local with another: `s + v`, `s - v`, `max(s, v)`, `min(s, v)`. */
function combinedWith(name: string, value: Expression): Combining | undefined {
  if (value.kind !== "apply") return undefined;
  const [first] = value.operands;
  return first?.kind === "local" && first.name === name ? combining[value.operation] : undefined;
}

const combining: Readonly<Partial<Record<ScalarOperation, Combining>>> = {
  add: "f64.add",
  subtract: "f64.add",
  maximum: "f64.max",
  minimum: "f64.min",
};

/** Stores of sums, right after the loops in lanes that have added them up. */
export interface SumStores {
  /** By the names of the sums. */
  readonly stores: ReadonlyMap<string, Store>;
  /** How many of the statements after the loops they are, with the comments between them. */
  readonly statements: number;
}

/**
 * The stores that statements begin with of sums that were 0 before the loops and that nothing reads afterwards: there is no
 * need to have each of them as a number.
 *
 * @param sums What the loops add to.
 */
export function sumStores(
  sums: ReadonlySet<string>,
  before: readonly Statement[],
  after: readonly Statement[],
): SumStores {
  const stores = new Map<string, Store>();
  let statements = 0;
  for (const [k, statement] of after.entries()) {
    const name = storedSum(statement);
    if (statement.kind !== "store" || name === undefined) {
      if (statement.kind === "comment") continue;
      break;
    }
    if (!sums.has(name) || stores.has(name)) break;
    stores.set(name, statement);
    statements = k + 1;
  }
  const read = new Set<string>();
  visitMentions(after.slice(statements), { local: (name) => read.add(name) });
  for (const name of stores.keys()) {
    if (read.has(name) || !startsAtZero(name, before)) return { stores: new Map(), statements: 0 };
  }
  return { stores, statements };
}

/** Of a store to a known place, the local that is stored. */
function storedSum(statement: Statement): string | undefined {
  if (statement.kind !== "store" || statement.accumulate || statement.offset.terms.length > 0)
    return undefined;
  return statement.value.kind === "local" ? statement.value.name : undefined;
}

/** Whether the local is defined as 0 in these statements, and not changed. */
function startsAtZero(name: string, statements: readonly Statement[]): boolean {
  let isZero = false;
  const visit = (list: readonly Statement[]): void => {
    for (const statement of list) {
      if ("body" in statement) visit(statement.body);
      else if (statement.kind === "let" && statement.name === name)
        isZero = statement.value.kind === "number" && statement.value.value === 0;
      else if (statement.kind === "assign" && statement.name === name) isZero = false;
    }
  };
  visit(statements);
  return isZero;
}
