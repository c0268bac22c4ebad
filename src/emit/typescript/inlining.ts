import { type ScalarOperation, type Statement, visitMentions } from "../../program/index.ts";

/**
 * V8 inlines at most 920 bytes of bytecode into a function (`--max-inlined-bytecode-size-cumulative`). A call that it
 * does not inline has its argument and its result boxed, and loses against `Math`'s functions.
 */
const mostInlined = 920;

/** Of what V8 inlines, it counts the last 1.2 times (`--reserve-inline-budget-scale-factor`). */
const reserve = 0.2;

/**
 * Bytes of bytecode of the functions of `templates/elementary.ts`, as `node --print-bytecode` shows them. There is no log
 * and no log1p among them: inlined likewise, after fdlibm, they made steps slower than calls of `Math`'s do.
 */
const sizes: ReadonlyMap<ScalarOperation, number> = new Map([
  ["tanh", 170],
  ["exp", 152],
  ["sigmoid", 152], // by an exponential
]);

/**
 * Whether a function of these statements calls the templates' functions rather than `Math`'s: if all calls fit. Some of
 * each would be slower than `Math`'s alone, because a call out of the function leaves nothing in registers.
 */
export function inlinesElementary(statements: readonly Statement[]): boolean {
  return inlinedBytes(statements) + reserve * Math.max(...sizes.values()) <= mostInlined;
}

/** Pieces are functions of their own; a loop over what a rounded batch leaves hardly runs, so V8 sees no reason to inline in it. */
function inlinedBytes(statements: readonly Statement[]): number {
  let bytes = 0;
  for (const statement of statements) {
    if (statement.kind === "piece") continue;
    if (statement.kind === "loop") {
      const isRemainder = typeof statement.from !== "number" && statement.from.multipleOf !== 1;
      if (!isRemainder) bytes += inlinedBytes(statement.body);
      continue;
    }
    visitMentions([statement], { operation: (name) => (bytes += sizes.get(name) ?? 0) });
  }
  return bytes;
}
