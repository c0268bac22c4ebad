/* eslint-disable no-loss-of-precision -- more digits than a double holds, so that each rounds correctly */
import { expect, test } from "vitest";
import { erf } from "../../templates/erf.ts";

// 20 digits from mpmath 1.3 at 60 digits.
const values: readonly (readonly [number, number])[] = [
  [1e-300, 1.1283791670955126022e-300],
  [1e-10, 1.128379167095512615e-10],
  [0.1, 0.1124629160182848984],
  [0.3, 0.32862675945912741619],
  [0.5, 0.52049987781304653768],
  [0.84375, 0.76722566123234163346],
  [0.9999999, 0.84270075143896099806],
  [1, 0.84270079294971486934],
  [1.25, 0.92290012825645823014],
  [1.5, 0.96610514647531072707],
  [2, 0.99532226501895273416],
  [2.857, 0.99994664173991315363],
  [3, 0.99997790950300141456],
  [4, 0.99999998458274209972],
  [5, 0.99999999999846254021],
  [5.9, 0.9999999999999999281],
];

test.each(values)("erf %d to 1.5 units in the last place", (x, expected) => {
  const unit = 2 ** (Math.floor(Math.log2(expected)) - 52);
  expect(Math.abs(erf(x) - expected)).toBeLessThanOrEqual(1.5 * unit);
  expect(erf(-x)).toBe(-erf(x));
});

test("the ends", () => {
  expect(erf(0)).toBe(0);
  expect(erf(-0)).toBe(-0);
  expect(erf(Infinity)).toBe(1);
  expect(erf(-Infinity)).toBe(-1);
  expect(erf(NaN)).toBeNaN();
  expect(erf(6)).toBe(1);
});

test("never falls, not even where its pieces meet", () => {
  for (const [from, to] of [
    [0.9999, 1.0001],
    [5.99, 6.01],
    [0, 0.001],
  ] as const) {
    let last = erf(from);
    for (let i = 1; i <= 1000; i++) {
      const next = erf(from + ((to - from) * i) / 1000);
      expect(next).toBeGreaterThanOrEqual(last);
      last = next;
    }
  }
});
