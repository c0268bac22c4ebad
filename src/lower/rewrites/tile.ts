import type { Statement } from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { type Loop, variablesOf, visitAccesses } from "../traverse.ts";
import { unrollAndJam } from "./jam.ts";
import { isParallel } from "./parallel.ts";

/** Rows and columns of a tile of accumulators: 4 × 4 with its 8 loaded values is what measures fastest. */
export const tileSize = 4;

/**
 * Tiles every contraction: of the parallel loops around the innermost reduction of a nest, those two are done four
 * iterations at a time that let most loads be shared.
 */
export function tileNests(statements: readonly Statement[], names: NameSupply): readonly Statement[] {
  return statements.flatMap((statement) => (statement.kind === "loop" ? tileNest(statement, names) : [statement]));
}

function tileNest(nest: Loop, names: NameSupply): readonly Statement[] {
  const parallel: Loop[] = [];
  const reduction = findReduction(nest, parallel);
  if (reduction === undefined || parallel.length === 0) return [nest];
  const variables = bestPair(parallel, reduction);
  return jamLoops([nest], variables, names);
}

/** The innermost loop that accumulates, first in order; the parallel loops around it are added to `around`. */
function findReduction(loop: Loop, around: Loop[]): Loop | undefined {
  if (!isParallel(loop)) {
    const inner = loop.body.find((statement) => statement.kind === "loop");
    return inner === undefined ? loop : (findReduction(inner, []) ?? loop);
  }
  for (const statement of loop.body) {
    if (statement.kind !== "loop") continue;
    const path: Loop[] = [];
    const found = findReduction(statement, path);
    if (found === undefined) continue;
    around.push(loop, ...path);
    return found;
  }
  return undefined;
}

/** The two variables (or the only one) whose tile needs the fewest loads in the reduction. */
function bestPair(parallel: readonly Loop[], reduction: Loop): ReadonlySet<string> {
  const [only] = parallel;
  if (only === undefined || parallel.length === 1) return new Set(only === undefined ? [] : [only.variable]);
  let best: { readonly variables: ReadonlySet<string>; readonly loads: number } | undefined;
  for (const [position, a] of parallel.entries()) {
    for (const b of parallel.slice(position + 1)) {
      const variables = new Set([a.variable, b.variable]);
      const loads = loadsOfTile(reduction, variables);
      // Of equals the later pair, which lies further inside.
      if (best === undefined || loads <= best.loads) best = { variables, loads };
    }
  }
  return best?.variables ?? new Set();
}

function loadsOfTile(reduction: Loop, variables: ReadonlySet<string>): number {
  let loads = 0;
  visitAccesses(reduction.body, ({ offset }) => {
    const depends = variablesOf(offset);
    loads += [...variables].reduce((count, variable) => count * (depends.has(variable) ? tileSize : 1), 1);
  });
  return loads;
}

/** Unrolls and jams the loops over the given variables, innermost first. */
function jamLoops(
  statements: readonly Statement[],
  variables: ReadonlySet<string>,
  names: NameSupply,
): readonly Statement[] {
  return statements.flatMap((statement): readonly Statement[] => {
    if (statement.kind !== "loop") return [statement];
    const inner: Loop = { ...statement, body: jamLoops(statement.body, variables, names) };
    return variables.has(inner.variable) && isParallel(inner) ? unrollAndJam(inner, tileSize, names) : [inner];
  });
}
