import type { Buffer, Statement } from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { keepInLocals } from "./keep.ts";
import { unrollBy } from "./partial.ts";
import { tripCount, unrollLoops } from "./unroll.ts";

/** Longer rows are not unrolled whole, but so many elements at a time. */
export const longestRow = 32;
const stretch = 8;

/** Unrolls innermost loops over a row: whole where it is short, by stretches where it is long. */
export function unrollRows(statements: readonly Statement[], names: NameSupply): readonly Statement[] {
  return statements.flatMap((statement): readonly Statement[] => {
    if (statement.kind !== "loop") return [statement];
    if (statement.body.some((inner) => inner.kind === "loop")) {
      return [{ ...statement, body: unrollRows(statement.body, names) }];
    }
    const count = tripCount(statement);
    if (count === undefined) return [statement];
    return count <= longestRow
      ? unrollLoops([statement], () => true, names)
      : unrollBy(statement, stretch, names);
  });
}

/** At most so many locals hold elements across a loop: more would only go to the stack. */
const mostKept = 32;

/** Keeps what does not move in locals while a loop runs, for every loop, outermost first. */
export function keepRows(
  statements: readonly Statement[],
  buffers: readonly Buffer[],
  names: NameSupply,
): readonly Statement[] {
  const byName = new Map(buffers.map((buffer) => [buffer.name, buffer]));
  const within = (list: readonly Statement[]): readonly Statement[] =>
    list.flatMap((statement): readonly Statement[] =>
      statement.kind === "loop"
        ? keepInLocals(statement, byName, names, mostKept).map((each) =>
            each.kind === "loop" ? { ...each, body: within(each.body) } : each,
          )
        : [statement],
    );
  return within(statements);
}
