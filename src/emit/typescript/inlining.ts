import type { ScalarOperation, Statement } from "../../program/index.ts";
import { visitStatements } from "./visit.ts";

/**
 * V8 inlines at most 920 bytes of bytecode into a function (`--max-inlined-bytecode-size-cumulative`). A call that it
 * does not inline has its argument and its result boxed, and gains nothing over `Math`'s functions.
 */
const mostInlined = 920;

/** Bytes of bytecode of the functions of `templates/elementary.ts`; first what gains most over `Math`. */
const sizes: readonly (readonly [ScalarOperation, number])[] = [
  ["tanh", 165],
  ["log1p", 172],
  ["exp", 158],
];

/** The operations for which a function of these statements calls the templates' functions rather than `Math`'s: all that fit. */
export function chooseInlined(statements: readonly Statement[]): ReadonlySet<ScalarOperation> {
  const calls = new Map<ScalarOperation, number>();
  countCalls(statements, calls);
  const chosen = new Set<ScalarOperation>();
  let left = mostInlined;
  for (const [operation, size] of sizes) {
    const needed = (calls.get(operation) ?? 0) * size;
    if (needed > left) continue;
    left -= needed;
    chosen.add(operation);
  }
  return chosen;
}

/** Pieces are functions of their own; a loop over what a rounded batch leaves hardly runs, so V8 sees no reason to inline in it. */
function countCalls(statements: readonly Statement[], calls: Map<ScalarOperation, number>): void {
  for (const statement of statements) {
    if (statement.kind === "piece") continue;
    if (statement.kind === "loop") {
      const isRemainder = typeof statement.from !== "number" && statement.from.multipleOf !== 1;
      if (!isRemainder) countCalls(statement.body, calls);
      continue;
    }
    visitStatements([statement], {
      operation: (name) => calls.set(name, (calls.get(name) ?? 0) + 1),
    });
  }
}
