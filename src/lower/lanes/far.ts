import type { Affine } from "../../program/index.ts";
import { type Loop, visitAccesses } from "../traverse.ts";
import { type Candidate, pathTo } from "./candidates.ts";
import { type Machine, strideOf, tripsOf } from "./cost.ts";
import type { Tiling } from "./tile.ts";

/*
 * Rows of a large matrix lie on a page of memory each. Where a tile reads a few columns of more rows than the processor has
 * translations of addresses at hand, each of its rows waits for one, every time; and where the distance of rows is a power of two, they
 * contend for the same few sets of the cache, too.
 */

const pageBytes = 4096;
/** Entries of the first-level translation lookaside buffer (TLB) for data: 64 to 96 on processors of the last ten years. */
const translations = 64;
/**
 * Of 512 rows of 2 KiB, a tile waits about a cycle for each, in which three operations are done: 512³ runs at 33 Gop/s, and packed at 39. Larger ones
 * wait for more.
 */
const wait = 3;

/** Whether the loops inside of the one in lanes move a load over so many pages that no translations are left for anything else. */
export function isFar(offset: Affine, inside: readonly Loop[], machine: Machine): boolean {
  const bytes = 16 / machine.width;
  let pages = 1;
  for (const loop of inside) {
    const stride = strideOf(offset, loop.variable);
    if (stride === "any") return false;
    const count = tripsOf(loop, machine);
    pages *= Math.max(1, count * Math.min(1, (Math.abs(stride) * bytes) / pageBytes));
  }
  return pages >= translations;
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
