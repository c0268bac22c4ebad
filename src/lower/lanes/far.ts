import type { Affine } from "../../program/index.ts";
import { type Loop, visitAccesses } from "../traverse.ts";
import { type Candidate, pathTo } from "./candidates.ts";
import { type Machine, strideOf, tripsOf } from "./cost.ts";
import type { Tiling } from "./tile.ts";

/*
 * Where a tile reads a few columns of many rows, a page of memory after the other, its rows contend with each other: a page covers
 * each set of the first-level cache once, so that rows on more pages than a set has ways push each other out where their distance is
 * a power of two; and rows on more pages than there are translations of addresses at hand wait for one each, whatever their distance.
 */

const pageBytes = 4096;
/**
 * More than a set of the first-level cache has ways for: 8 or 12 on processors of the last ten years. Of Zen 4, with 8, `npm run bench -- gemm`
 * tells: packed, Aᵀ·B of 128³ runs at 45 Gop/s, else at 40.
 */
const manyPages = 16;
/**
 * Of 512 rows of 2 KiB, a tile waits about a cycle for each, in which three operations are done: 512³ runs at 33 Gop/s, and packed at 39. Larger ones
 * wait for more.
 */
const wait = 3;

/** Whether the loops inside of the one in lanes move a load over so many pages that its rows contend with each other. */
export function isFar(offset: Affine, inside: readonly Loop[], machine: Machine): boolean {
  const bytes = 16 / machine.width;
  let pages = 1;
  for (const loop of inside) {
    const stride = strideOf(offset, loop.variable);
    if (stride === "any") return false;
    const count = tripsOf(loop, machine);
    pages *= Math.max(1, count * Math.min(1, (Math.abs(stride) * bytes) / pageBytes));
  }
  return pages >= manyPages;
}

/** What the sum of a candidate waits for rows that lie far from each other, in operations. */
export function costOfFarRows(candidate: Candidate, { sides, vectors }: Tiling, machine: Machine): number {
  const { kind, nest, loop, sum } = candidate;
  if (kind !== "parallel" || sum === undefined) return 0;
  const path = pathTo(nest, sum);
  const inside = path.slice(path.indexOf(loop) + 1);
  const far = new Set<string>();
  visitAccesses(sum.body, ({ kind: access, buffer, offset }) => {
    const stride = strideOf(offset, loop.variable);
    if (access === "load" && (stride === 0 || stride === 1) && isFar(offset, inside, machine))
      far.add(buffer);
  });
  if (far.size === 0) return 0;
  const turns = path.reduce((product, each) => product * tripsOf(each, machine), 1);
  const together = [...sides.values()].reduce((product, count) => product * count, vectors * machine.width);
  return (wait * far.size * turns) / together;
}
