import { expect, it } from "vitest";
import type { Affine } from "../../../src/program/index.ts";
import { isParallel } from "../../../src/lower/rewrites/parallel.ts";
import { at, load, number, store } from "../../program/sample.ts";

/** 4·ids[i] + j */
const row = (index: string): Affine => ({
  constant: 0,
  terms: [
    { coefficient: 4, atom: { kind: "element", buffer: "ids", offset: at(0, [1, index]) } },
    { coefficient: 1, atom: { kind: "variable", name: "j" } },
  ],
});

it.each([
  ["j", 4, "i", true],
  ["i", 8, "i", false],
  ["j", 4, "j", false],
] as const)(
  "a loop over %s, up to %d, is told from others where integers choose rows by %s",
  (variable, to, index, expected) => {
    const add = store("table", row(index), load("d", at(0, [1, "j"])), true);
    const loop = { kind: "loop", variable, from: 0, to, step: 1, body: [add] } as const;
    expect(isParallel(loop)).toBe(expected);
    expect(isParallel({ ...loop, body: [store("table", row(index), number(0))] })).toBe(expected);
  },
);
