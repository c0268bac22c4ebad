import type { Expression, Statement } from "../../program/index.ts";
import { type Assign, type Loop, substituteExpression, visitAccesses, visitExpression } from "../traverse.ts";
import { isNumber } from "./simplify.ts";

/** A loop over the elements of a row, for each of which its body adds up sums. */
export interface RowOfSums {
  /** The innermost loop of the sum. */
  readonly sum: Loop;
  /** The loops of the sum around it, outermost first. */
  readonly around: readonly Loop[];
  /** What is added to each accumulator. */
  readonly summands: ReadonlyMap<string, Expression>;
  /** What the body does besides summing. */
  readonly uses: readonly Statement[];
}

/** Takes a row of sums apart; `undefined` if it is none, or one that does not move through memory element by element. */
export function rowOfSums(loop: Loop): RowOfSums | undefined {
  const loops = loop.body.filter((statement) => statement.kind === "loop");
  const [outermost] = loops;
  if (outermost === undefined || loops.length !== 1 || typeof loop.to !== "number") return undefined;
  const around: Loop[] = [];
  let sum = outermost;
  for (let [inner] = sum.body; sum.body.length === 1 && inner?.kind === "loop"; [inner] = sum.body) {
    around.push(sum);
    sum = inner;
  }
  const summands = summandsOf(sum);
  if (summands === undefined || !marchesAlong(sum, loop.variable)) return undefined;
  const starts = loop.body.filter(
    (each) => each.kind === "let" && summands.has(each.name) && isNumber(each.value, 0),
  );
  if (starts.length !== summands.size || usesLocalsOf(loop, summands)) return undefined;
  const uses = loop.body.filter((each) => each !== outermost && !starts.includes(each));
  return { sum, around, summands, uses };
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
