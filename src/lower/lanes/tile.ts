import { accessKey } from "../../program/index.ts";
import { type Loop, variablesOf, visitAccesses } from "../traverse.ts";
import type { Candidate } from "./candidates.ts";
import { iteration, type Machine, tripsOf } from "./cost.ts";

/** Accumulators and operands that fit into sixteen registers: one is V8's own. */
const mostAccumulators = 8;
const mostRegisters = 13;
const mostColumns = 5;
/** How many iterations of two loops around a sum are done side by side. */
interface Tile {
  readonly rows: number;
  readonly columns: number;
  /** Operations that the sum takes in tiles. */
  readonly cost: number;
}

/** A loop of a tile: how many vectors or iterations there are, and whether what is left over is done one by one. */
interface Side {
  readonly loop: Loop;
  readonly count: number;
  readonly restAlone: boolean;
}

/** How many iterations of which loops are done side by side, and how many vectors of the loop in lanes. */
export interface Tiling {
  readonly sides: ReadonlyMap<Loop, number>;
  readonly vectors: number;
}

/** The tiles with which the sum of a candidate needs the fewest operations. */
export function tilingOf({ loop, sum, parallel, kind }: Candidate, machine: Machine): Tiling {
  if (sum === undefined) return { sides: new Map(), vectors: 1 };
  const sides = parallel.map((each) => sideOf(each, machine));
  if (kind === "parallel") {
    const { rows, tile } = bestRows(sum, sides, sideOf(loop, machine, machine.width));
    return { sides: new Map(rows === undefined ? [] : [[rows.loop, tile.rows]]), vectors: tile.columns };
  }
  const choices = sides.map((columns, k) => ({ columns, ...bestRows(sum, sides.slice(0, k), columns) }));
  const [best] = choices.toSorted((a, b) => a.cost - b.cost);
  if (best === undefined) return { sides: new Map(), vectors: 1 };
  const { rows, columns, tile } = best;
  const ofRows: readonly (readonly [Loop, number])[] = rows === undefined ? [] : [[rows.loop, tile.rows]];
  return { sides: new Map([...ofRows, [columns.loop, tile.columns]]), vectors: 1 };
}

/** The rows with which a tile needs the fewest operations, and how many it needs for one of its accumulators. */
function bestRows(
  sum: Loop,
  choices: readonly Side[],
  columns: Side,
): { readonly rows: Side | undefined; readonly tile: Tile; readonly cost: number } {
  const tiles = [undefined, ...choices.filter((side) => side !== columns)].map((rows) => {
    const tile = bestTile(sum, rows, columns);
    return { rows, tile, cost: tile.cost / (columns.count * (rows?.count ?? 1)) };
  });
  return tiles.reduce((best, each) => (each.cost < best.cost ? each : best));
}

/** The loop as a side of a tile; `width`: of how many iterations at a time. */
function sideOf(loop: Loop, machine: Machine, width = 1): Side {
  const count = Math.ceil(tripsOf(loop, machine) / width);
  return { loop, count, restAlone: typeof loop.to !== "number" };
}

/**
 * The tile of accumulators that needs the fewest operations: each load of the sum serves a row or a column of it, where it does
 * not move with the other.
 */
function bestTile(sum: Loop, rows: Side | undefined, columns: Side): Tile {
  const loads = new Map<string, { readonly byRow: boolean; readonly byColumn: boolean }>();
  visitAccesses(sum.body, ({ kind, buffer, offset }) => {
    if (kind !== "load") return;
    const depends = variablesOf(offset);
    const byRow = rows !== undefined && depends.has(rows.loop.variable);
    loads.set(accessKey(buffer, offset), { byRow, byColumn: depends.has(columns.loop.variable) });
  });
  const ofBlock = (r: number, c: number): number => {
    let operations = iteration + 2 * r * c;
    for (const { byRow, byColumn } of loads.values()) operations += (byRow ? r : 1) * (byColumn ? c : 1);
    return operations;
  };
  let best: Tile | undefined;
  for (let r = 1; r <= (rows === undefined ? 1 : mostAccumulators); r++) {
    for (let c = 1; c <= mostColumns && r * c <= mostAccumulators && r * c + c + 1 <= mostRegisters; c++) {
      let cost = 0;
      for (const [high, times] of blocksOf(rows, r))
        for (const [wide, each] of blocksOf(columns, c)) cost += times * each * ofBlock(high, wide);
      // Of two that cost the same, the one of more rows, whose panels are narrower: 512³ runs at 44 Gop/s instead of 42 (`npm run bench -- gemm`).
      if (best === undefined || cost <= best.cost) best = { rows: r, columns: c, cost };
    }
  }
  return best ?? { rows: 1, columns: 1, cost: Infinity };
}

/** Blocks of `size` and what they leave over: how large, and how many. */
function blocksOf(side: Side | undefined, size: number): readonly (readonly [size: number, times: number])[] {
  if (side === undefined) return [[1, 1]];
  const { count, restAlone } = side;
  const rest = count % size;
  return [
    [size, Math.floor(count / size)],
    ...(rest === 0 ? [] : [restAlone ? ([1, rest] as const) : ([rest, 1] as const)]),
  ];
}
