import { invariant } from "../diagnostics/index.ts";
import type { Affine, Expression } from "./program.ts";
import type { ScalarOperation } from "./scalar.ts";

/** What each kind of scalar expression means: a number, a text, an interval, a count. */
export interface ExpressionMeaning<T> {
  readonly number: (value: number) => T;
  readonly local: (name: string) => T;
  readonly load: (buffer: string, offset: Affine) => T;
  readonly index: (value: Affine) => T;
  readonly inRange: (range: Extract<Expression, { kind: "inRange" }>) => T;
  readonly batchSize: () => T;
  readonly step: () => T;
  readonly random: (stream: number, value: Affine) => T;
  /** Over operands that already have their meaning, in order. */
  readonly apply: (operation: ScalarOperation, operands: readonly T[]) => T;
}

/** The meaning of an expression, from its leaves up. A loop, so that deep expressions do not overflow the stack. */
export function foldExpression<T>(expression: Expression, meaning: ExpressionMeaning<T>): T {
  const results: T[] = [];
  // Each expression is met twice if it has operands: first to push them, then, when they are done, to combine them.
  const pending: { readonly expression: Expression; readonly operandsDone: boolean }[] = [
    { expression, operandsDone: false },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { expression: current, operandsDone } = next;
    if (current.kind !== "apply") {
      results.push(leafMeaning(current, meaning));
    } else if (operandsDone) {
      const operands = results.splice(results.length - current.operands.length);
      results.push(meaning.apply(current.operation, operands));
    } else {
      pending.push({ expression: current, operandsDone: true });
      for (let i = current.operands.length - 1; i >= 0; i--) {
        const operand = current.operands[i];
        invariant(operand !== undefined, "an operand list has no holes");
        pending.push({ expression: operand, operandsDone: false });
      }
    }
  }
  const [result] = results;
  invariant(results.length === 1, "a fold ends with one result");
  return result as T; // results has exactly one entry, of type T
}

function leafMeaning<T>(leaf: Exclude<Expression, { kind: "apply" }>, meaning: ExpressionMeaning<T>): T {
  switch (leaf.kind) {
    case "number":
      return meaning.number(leaf.value);
    case "local":
      return meaning.local(leaf.name);
    case "load":
      return meaning.load(leaf.buffer, leaf.offset);
    case "index":
      return meaning.index(leaf.value);
    case "inRange":
      return meaning.inRange(leaf);
    case "batchSize":
      return meaning.batchSize();
    case "step":
      return meaning.step();
    case "random":
      return meaning.random(leaf.stream, leaf.value);
  }
}
