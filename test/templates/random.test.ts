import { expect, test } from "vitest";
import { shuffle, uniformAt } from "../../templates/random.ts";

test("Philox2x32-10 gives the known answers of its authors", () => {
  // Counter, key and result of Random123's kat_vectors; the result is left, right.
  const vectors = [
    [0, 0, 0, 0xff1dae59, 0x6cd10df2],
    [0xffffffff, 0xffffffff, 0xffffffff, 0x2c3f628b, 0xab4fd7ad],
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0xdd7ce038, 0xf62a4c12],
  ] as const;
  for (const [index, stream, seed, left, right] of vectors) {
    const bits = (left >>> 5) * 2 ** 26 + (right >>> 6);
    expect(uniformAt(seed, stream, index)).toBe(bits / 2 ** 53);
  }
});

test("numbers are uniform, in each stream and across streams and seeds", () => {
  const draws: readonly ((i: number) => number)[] = [
    (i) => uniformAt(1, 0, i),
    (i) => uniformAt(1, i, 0),
    (i) => uniformAt(i, 0, 0),
  ];
  const bins = 100;
  const n = 100_000;
  for (const draw of draws) {
    const counts = new Int32Array(bins);
    let neighbours = 0;
    for (let i = 0; i < n; i++) {
      const value = draw(i);
      counts[Math.floor(value * bins)] = (counts[Math.floor(value * bins)] ?? 0) + 1;
      neighbours += (value - 0.5) * (draw(i + 1) - 0.5);
    }
    const chiSquared = counts.reduce((sum, count) => sum + (count - n / bins) ** 2 / (n / bins), 0);
    // 99 degrees of freedom: mean 99, standard deviation 14. The draws are fixed, so this never fails by chance.
    expect(chiSquared).toBeGreaterThan(50);
    expect(chiSquared).toBeLessThan(155);
    expect(Math.abs((neighbours / n) * 12)).toBeLessThan(0.015);
  }
});

test("every order of three comes up equally often", () => {
  const counts = new Map<string, number>();
  for (let seed = 0; seed < 6000; seed++) {
    const order = Int32Array.of(0, 1, 2);
    shuffle(order, seed, 5);
    counts.set(order.join(), (counts.get(order.join()) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
});
