const word = 2n ** 32n;

/** The low 32 bits. */
function low(value: bigint): bigint {
  return ((value % word) + word) % word;
}

/** Wellons's lowbias32 ("Prospecting for hash functions", 2018): one-to-one on 32 bits. */
function scramble(value: bigint): bigint {
  let x = low(value);
  x = low((x ^ (x >> 16n)) * 0x7feb352dn);
  x = low((x ^ (x >> 15n)) * 0x846ca68bn);
  return x ^ (x >> 16n);
}

/**
 * What the expression `random` stands for, in slow and exact arithmetic: of `seed`, `step` and `stream` a key, and of key and
 * `index` a number from 0 (inclusive) to 1 (exclusive), of 32 bits. All are integers of which the low 32 bits count.
 */
export function randomNumber(seed: number, step: number, stream: number, index: number): number {
  const started = scramble(BigInt(seed) + 0x9e3779b9n);
  const key = scramble(scramble(started + BigInt(step)) + BigInt(stream));
  const mixed = scramble(scramble(low(BigInt(index)) ^ key) + key * 0x85ebca6bn);
  return Number(mixed) / 2 ** 32;
}
