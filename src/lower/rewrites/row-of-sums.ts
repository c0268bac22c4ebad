import type { Expression, Statement } from "../../program/index.ts";
import { type Assign, type Loop, substituteExpression, visitAccesses, visitExpression } from "../traverse.ts";
import { isNumber } from "./simplify.ts";

/** A loop over the elements of a row, for each of which its body adds up sums. */
export interface RowOfSums {
  /** In the order of the body. */
  readonly sums: readonly Sum[];
  /** What the body does besides summing. */
  readonly uses: readonly Statement[];
}

export interface Sum {
  /** The innermost loop of the sum. */
  readonly sum: Loop;
  /** The loops of the sum around it, outermost first. */
  readonly around: readonly Loop[];
  /** What is added to each accumulator. */
  readonly summands: ReadonlyMap<string, Expression>;
}

/**
 * Takes a row of sums apart; `undefined` if it is none, or one that does not move through memory element by element, or if a sum
 * waits for something that the body does before.
 */
export function rowOfSums(loop: Loop): RowOfSums | undefined {
  const loops = loop.body.filter((statement) => statement.kind === "loop");
  const sums = loops.flatMap((each) => sumOf(each, loop.variable) ?? []);
  if (loops.length === 0 || sums.length < loops.length || typeof loop.to !== "number") return undefined;
  const summands = new Map(sums.flatMap((each) => [...each.summands]));
  const starts = loop.body.filter(
    (each) => each.kind === "let" && summands.has(each.name) && isNumber(each.value, 0),
  );
  const count = sums.reduce((total, each) => total + each.summands.size, 0);
  if (starts.length !== count || usesLocalsOf(loop, summands) || storesBetween(loop)) return undefined;
  return { sums, uses: loop.body.filter((each) => each.kind !== "loop" && !starts.includes(each)) };
}

function sumOf(outermost: Loop, row: string): Sum | undefined {
  const around: Loop[] = [];
  let sum = outermost;
  for (let [inner] = sum.body; sum.body.length === 1 && inner?.kind === "loop"; [inner] = sum.body) {
    around.push(sum);
    sum = inner;
  }
  const summands = summandsOf(sum);
  return summands === undefined || !marchesAlong(sum, row) ? undefined : { sum, around, summands };
}

/** Whether something is stored before the last of the sums, which may read it. */
function storesBetween({ body }: Loop): boolean {
  const last = body.findLastIndex(({ kind }) => kind === "loop");
  return body.slice(0, last).some(({ kind }) => kind === "store");
}

/** What a loop adds to each of its accumulators, locals written out, if adding is all that it does. */
function summandsOf(sum: Loop): ReadonlyMap<string, Expression> | undefined {
  const locals = new Map<string, Expression>();
  const summands = new Map<string, Expression>();
  for (const statement of sum.body) {
    if (statement.kind !== "let" && statement.kind !== "assign") return undefined;
    const part = statement.kind === "let" ? statement.value : summandOf(statement);
    if (part === undefined || summands.has(statement.name)) return undefined;
    const value = substituteExpression(part, { variables: new Map(), locals });
    (statement.kind === "let" ? locals : summands).set(statement.name, value);
  }
  return summands;
}

/** v of `s = s + v`. */
function summandOf({ name, value }: Assign): Expression | undefined {
  if (value.kind !== "apply" || value.operation !== "add") return undefined;
  const [first, second] = value.operands;
  return first?.kind === "local" && first.name === name ? second : undefined;
}

/** Whether the summands read locals of the loop around the sum. */
function usesLocalsOf(loop: Loop, summands: ReadonlyMap<string, Expression>): boolean {
  const own = new Set(loop.body.flatMap((each) => (each.kind === "let" ? [each.name] : [])));
  let found = false;
  for (const summand of summands.values()) {
    visitExpression(summand, (part) => {
      if (part.kind === "local" && own.has(part.name)) found = true;
    });
  }
  return found;
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
