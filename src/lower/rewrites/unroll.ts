import { type Statement, affineConstant } from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { Copier, type Loop } from "../traverse.ts";

/** Replaces the loops that `choose` picks, innermost first, by one copy of their body for each iteration. */
export function unrollLoops(
  statements: readonly Statement[],
  choose: (loop: Loop) => boolean,
  names: NameSupply,
): readonly Statement[] {
  return statements.flatMap((statement): readonly Statement[] => {
    if (statement.kind !== "loop" && statement.kind !== "piece") return [statement];
    const inner = { ...statement, body: unrollLoops(statement.body, choose, names) };
    return inner.kind === "loop" && tripCount(inner) !== undefined && choose(inner)
      ? unrolled(inner, names)
      : [inner];
  });
}

/** How often a loop runs, unless that depends on the batch. */
export function tripCount(loop: Loop): number | undefined {
  if (typeof loop.from !== "number" || typeof loop.to !== "number") return undefined;
  return Math.max(0, Math.ceil((loop.to - loop.from) / loop.step));
}

function unrolled(loop: Loop, names: NameSupply): readonly Statement[] {
  const copies: Statement[] = [];
  const from = typeof loop.from === "number" ? loop.from : 0;
  for (let k = 0; k < (tripCount(loop) ?? 0); k += 1) {
    const at = from + k * loop.step;
    const variables = new Map([[loop.variable, affineConstant(at)]]);
    const rename = (name: string): string => names.claim(`${names.baseOf(name)}_${at}`);
    for (const copy of new Copier(variables, rename).copyAll(loop.body)) copies.push(copy);
  }
  return copies;
}
