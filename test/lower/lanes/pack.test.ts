import { describe, expect, it } from "vitest";
import type { Expression, Statement } from "../../../src/program/index.ts";
import { at, load, loop, loopsInLanes, loopsOf, store, sum, times, vectorised, wholeBatch } from "./nests.ts";

const y = (total: Expression): Statement => store("y", at({ n: 45, j: 1 }), total);

/** y[n, j] = Σₖ W[j, k]·x[n, 3k] */
function product(columns: number, rows: number): ReturnType<typeof loop> {
  const summand = times(load("W", at({ j: rows, k: 1 })), load("x", at({ n: 3 * rows, k: 3 })));
  return loop("n", wholeBatch, [loop("j", columns, sum([["k", rows]], summand, y))]);
}

describe.each([2, 4])("what lies across %i lanes", (width) => {
  it.each([8, 16, 17, 32, 37, 45])(
    "is packed into panels, and what they leave over: %i columns",
    (columns) => {
      const options = { width, batchSize: 8, sizes: { W: 450, x: 30, y: 45 }, batched: ["x", "y"] };
      const { buffers, statements } = vectorised(product(columns, 10), options, [1, 2, 7, 8]);
      expect(buffers.map(({ name }) => name)).toEqual(["W_packed"]);
      const isPanel = ({ step, lanes }: { step: number; lanes?: number }): boolean =>
        lanes === undefined && step > width;
      expect(loopsOf(statements).some(isPanel)).toBe(columns > 2 * width);
    },
  );

  it("is packed for each sample, where it moves with them within the sum", () => {
    // dW[i, j] = Σₙₖ dy[n, i, 3k]·x[n, j, 3k]
    const summand = times(load("dy", at({ n: 630, i: 30, k: 3 })), load("x", at({ n: 630, j: 30, k: 3 })));
    const body = sum(
      [
        ["n", wholeBatch],
        ["k", 10],
      ],
      summand,
      (total) => store("y", at({ i: 21, j: 1 }), total),
    );
    const options = { width, batchSize: 8, sizes: { dy: 630, x: 630, y: 441 }, batched: ["dy", "x"] };
    const { buffers } = vectorised(loop("i", 21, [loop("j", 21, body)]), options, [1, 8]);
    expect(buffers).toMatchObject([{ batched: true }]);
  });

  it("is not copied beforehand where the nest itself stores it", () => {
    // W[j, 0] is set before y[j] = Σₘₖ W[j, 3k]·x[m, 3k] is summed.
    const summand = times(load("W", at({ j: 30, k: 3 })), load("x", at({ m: 30, k: 3 })));
    const first = store("W", at({ j: 30 }), { kind: "number", value: 3 });
    const rest = sum(
      [
        ["m", 40],
        ["k", 10],
      ],
      summand,
      (total) => store("y", at({ j: 1 }), total),
    );
    const options = { width, batchSize: 8, sizes: { W: 960, x: 1200, y: 32 } };
    const copied = (...before: readonly Statement[]): number =>
      vectorised(loop("j", 32, [...before, ...rest]), options, [1]).buffers.length;
    expect(copied()).toBe(1);
    expect(copied(first)).toBe(0);
  });
});

describe("rows that lie far from each other", () => {
  // y[n, j] = Σₖ W[k, j]·x[n, k], of a matrix of 2,048 columns
  const rows = 130;
  const nest = (columns: number, count = rows): ReturnType<typeof loop> => {
    const summand = times(load("W", at({ k: 2048, j: 1 })), load("x", at({ n: rows, k: 1 })));
    return loop("n", wholeBatch, [loop("j", columns, sum([["k", count]], summand, y))]);
  };
  const sizes = { W: 2048 * rows, x: rows, y: 45 };
  const batched = ["x", "y"];

  it("are packed for many samples", () => {
    const { buffers } = vectorised(nest(45), { width: 4, batchSize: 64, sizes, batched }, [5]);
    expect(buffers.map(({ name }) => name)).toEqual(["W_packed"]);
  });

  it.each([
    [15, 0],
    [16, 1],
  ])("are packed if they lie on more pages than a set of the cache has ways: %i of them", (count, copies) => {
    const options = { width: 4, batchSize: 64, sizes, batched };
    expect(vectorised(nest(45, count), options, [1]).buffers).toHaveLength(copies);
  });

  it("of which a tile reads single elements, too, are copied side by side", () => {
    // y[n, i, j] = Σₖ A[n, k, i]·B[k, j]
    const a = load("A", at({ n: 2048 * rows, k: 2048, i: 1 }));
    const summand = times(a, load("B", at({ k: 2048, j: 1 })));
    const use = (total: Expression): Statement => store("y", at({ n: 414, i: 23, j: 1 }), total);
    const product = loop("i", 18, [loop("j", 23, sum([["k", rows]], summand, use))]);
    const ofSample = { A: 2048 * rows, B: 2048 * rows, y: 414 };
    const options = { width: 4, batchSize: 4, sizes: ofSample, batched: ["A", "y"] };
    const { buffers } = vectorised(loop("n", wholeBatch, [product]), options, [2]);
    expect(buffers.map(({ name }) => name)).toEqual(["B_packed", "A_rows"]);
  });

  it("are read where they are for few", () => {
    const { buffers } = vectorised(nest(45), { width: 4, batchSize: 2, sizes, batched }, [2]);
    expect(buffers).toEqual([]);
  });
});

it("reads no more panels at a time than fit into a cache", () => {
  const rows = 3000;
  const sizes = { W: 45 * rows, x: 3 * rows, y: 45 };
  const options = { width: 4, batchSize: 64, sizes, batched: ["x", "y"] };
  const { statements } = vectorised(product(45, rows), options, [1]);
  // 16 columns of 3,000 rows are 188 KiB: a block is one panel.
  const blocks = loopsOf(statements).filter(({ variable }) => variable === "block");
  expect(blocks).toMatchObject([{ from: 0, to: 32, step: 16 }]);
});

it("puts no loop into lanes beside one of the same name that is a recurrence", () => {
  const doubled = times(load("x", at({ i: 65, k: 1 })), { kind: "number", value: 2 });
  const next = store("z", at({ i: 65, k: 1 }, 1), load("z", at({ i: 65, k: 1 })));
  const nest = loop("i", 3, [
    loop("k", 64, [store("y", at({ i: 65, k: 1 }), doubled)]),
    loop("k", 64, [next]),
  ]);
  const sizes = { x: 195, y: 195, z: 195 };
  const { statements } = vectorised(nest, { width: 4, batchSize: 1, sizes }, [1]);
  const recurrences = loopsInLanes(statements).filter(({ body }) => JSON.stringify(body).includes('"z"'));
  expect(recurrences).toEqual([]);
});
