import type { Loop } from "../traverse.ts";
import { tripCount } from "./unroll.ts";

/**
 * How many iterations of a loop to do together: the greatest divisor of their number up to `most`, so that nothing is left
 * over, unless there is none near. What a batch leaves over is not known.
 */
export function blockOf(loop: Loop, most: number): number {
  const count = tripCount(loop);
  if (count === undefined) return most;
  for (let block = most; 2 * block >= most; block -= 1) if (count % block === 0) return block;
  return Math.min(most, count);
}
