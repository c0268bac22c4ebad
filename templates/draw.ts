/*
 * The random numbers of a network: number `index` of stream `stream` in step `step` is a function of these and the seed,
 * so that the backward pass makes the forward pass's numbers again instead of keeping them, and every schedule makes the
 * same.
 */

/**
 * Two multiplications and three shifts, after which each bit of the result depends on each bit of `x`: lowbias32 of Wellons,
 * "Prospecting for hash functions" (2018). One-to-one on 32 bits.
 */
function scramble(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}

/** What the numbers of one stream in one step begin with. All three are integers of which the low 32 bits count. */
export function randomKey(seed: number, step: number, stream: number): number {
  return scramble(scramble(scramble((seed | 0) + 0x9e3779b9) + step) + stream);
}

/** A number from 0 (inclusive) to 1 (exclusive), of 32 random bits. */
export function randomAt(key: number, index: number): number {
  return (scramble(scramble(index ^ key) + Math.imul(key, 0x85ebca6b)) >>> 0) / 0x100000000;
}
