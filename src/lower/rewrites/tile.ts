import type { Buffer, Statement } from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { type Let, type Loop, variablesOf, visitAccesses, visitStatements } from "../traverse.ts";
import { blockOf } from "./block.ts";
import { unrollAndJam } from "./jam.ts";
import { isParallel } from "./parallel.ts";
import { isConstant, isContraction, separateNest } from "./separate.ts";
import { isShortSum, longestWritten, spreadSums } from "./spread.ts";
import { transposeOperand } from "./transpose.ts";
import { tripCount, unrollLoops } from "./unroll.ts";

/**
 * Rows and columns of a tile of accumulators. Measured on V8, 784 × 128 × 64: where both operands lie along the summed
 * axis, 4 × 2 is fastest (6.3 GFLOP/s; 4 × 4 takes more registers than there are: 5.7). Where the summed axis jumps
 * through memory, loads are dear and 4 × 4 is (4.9 against 4.4), unless sums are spread over a long row.
 */
const tileSize = 4;
const narrowTile = 2;

/**
 * Where two do not divide the columns, a few are taken all at once: of the gradient of 16 kernels of 5 × 5, tiles of 2 × 5
 * take half the time of 4 × 1 (1.8 GMAC/s against 0.8).
 */
const widestWhole = 5;
const mostAccumulators = 12;

/**
 * From so many elements on, a row of sums in memory is faster than tiles of accumulators, whether the operand lies along the
 * row or is transposed first: `npm run bench -- mnist lstm` tells.
 */
const longRow = 32;

/** Of so many rows, transposing a matrix for one sample pays: a copy costs as much as one or two of them. */
const manyRows = 16;

export interface TileOptions {
  readonly buffers: readonly Buffer[];
  readonly names: NameSupply;
  /** Whether sums may grow on top of what was there, rounding at each of their steps. */
  readonly overOld: boolean;
  /** Whether there usually are so many samples that transposing a matrix for them pays, though each has but one row. */
  readonly manySamples: boolean;
}

export interface Tiled {
  readonly statements: readonly Statement[];
  /** Memory for sums and for transposed operands. */
  readonly buffers: readonly Buffer[];
}

/**
 * Tiles every contraction: of the parallel loops around the innermost reduction of a nest, those two are done several
 * iterations at a time that let most loads be shared. Where the inner one is long, its elements grow side by side in
 * memory instead.
 */
export function tileNests(statements: readonly Statement[], options: TileOptions): Tiled {
  const buffers: Buffer[] = [];
  return { statements: tileBlock(statements, options, buffers, new Map()), buffers };
}

function tileBlock(
  statements: readonly Statement[],
  options: TileOptions,
  buffers: Buffer[],
  known: ReadonlyMap<string, Let>,
): readonly Statement[] {
  const constants = new Map(known);
  return statements.flatMap((statement): readonly Statement[] => {
    if (statement.kind === "let" && isConstant(statement, constants))
      constants.set(statement.name, statement);
    if (statement.kind !== "loop") return [statement];
    if (isSequence(statement))
      return [{ ...statement, body: tileBlock(statement.body, options, buffers, constants) }];
    const nest = tileNest(statement, options, buffers);
    return isContraction(statement) ? separateNest(statement, nest, constants, options) : nest;
  });
}

/** A loop over steps, each of which reads what the one before has stored: its body holds the nests. */
function isSequence(loop: Loop): boolean {
  return loop.body.some(({ kind }) => kind === "loop") && !accumulates(loop) && !isParallel(loop);
}

/** Whether a loop adds to a local from outside. */
function accumulates(loop: Loop): boolean {
  const own = new Set<string>();
  let found = false;
  visitStatements(loop.body, (statement) => {
    if (statement.kind === "let") own.add(statement.name);
    if (statement.kind === "assign" && !own.has(statement.name)) found = true;
  });
  return found;
}

function tileNest(nest: Loop, options: TileOptions, buffers: Buffer[]): readonly Statement[] {
  const parallel: Loop[] = [];
  const reduction = findReduction(nest, parallel);
  if (reduction === undefined || parallel.length === 0) return [nest];
  const [outer, inner] = bestPair(parallel, reduction);
  const contiguous = isContiguous(reduction);
  const row = parallel.at(-1);
  if (outer !== undefined && row !== undefined && row.variable === inner?.variable && isLong(row)) {
    const loops = { outer, row, reduction };
    const spread = contiguous
      ? spreadTransposed(nest, loops, options, buffers)
      : spreadRows(nest, loops, options, buffers);
    if (spread !== undefined) return spread;
  }
  // The additions of a short sum hardly wait for each other.
  if (isShortSum(reduction) && parallel.length === 1) return [nest];
  if (row !== undefined && !sharesLoads(reduction, [outer, inner])) {
    if (!accumulates(reduction)) return [nest];
    if (elementsOf(row) <= longestWritten) return unrollInside(nest, row, options.names);
  }
  return jamLoops([nest], tileOf(outer, inner, contiguous), options.names);
}

/** Whether some load serves a row or a column of a tile. */
function sharesLoads(reduction: Loop, loops: readonly (Loop | undefined)[]): boolean {
  let shares = false;
  visitAccesses(reduction.body, ({ kind, offset }) => {
    const depends = variablesOf(offset);
    if (kind === "load" && loops.some((loop) => loop !== undefined && !depends.has(loop.variable)))
      shares = true;
  });
  return shares;
}

/** How many elements are combined in the innermost parallel loop: those of a window of a pooling. */
function elementsOf(row: Loop): number {
  let count = 1;
  visitStatements(row.body, (statement) => {
    if (statement.kind === "loop") count *= tripCount(statement) ?? Infinity;
  });
  return count;
}

/** The loops inside `row` written out. */
function unrollInside(nest: Loop, row: Loop, names: NameSupply): readonly Statement[] {
  const inside = new Set<string>();
  visitStatements(row.body, (statement) => {
    if (statement.kind === "loop") inside.add(statement.variable);
  });
  return unrollLoops([nest], ({ variable }) => inside.has(variable), names);
}

/** How many iterations of two loops make a tile, by their variables. */
function tileOf(
  outer: Loop | undefined,
  inner: Loop | undefined,
  contiguous: boolean,
): ReadonlyMap<string, number> {
  const columns = inner === undefined ? 1 : blockOf(inner, contiguous ? narrowTile : tileSize);
  const width = (inner && tripCount(inner)) ?? Infinity;
  const isWhole = outer !== undefined && columns === 1 && width <= widestWhole;
  const most = isWhole ? Math.min(tileSize, Math.floor(mostAccumulators / width)) : tileSize;
  return new Map([
    ...(outer === undefined ? [] : [[outer.variable, blockOf(outer, most)] as const]),
    ...(inner === undefined ? [] : [[inner.variable, isWhole ? width : columns] as const]),
  ]);
}

function isLong(row: Loop): boolean {
  return (tripCount(row) ?? 0) >= longRow;
}

interface Loops {
  readonly outer: Loop;
  readonly row: Loop;
  readonly reduction: Loop;
}

/** The sums of a row grow in memory, those of a few iterations of `outer` side by side. */
function spreadRows(
  nest: Loop,
  { outer, row, reduction }: Loops,
  options: TileOptions,
  buffers: Buffer[],
): readonly Statement[] | undefined {
  // A short sum is done with each element, and gains nothing from a second row.
  const together = isShortSum(reduction) ? 1 : blockOf(outer, tileSize);
  const jammed =
    together === 1 ? [nest] : jamLoops([nest], new Map([[outer.variable, together]]), options.names);
  let spread = 0;
  const statements = mapLoops(jammed, row.variable, (loop, isRemainder) => {
    const depth = isRemainder ? { depth: 1 } : {}; // a few samples, if any
    const result = spreadSums(loop, { ...options, ...depth, rows: buffers });
    if (result !== undefined) spread += 1;
    return result ?? [loop];
  });
  return spread > 0 ? statements : undefined;
}

function spreadTransposed(
  nest: Loop,
  loops: Loops,
  options: TileOptions,
  buffers: Buffer[],
): readonly Statement[] | undefined {
  if (isShortSum(loops.reduction)) return undefined;
  if (!options.manySamples && (tripCount(loops.outer) ?? 1) < manyRows) return undefined;
  const transposed = transposeOperand(nest, loops.row, loops.reduction, options.names);
  if (transposed === undefined) return undefined;
  const known = { ...options, buffers: [...options.buffers, transposed.buffer] };
  const spread = spreadRows(transposed.nest, loops, known, buffers);
  if (spread === undefined) return undefined;
  buffers.push(transposed.buffer);
  return [...transposed.copy, ...spread];
}

function mapLoops(
  statements: readonly Statement[],
  variable: string,
  map: (loop: Loop, isRemainder: boolean) => readonly Statement[],
  isRemainder = false,
): readonly Statement[] {
  return statements.flatMap((statement): readonly Statement[] => {
    if (statement.kind !== "loop") return [statement];
    if (statement.variable === variable) return map(statement, isRemainder);
    const inRemainder = isRemainder || typeof statement.from !== "number";
    return [{ ...statement, body: mapLoops(statement.body, variable, map, inRemainder) }];
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

/** The two loops (or the only one) whose tile needs the fewest loads in the reduction. */
function bestPair(parallel: readonly Loop[], reduction: Loop): readonly Loop[] {
  if (parallel.length < 2) return parallel;
  let best: { readonly pair: readonly Loop[]; readonly loads: number } | undefined;
  for (const [position, a] of parallel.entries()) {
    for (const b of parallel.slice(position + 1)) {
      const loads = loadsOfTile(reduction, [a.variable, b.variable]);
      // Of equals the later pair, which lies further inside.
      if (best === undefined || loads <= best.loads) best = { pair: [a, b], loads };
    }
  }
  return best?.pair ?? [];
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
