import { describe, expect, it } from "vitest";
import { transposeScratch } from "../../../src/lower/lanes/transpose-scratch.ts";
import { strideOf } from "../../../src/lower/lanes/cost.ts";
import { type Loop, visitAccesses } from "../../../src/lower/traverse.ts";
import {
  type Affine,
  type Buffer,
  bufferLength,
  type Memory,
  type Program,
  runProgram,
  type Statement,
  verifyProgram,
} from "../../../src/program/index.ts";
import { at, load, loop, store, times, wholeBatch } from "./nests.ts";

const machine = { width: 4, batchSize: 3 };

const inLanes = (nest: Loop): Loop => ({ ...nest, step: 4, lanes: 4 });

const scratch = (shape: readonly number[], batched = false): Buffer => {
  return { name: "s", role: "scratch", element: "real", shape, batched };
};

const state = (name: string, length: number, batched = false): Buffer => {
  return { name, role: "state", element: "real", shape: [length], batched };
};

/** What the buffers but the scratch memory hold afterwards. */
function run(body: readonly Statement[], buffers: readonly Buffer[]): Memory {
  const program: Program = { name: "trainStep", buffers, body, schedule: "tiled", scheduleReason: "" };
  expect(verifyProgram(program)).toEqual([]);
  const memory: Memory = new Map(
    buffers.map((buffer) => [
      buffer.name,
      Float64Array.from({ length: bufferLength(buffer, 3) }, (_, k) => (7 * k) % 11),
    ]),
  );
  runProgram(program, memory, { batch: 3, step: 1 });
  memory.delete("s");
  return memory;
}

/** The offsets at which the scratch memory is found after what was to be done, which has changed nothing else. */
function transposed(body: readonly Statement[], buffers: readonly Buffer[]): readonly Affine[] {
  const after = transposeScratch(body, buffers, machine);
  expect(run(after, buffers)).toEqual(run(body, buffers));
  const offsets: Affine[] = [];
  visitAccesses(after, ({ buffer, offset }) => {
    if (buffer === "s") offsets.push(offset);
  });
  return offsets;
}

/** s[j, k] = x[j, k]², and y[k, j] = s[j, k]·x[k], with `j` of `rows` in lanes. */
function acrossRows(rows: number, columns: number, offset: Affine): readonly Statement[] {
  const x = load("x", at({ j: columns, k: 1 }));
  const fill = loop("k", columns, [store("s", offset, times(x, x))]);
  const use = loop("k", columns, [
    store("y", at({ k: rows, j: 1 }), times(load("s", offset), load("x", at({ k: 1 })))),
  ]);
  return [inLanes(loop("j", rows, [fill, use]))];
}

describe("scratch memory", () => {
  it("whose rows vectors go across has columns for rows", () => {
    const body = acrossRows(8, 6, at({ j: 6, k: 1 }));
    const offsets = transposed(body, [scratch([48]), state("x", 48), state("y", 48)]);
    expect(offsets).toEqual([at({ k: 8, j: 1 }), at({ k: 8, j: 1 })]);
  });

  it("is transposed block by block, where each sample and each head has one", () => {
    const s = at({ n: 96, i: 48, j: 6, k: 1 });
    const fill = store("s", s, load("x", at({ k: 1, j: 1 })));
    const use = store("y", at({ n: 48, k: 8, j: 1 }), load("s", s));
    const block = inLanes(loop("j", 8, [loop("k", 6, [fill, use])]));
    const body = [loop("n", wholeBatch, [loop("i", 2, [block])])];
    const buffers = [scratch([2, 48], true), state("x", 48), state("y", 48, true)];
    for (const offset of transposed(body, buffers)) {
      expect(strideOf(offset, "j")).toBe(1);
      expect([strideOf(offset, "n"), strideOf(offset, "i"), strideOf(offset, "k")]).toEqual([96, 48, 8]);
    }
  });

  it("keeps its rows where they overlap", () => {
    // Six columns four apart: the end of a row is the start of the next.
    const s = at({ j: 4, k: 1 });
    const fill = loop("m", 48, [store("s", at({ m: 1 }), load("x", at({ m: 1 })))]);
    const use = loop("k", 6, [store("y", at({ k: 8, j: 1 }), load("s", s))]);
    const buffers = [scratch([48]), state("x", 48), state("y", 48)];
    expect(transposed([fill, inLanes(loop("j", 8, [use]))], buffers)).toEqual([at({ m: 1 }), s]);
  });

  it("keeps its rows where vectors that go along them would lose more", () => {
    const [rows, columns] = [at({ j: 8, k: 1 }), at({ k: 8, j: 1 })];
    const fill = inLanes(loop("j", 8, [loop("k", 8, [store("s", rows, load("x", at({ j: 1 })))])]));
    const read = inLanes(loop("k", 8, [store("y", at({ k: 1, j: 8 }), load("s", rows))]));
    const along = loop("j", 8, [read]);
    const buffers = [scratch([64]), state("x", 8), state("y", 64)];
    expect(transposed([fill, along], buffers)).toEqual([columns, columns]);
    expect(transposed([fill, along, along], buffers)).toEqual([rows, rows, rows]);
  });

  it("alone is moved: other memory has the order that its owner knows", () => {
    const body = acrossRows(8, 6, at({ j: 6, k: 1 }));
    const buffers: readonly Buffer[] = [state("s", 48), state("x", 48), state("y", 48)];
    expect(transposeScratch(body, buffers, machine)).toBe(body);
  });
});
