import type { Buffer, Statement } from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { accumulatorsOf } from "../accumulators.ts";
import { inSequence, isSequence, isSteady, type Part } from "../sequence.ts";
import { type Let, type Loop, visitStatements } from "../traverse.ts";
import { blockOf } from "./block.ts";
import { unrollAndJam } from "./jam.ts";
import { isParallel } from "./parallel.ts";
import { bestPair, elementsOf, findReduction, isContiguous, sharesLoads } from "./reduction.ts";
import { isConstant, isContraction, separateNest } from "./separate.ts";
import { isShortSum, longestWritten, spreadSums } from "./spread.ts";
import { transposeOperands } from "./transpose.ts";
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
  const tiler = new Tiler(options);
  const parts = tiler.block(statements, new Map(), []);
  return {
    statements: parts.flatMap(({ before, statements }) => [...before, ...statements]),
    buffers: tiler.buffers,
  };
}

class Tiler {
  /** Memory for sums and for transposed operands. */
  readonly buffers: Buffer[] = [];
  readonly #options: TileOptions;

  constructor(options: TileOptions) {
    this.#options = options;
  }

  /**
   * A part for each statement.
   *
   * @param known Locals around them that are numbers, or computed of numbers.
   * @param around The sequences that they are in.
   */
  block(
    statements: readonly Statement[],
    known: ReadonlyMap<string, Let>,
    around: readonly Loop[],
  ): readonly Part[] {
    const constants = new Map(known);
    return statements.map((statement): Part => {
      if (statement.kind === "let" && isConstant(statement, constants))
        constants.set(statement.name, statement);
      if (statement.kind !== "loop") return alone([statement]);
      if (isSequence(statement))
        return inSequence(statement, this.block(statement.body, constants, [...around, statement]));
      const nest = this.#nest(statement, around);
      return isContraction(statement)
        ? { ...nest, statements: separateNest(statement, nest.statements, constants, this.#options) }
        : nest;
    });
  }

  #nest(nest: Loop, around: readonly Loop[]): Part {
    const { names } = this.#options;
    const parallel: Loop[] = [];
    const reduction = findReduction(nest, parallel);
    if (reduction === undefined || parallel.length === 0) return alone([nest]);
    const [outer, inner] = bestPair(parallel, reduction, tileSize);
    const contiguous = isContiguous(reduction);
    const row = parallel.at(-1);
    if (outer !== undefined && row !== undefined && row.variable === inner?.variable && isLong(row)) {
      const loops = { outer, row, reduction };
      const spread = contiguous
        ? this.#spreadTransposed(nest, loops, around)
        : this.#spreadRows(nest, loops, this.#options.buffers);
      if (spread !== undefined) return spread;
    }
    // The additions of a short sum hardly wait for each other.
    if (isShortSum(reduction) && parallel.length === 1) return alone([nest]);
    if (row !== undefined && !sharesLoads(reduction, [outer, inner])) {
      if (accumulatorsOf(reduction).size === 0) return alone([nest]);
      if (elementsOf(row) <= longestWritten) return alone(unrollInside(nest, row, names));
    }
    return alone(jamLoops([nest], tileOf(outer, inner, contiguous), names));
  }

  /** The sums of a row grow in memory, those of a few iterations of `outer` side by side. */
  #spreadRows(nest: Loop, { outer, row, reduction }: Loops, buffers: readonly Buffer[]): Part | undefined {
    const { names } = this.#options;
    // A short sum is done with each element, and gains nothing from a second row.
    const together = isShortSum(reduction) ? 1 : blockOf(outer, tileSize);
    const jammed = together === 1 ? [nest] : jamLoops([nest], new Map([[outer.variable, together]]), names);
    let spread = 0;
    const statements = mapLoops(jammed, row.variable, (loop, isRemainder) => {
      const depth = isRemainder ? { depth: 1 } : {}; // a few samples, if any
      const result = spreadSums(loop, { ...this.#options, ...depth, buffers, rows: this.buffers });
      if (result !== undefined) spread += 1;
      return result ?? [loop];
    });
    return spread > 0 ? alone(statements) : undefined;
  }

  /** The same where a sum reads along the summed axis, by way of a copy. */
  #spreadTransposed(nest: Loop, loops: Loops, around: readonly Loop[]): Part | undefined {
    if (isShortSum(loops.reduction)) return undefined;
    const { names, buffers, manySamples } = this.#options;
    const transposed = transposeOperands(nest, loops.row, names);
    if (transposed === undefined) return undefined;
    const { copies } = transposed;
    const turning = around.slice(
      around.findLastIndex((each) => !copies.every((copy) => isSteady(copy, each))) + 1,
    );
    const rows = [loops.outer, ...turning].reduce((count, each) => count * (tripCount(each) ?? 1), 1);
    if (!manySamples && rows < manyRows) return undefined;
    const spread = this.#spreadRows(transposed.nest, loops, [...buffers, ...transposed.buffers]);
    if (spread === undefined) return undefined;
    this.buffers.push(...transposed.buffers);
    return { ...spread, before: copies };
  }
}

/** Nothing must be done before. */
function alone(statements: readonly Statement[]): Part {
  return { before: [], statements };
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
