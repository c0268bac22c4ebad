import { type Loop, variablesOf, visitAccesses, visitStatements } from "../traverse.ts";
import { isParallel } from "./parallel.ts";
import { tripCount } from "./unroll.ts";

/** The innermost loop that accumulates, first in order; the parallel loops around it are added to `around`. */
export function findReduction(loop: Loop, around: Loop[]): Loop | undefined {
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

/** The two loops (or the only one) of which so many iterations each are a tile that needs the fewest loads in the reduction. */
export function bestPair(parallel: readonly Loop[], reduction: Loop, tileSize: number): readonly Loop[] {
  if (parallel.length < 2) return parallel;
  let best: { readonly pair: readonly Loop[]; readonly loads: number } | undefined;
  for (const [position, a] of parallel.entries()) {
    for (const b of parallel.slice(position + 1)) {
      const loads = loadsOfTile(reduction, [a.variable, b.variable], tileSize);
      // Of equals the later pair, which lies further inside.
      if (best === undefined || loads <= best.loads) best = { pair: [a, b], loads };
    }
  }
  return best?.pair ?? [];
}

function loadsOfTile(reduction: Loop, variables: readonly string[], tileSize: number): number {
  let loads = 0;
  visitAccesses(reduction.body, ({ offset }) => {
    const depends = variablesOf(offset);
    loads += variables.reduce((count, variable) => count * (depends.has(variable) ? tileSize : 1), 1);
  });
  return loads;
}

/** Whether every load of the reduction goes through memory element by element. */
export function isContiguous(reduction: Loop): boolean {
  let contiguous = true;
  visitAccesses(reduction.body, ({ offset }) => {
    for (const { coefficient, atom } of offset.terms) {
      if (atom.kind === "variable" && atom.name === reduction.variable && coefficient !== 1)
        contiguous = false;
    }
  });
  return contiguous;
}

/** Whether some load serves a row or a column of a tile. */
export function sharesLoads(reduction: Loop, loops: readonly (Loop | undefined)[]): boolean {
  let shares = false;
  visitAccesses(reduction.body, ({ kind, offset }) => {
    const depends = variablesOf(offset);
    if (kind === "load" && loops.some((loop) => loop !== undefined && !depends.has(loop.variable)))
      shares = true;
  });
  return shares;
}

/** How many elements are combined in the innermost parallel loop: those of a window of a pooling. */
export function elementsOf(row: Loop): number {
  let count = 1;
  visitStatements(row.body, (statement) => {
    if (statement.kind === "loop") count *= tripCount(statement) ?? Infinity;
  });
  return count;
}
