/**
 * The number that the language's `random` promises for a seed, a step, a stream (the call of `random`) and an index (the
 * element, counted through the samples of the batch). Written from docs/conventions.md, with 32-bit words in typed arrays.
 */
export function drawAt(seed: number, step: number, stream: number, index: number): number {
  const key = scrambled([scrambled([scrambled([seed, 0x9e3779b9]), step]), stream]);
  const spread = Math.imul(key, 0x85ebca6b);
  return scrambled([scrambled([wordOf([index]) ^ key]), spread]) / 2 ** 32;
}

/** The sum of integers modulo 2³². */
function wordOf(summands: readonly number[]): number {
  const sum = new Uint32Array(1);
  for (const each of summands) sum[0] = (sum[0] ?? 0) + (each % 2 ** 32);
  return sum[0] ?? 0;
}

/** x ← (x ⊕ x ≫ 16) · 7feb352d, x ← (x ⊕ x ≫ 15) · 846ca68b, x ⊕ x ≫ 16, of the sum of the words given. */
function scrambled(summands: readonly number[]): number {
  let x = wordOf(summands);
  for (const [shift, factor] of [
    [16, 0x7feb352d],
    [15, 0x846ca68b],
    [16, 1],
  ] as const)
    // prettier-ignore
    x = Math.imul(x ^ (x >>> shift), factor) >>> 0;
  return x;
}
