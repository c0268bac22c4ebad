import { describe, expect, it } from "vitest";
import { randomNumber } from "../../src/program/index.ts";
import { drawAt } from "../../src/verify/random.ts";
import { randomAt, randomKey } from "../../templates/draw.ts";

function draw(seed: number, step: number, stream: number, index: number): number {
  return randomAt(randomKey(seed, step, stream), index);
}

/** One word counts up, the others stay: every direction in which a network's numbers are neighbours. */
const directions: Readonly<Record<string, (k: number) => number>> = {
  elements: (k) => draw(7, 3, 1, k),
  steps: (k) => draw(7, k + 1, 1, 5),
  streams: (k) => draw(7, 3, k, 5),
  seeds: (k) => draw(k, 3, 1, 5),
  "elements of ever new steps": (k) => draw(7, 1 + (k >> 4), 0, k & 15),
  "streams of ever new steps": (k) => draw(7, 1 + (k >> 2), k & 3, 0),
};

/** By a program in C. */
const known = { first: [1487486669, 906612136, 986848159], far: 3435653349 };

const count = 1 << 16;

/** (χ² − its mean) / its deviation, of how often each of `bins` numbers came: about normal. */
function excess(numbers: readonly number[], bins: number): number {
  const found = new Uint32Array(bins);
  for (const each of numbers) found[each] = (found[each] ?? 0) + 1;
  const expected = numbers.length / bins;
  const chiSquared = found.reduce((sum, each) => sum + (each - expected) ** 2 / expected, 0);
  return (chiSquared - (bins - 1)) / Math.sqrt(2 * (bins - 1));
}

/** One in fifteen thousand deviates so far; the numbers are always the same, so a test that passes goes on to. */
const most = 4;

describe("the random numbers of a network", () => {
  it("are these, everywhere", () => {
    expect([0, 1, 2].map((index) => draw(0, 1, 0, index) * 2 ** 32)).toEqual(known.first);
    expect(draw(-1, 12345, 6, 2 ** 31) * 2 ** 32).toBe(known.far);
  });

  it("are what the program's interpreter and the verifier say they are", () => {
    const seeds = [0, 1, -1, 2 ** 31, 2 ** 40 - 5, Number.MAX_SAFE_INTEGER, -(2 ** 52)];
    for (const seed of seeds) {
      for (const [step, stream, index] of [
        [1, 0, 0],
        [2, 5, 123456],
        [2 ** 33, 1, 2 ** 32 + 7],
      ] as const) {
        const own = draw(seed, step, stream, index);
        expect(own).toBe(randomNumber(seed, step, stream, index));
        expect(own).toBe(drawAt(seed, step, stream, index));
      }
    }
  });

  it.each(Object.entries(directions))("are evenly spread and independent: %s", (_, at) => {
    const numbers = Array.from({ length: count + 64 }, (__, k) => at(k));
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    const high = numbers.map((each) => Math.floor(each * 256));
    expect(Math.abs(excess(high.slice(0, count), 256))).toBeLessThan(most);
    const low = numbers.map((each) => (each * 2 ** 32) % 256);
    expect(Math.abs(excess(low.slice(0, count), 256))).toBeLessThan(most);
    for (const distance of [1, 2, 16, 64]) {
      const pairs = high
        .slice(0, count)
        .map((each, k) => (each >> 4) * 16 + ((high[k + distance] ?? 0) >> 4));
      expect(Math.abs(excess(pairs, 256))).toBeLessThan(most);
    }
    // Eight masks of a half in a row.
    const masks = Array.from({ length: count / 8 }, (__, block) =>
      high.slice(8 * block, 8 * block + 8).reduce((bits, each) => 2 * bits + (each >> 7), 0),
    );
    expect(Math.abs(excess(masks, 256))).toBeLessThan(most);
  });

  it("change every bit half of the time where one bit of any word changes", () => {
    const trials = 1 << 12;
    let worst = 0;
    for (let word = 0; word < 4; word += 1) {
      for (let bit = 0; bit < 32; bit += 5) {
        const flips = new Uint32Array(32);
        for (let k = 0; k < trials; k += 1) {
          const words = [k * 77, 1 + (k % 50), k % 3, k] as [number, number, number, number];
          const before = draw(...words) * 2 ** 32;
          words[word] = (words[word] ?? 0) ^ (1 << bit);
          const changed = before ^ (draw(...words) * 2 ** 32);
          for (let each = 0; each < 32; each += 1)
            flips[each] = (flips[each] ?? 0) + ((changed >>> each) & 1);
        }
        for (const each of flips)
          worst = Math.max(worst, Math.abs(each - trials / 2) / Math.sqrt(trials / 4));
      }
    }
    expect(worst).toBeLessThan(4.5); // of 900 deviations
  });
});
