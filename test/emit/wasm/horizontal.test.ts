import { expect, it } from "vitest";
import { encodeModule } from "../../../src/emit/wasm/encode.ts";
import { FunctionBuilder } from "../../../src/emit/wasm/function-builder.ts";
import { combineEach, sumEach } from "../../../src/emit/wasm/horizontal.ts";
import { laneTypes } from "../../../src/emit/wasm/lane-type.ts";
import { i32, load, store, type Value } from "../../../src/emit/wasm/value.ts";
import { Instance, Memory, Module } from "../../support/webassembly.ts";
import { precisions } from "./agree.ts";

/** Where the results go: behind all vectors that a test loads. */
const results = 1024;

/** Runs a function that is given `count` vectors, one after the other from the start of memory. */
function run(
  elements: Float32Array | Float64Array,
  count: number,
  write: (vectors: readonly Value[], f: FunctionBuilder) => void,
): ArrayBuffer {
  const f = new FunctionBuilder({ parameters: [], result: undefined });
  write(
    Array.from({ length: count }, (_, k) => f.let(load("v128.load", i32(0), 16 * k))),
    f,
  );
  const functions = [{ builder: f, exportName: "run" }];
  const memory = new Memory({ initial: 1, maximum: 1 });
  new Uint8Array(memory.buffer).set(new Uint8Array(elements.buffer));
  const module = new Module(encodeModule({ pages: 1, functions, data: [] }));
  const { run } = new Instance(module, { env: { memory } }).exports;
  (run as () => void)();
  return memory.buffer;
}

const combinings = [
  ["f64.add", (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each)],
  ["f64.max", (numbers: readonly number[]) => Math.max(...numbers)],
  ["f64.min", (numbers: readonly number[]) => Math.min(...numbers)],
] as const;

it.each(precisions)("of any number of vectors in %s", (precision) => {
  const type = laneTypes[precision];
  const ArrayOf = precision === "f32" ? Float32Array : Float64Array;
  for (const [how, expected] of combinings) {
    for (let count = 0; count <= 9; count++) {
      // Small integers, whose sums no order of additions rounds.
      const elements = new ArrayOf(Array.from({ length: count * type.width }, (_, k) => ((k * 7) % 11) - 5));
      const memory = run(elements, count, (vectors, f) => {
        const combined = combineEach(vectors, how, type, f);
        for (const [k, value] of combined.entries())
          f.run(store("f64.store", i32(0), results + 8 * k, value));
      });
      const vectors = Array.from({ length: count }, (_, k) =>
        [...elements].slice(k * type.width, (k + 1) * type.width),
      );
      expect([...new Float64Array(memory, results, count)]).toEqual(vectors.map(expected));
    }
  }
});

it.each(precisions)("of as many vectors as lanes, in the lanes of one, in %s", (precision) => {
  const type = laneTypes[precision];
  const { width } = type;
  const ArrayOf = precision === "f32" ? Float32Array : Float64Array;
  const elements = new ArrayOf(Array.from({ length: width * width }, (_, k) => k * k));
  const memory = run(elements, width, (vectors, f) => {
    f.run(store("v128.store", i32(0), results, sumEach(vectors, type, f)));
  });
  const sums = Array.from({ length: width }, (_, k) =>
    [...elements].slice(k * width, (k + 1) * width).reduce((sum, each) => sum + each),
  );
  expect([...new ArrayOf(memory, results, width)]).toEqual(sums);
});
