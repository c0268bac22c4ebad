/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are in bounds by the loops around them; `!` costs nothing */
/*
 * Random numbers without state: number `index` of stream `stream` is a function of the seed alone, so the same seed
 * gives the same numbers everywhere and in any order.
 */

/**
 * A number from 0 (inclusive) to 1 (exclusive), of 53 random bits: Philox2x32-10 of Salmon, Moraes, Dror and Shaw,
 * "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), with the seed as its key and (index, stream) as its counter.
 * All three are integers of which the low 32 bits count.
 */
export function uniformAt(seed: number, stream: number, index: number): number {
  let key = seed | 0;
  let left = index | 0;
  let right = stream | 0;
  for (let round = 0; round < 10; round++) {
    // high:low = 0xd256d193 · left, by halves of 16 bits
    const leftHigh = left >>> 16;
    const leftLow = left & 0xffff;
    const middle = leftLow * 0xd256 + ((leftLow * 0xd193) >>> 16);
    const other = leftHigh * 0xd193 + (middle & 0xffff);
    const high = leftHigh * 0xd256 + (middle >>> 16) + (other >>> 16);
    left = high ^ key ^ right;
    right = (other << 16) | ((leftLow * 0xd193) & 0xffff);
    key = (key + 0x9e3779b9) | 0;
  }
  return ((left >>> 5) * 0x4000000 + (right >>> 6)) / 0x20000000000000;
}

/** Puts `order` in random order: Fisher and Yates's shuffle. */
export function shuffle(order: Int32Array, seed: number, stream: number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(uniformAt(seed, stream, i) * (i + 1));
    const moved = order[i]!;
    order[i] = order[j]!;
    order[j] = moved;
  }
}
