import type { Buffer, Statement } from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { type Loop, variablesOf, visitAccesses } from "../traverse.ts";
import { unrollAndJam } from "./jam.ts";
import { isParallel } from "./parallel.ts";
import { spreadSums } from "./spread.ts";
import { tripCount } from "./unroll.ts";

/**
 * Rows and columns of a tile of accumulators. Measured on V8, 784 × 128 × 64: where both operands lie along the summed
 * axis, 4 × 2 is fastest (6.3 GFLOP/s; 4 × 4 takes more registers than there are: 5.7). Where the summed axis jumps
 * through memory, loads are dear and 4 × 4 is (4.9 against 4.4), unless sums are spread over a long row.
 */
const tileSize = 4;
const narrowTile = 2;

/** From so many elements on, a row of sums in memory is faster than tiles that jump through memory. */
const longRow = 64;

/**
 * Tiles every contraction: of the parallel loops around the innermost reduction of a nest, those two are done several
 * iterations at a time that let most loads be shared. `rows` receives memory for spread sums.
 */
export function tileNests(
  statements: readonly Statement[],
  buffers: readonly Buffer[],
  rows: Buffer[],
  names: NameSupply,
): readonly Statement[] {
  return statements.flatMap((statement) =>
    statement.kind === "loop" ? tileNest(statement, buffers, rows, names) : [statement],
  );
}

function tileNest(
  nest: Loop,
  buffers: readonly Buffer[],
  rows: Buffer[],
  names: NameSupply,
): readonly Statement[] {
  const parallel: Loop[] = [];
  const reduction = findReduction(nest, parallel);
  if (reduction === undefined || parallel.length === 0) return [nest];
  const [outer, inner] = bestPair(parallel, reduction);
  const contiguous = isContiguous(reduction);
  if (outer !== undefined && inner !== undefined && !contiguous && parallel.at(-1)?.variable === inner) {
    if ((tripCount(parallel.at(-1) ?? nest) ?? 0) >= longRow) {
      const jammed = jamLoops([nest], new Map([[outer, narrowTile]]), names);
      return spreadLoops(jammed, inner, (loop) => spreadSums(loop, buffers, rows, names));
    }
  }
  const factors = new Map<string, number>();
  if (outer !== undefined) factors.set(outer, tileSize);
  if (inner !== undefined) factors.set(inner, contiguous ? narrowTile : tileSize);
  return jamLoops([nest], factors, names);
}

function spreadLoops(
  statements: readonly Statement[],
  variable: string,
  spread: (loop: Loop) => readonly Statement[] | undefined,
): readonly Statement[] {
  return statements.flatMap((statement): readonly Statement[] => {
    if (statement.kind !== "loop") return [statement];
    if (statement.variable === variable) return spread(statement) ?? [statement];
    return [{ ...statement, body: spreadLoops(statement.body, variable, spread) }];
  });
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
function bestPair(parallel: readonly Loop[], reduction: Loop): readonly string[] {
  if (parallel.length < 2) return parallel.map(({ variable }) => variable);
  let best: { readonly variables: readonly string[]; readonly loads: number } | undefined;
  for (const [position, a] of parallel.entries()) {
    for (const b of parallel.slice(position + 1)) {
      const variables = [a.variable, b.variable];
      const loads = loadsOfTile(reduction, variables);
      // Of equals the later pair, which lies further inside.
      if (best === undefined || loads <= best.loads) best = { variables, loads };
    }
  }
  return best?.variables ?? [];
}

/** Whether every load of the reduction goes through memory element by element. */
function isContiguous(reduction: Loop): boolean {
  let contiguous = true;
  visitAccesses(reduction.body, ({ offset }) => {
    for (const { coefficient, atom } of offset.terms) {
      if (atom.kind === "variable" && atom.name === reduction.variable && coefficient !== 1)
        contiguous = false;
    }
  });
  return contiguous;
}

function loadsOfTile(reduction: Loop, variables: readonly string[]): number {
  let loads = 0;
  visitAccesses(reduction.body, ({ offset }) => {
    const depends = variablesOf(offset);
    loads += variables.reduce((count, variable) => count * (depends.has(variable) ? tileSize : 1), 1);
  });
  return loads;
}

/** Unrolls and jams the loops over the given variables by their factors, innermost first. */
function jamLoops(
  statements: readonly Statement[],
  factors: ReadonlyMap<string, number>,
  names: NameSupply,
): readonly Statement[] {
  return statements.flatMap((statement): readonly Statement[] => {
    if (statement.kind !== "loop") return [statement];
    const inner: Loop = { ...statement, body: jamLoops(statement.body, factors, names) };
    const factor = factors.get(inner.variable);
    return factor !== undefined && isParallel(inner) ? unrollAndJam(inner, factor, names) : [inner];
  });
}
