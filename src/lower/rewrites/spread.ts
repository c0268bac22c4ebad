import { affineVariable, type Buffer, type Expression, type Statement } from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import {
  type Assign,
  type Loop,
  type Store,
  visitAccesses,
  visitExpression,
  visitStatements,
} from "../traverse.ts";
import { unrollAndJam } from "./jam.ts";
import { keepInLocals } from "./keep.ts";
import { isNumber } from "./simplify.ts";

/** How many steps of the summed axis are added to a row at a time. */
const depth = 4;

/**
 * Turns sums over an axis that jumps through memory inside out: `for j { s = Σₙ a[n]·x[n, j]; use s }` becomes a row of
 * sums, all elements of which take a few n at a time, so that everything but a moves through memory element by element.
 * Leaves alone what does not have that form.
 *
 * @returns `undefined` where it does not apply; `rows` receives the memory for the sums.
 */
export function spreadSums(
  loop: Loop,
  buffers: readonly Buffer[],
  rows: Buffer[],
  names: NameSupply,
): readonly Statement[] | undefined {
  const parts = split(loop);
  if (parts === undefined) return undefined;
  const { sum, accumulators, rest } = parts;
  const at = affineVariable(loop.variable);
  const rowOf = new Map(accumulators.map((name) => [name, names.claim(`${name}_row`)]));
  const store = (name: string, value: Expression, accumulate: boolean): Store => {
    return { kind: "store", buffer: rowOf.get(name) ?? name, offset: at, value, accumulate };
  };
  for (const row of rowOf.values()) {
    const extent = typeof loop.to === "number" ? loop.to : 0;
    rows.push({ name: row, role: "scratch", element: "real", shape: [extent], batched: false });
  }
  const zero = accumulators.map((name) => store(name, { kind: "number", value: 0 }, false));
  const body = sum.body.map((statement): Statement => {
    if (statement.kind !== "assign") return statement;
    return store(statement.name, summandOf(statement) ?? statement.value, true);
  });
  const inside: Loop = { ...sum, body: [{ ...loop, body }] };
  const together = unrollAndJam(inside, depth, names).map((each) => hoisted(each, buffers, names));
  const loads = accumulators.map((name): Statement => {
    const value: Expression = { kind: "load", buffer: rowOf.get(name) ?? name, offset: at };
    return { kind: "let", name, value, mutable: false };
  });
  return [{ ...loop, body: zero }, ...together, { ...loop, body: [...loads, ...rest] }];
}

/** The sums of all steps taken together are added to a row's element at once; what does not move is loaded before. */
function hoisted(statement: Statement, buffers: readonly Buffer[], names: NameSupply): Statement {
  if (statement.kind !== "loop") return statement;
  const body = statement.body.flatMap((inner) =>
    inner.kind === "loop"
      ? keepInLocals({ ...inner, body: mergeAccumulations(inner.body) }, buffers, names)
      : [inner],
  );
  return { ...statement, body };
}

/** `r[j] += a; r[j] += b` as `r[j] += a + b`, for rows that nothing else in the block touches. */
function mergeAccumulations(statements: readonly Statement[]): readonly Statement[] {
  const sums = new Map<string, Store>();
  const others: Statement[] = [];
  for (const statement of statements) {
    if (statement.kind !== "store") {
      others.push(statement);
      continue;
    }
    const before = sums.get(statement.buffer);
    const value: Expression =
      before === undefined
        ? statement.value
        : { kind: "apply", operation: "add", operands: [before.value, statement.value] };
    sums.set(statement.buffer, { ...statement, value });
  }
  return [...others, ...sums.values()];
}

interface Parts {
  readonly sum: Loop;
  readonly accumulators: readonly string[];
  /** What the body does besides summing. */
  readonly rest: readonly Statement[];
}

function split(loop: Loop): Parts | undefined {
  const loops = loop.body.filter((statement) => statement.kind === "loop");
  const [sum] = loops;
  if (sum === undefined || loops.length !== 1 || typeof loop.to !== "number") return undefined;
  const assigned = sum.body.filter((statement): statement is Assign => statement.kind === "assign");
  const isPlain = sum.body.every((statement) => statement.kind === "let" || statement.kind === "assign");
  if (!isPlain || assigned.some((statement) => summandOf(statement) === undefined)) return undefined;
  const accumulators = assigned.map(({ name }) => name);
  const starts = loop.body.filter(
    (each) => each.kind === "let" && accumulators.includes(each.name) && isNumber(each.value, 0),
  );
  if (starts.length !== accumulators.length || !marchesAlong(sum, loop.variable)) return undefined;
  if (usesLocalsOf(loop, sum)) return undefined;
  return { sum, accumulators, rest: loop.body.filter((each) => each !== sum && !starts.includes(each)) };
}

/** Whether the sum's loop reads locals of the loop around it, other than the accumulators. */
function usesLocalsOf(loop: Loop, sum: Loop): boolean {
  const own = new Set(loop.body.flatMap((each) => (each.kind === "let" && !each.mutable ? [each.name] : [])));
  let found = 0;
  visitStatements(sum.body, (statement) => {
    if (statement.kind === "loop" || statement.kind === "piece" || statement.kind === "comment") return;
    visitExpression(statement.value, (part) => {
      if (part.kind === "local" && own.has(part.name)) found += 1;
    });
  });
  return found > 0;
}

/** v of `s = s + v`. */
function summandOf({ name, value }: Assign): Expression | undefined {
  if (value.kind !== "apply" || value.operation !== "add") return undefined;
  const [first, second] = value.operands;
  return first?.kind === "local" && first.name === name ? second : undefined;
}

/** Whether every load stands still or moves by one element as the variable does, and one moves. */
function marchesAlong(sum: Loop, variable: string): boolean {
  const steps: number[] = [];
  visitAccesses(sum.body, ({ offset }) => {
    const isIndirect = offset.terms.some(({ atom }) => atom.kind === "element");
    const term = offset.terms.find(({ atom }) => atom.kind === "variable" && atom.name === variable);
    steps.push(isIndirect ? Infinity : (term?.coefficient ?? 0));
  });
  return steps.every((step) => step === 0 || step === 1) && steps.includes(1);
}
