import { keepRows, unrollRows } from "../rewrites/rows.ts";
import { tileNests } from "../rewrites/tile.ts";
import { dropStores, forward, join, shrink, simplify, straighten, tidy } from "./shared.ts";
import { type Step, statementStep } from "./step.ts";

/** Loops over one sample's outer axes, rows in straight line. */
export const rowsSteps: readonly Step[] = [
  shrink,
  statementStep("unroll rows", (body, { names }) => unrollRows(body, names)),
  simplify,
  straighten,
  forward,
  dropStores,
  statementStep("keep in locals", (body, { buffers, names, rounded }) => {
    const inMemory = buffers.map((each) =>
      rounded?.has(each.name) === true ? { ...each, resident: true } : each,
    );
    return keepRows(body, inMemory, names);
  }),
  ...tidy,
];

/** What loops over whole batches may count on. */
export interface TiledOptions {
  /** Whether sums may grow on top of old values: single precision rounds too much for that. */
  readonly overOld: boolean;
  /** Whether the program usually runs on whole batches. */
  readonly manySamples: boolean;
}

/** Loops over whole batches, contractions in tiles of accumulators or in rows of sums. */
export function tiledSteps(options: TiledOptions): readonly Step[] {
  const tile: Step = {
    name: "tile",
    apply: ({ body, buffers, names, ...program }) => {
      const tiled = tileNests(body, { ...options, buffers, names });
      return { ...program, names, body: tiled.statements, buffers: [...buffers, ...tiled.buffers] };
    },
  };
  return [join, tile, ...tidy];
}
