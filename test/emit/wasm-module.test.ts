import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import type { DataSlot } from "../../src/program/index.ts";
import { loadModule } from "../../src/verify/load-module.ts";
import { problemsOfAll } from "../support/strict-types.ts";

type Reals = Float64Array | Float32Array;
type Data = Reals | Int32Array;

/** What the test calls of a generated module. */
interface Module {
  readonly parameterCount: number;
  readonly batchSize: number;
  readonly initialParameters: (seed: number) => Reals;
  readonly initialState: () => Reals;
  readonly loss: (parameters: Reals, ...data: readonly Data[]) => number;
  readonly gradient: (parameters: Reals, ...data: readonly Data[]) => number;
  readonly trainStep: (parameters: Reals, state: Reals, ...data: readonly Data[]) => number;
  readonly predict: (parameters: Reals, ...inputs: readonly Data[]) => Reals;
  readonly train: (data: Readonly<Record<string, Data>>, options: object) => { readonly parameters: Reals };
  readonly saveParameters: (parameters: Reals) => string;
  readonly loadParameters: (text: string) => Reals;
}

/** A loop over steps and an embedding; windows, batch normalisation and a mask. */
const small: Readonly<Record<string, string>> = {
  reader: `
ids = input([6], {categories: 9})
next = target([6], {categories: 9})
h = lstm(embedding(ids, 4), 5)
loss = crossEntropyFromLogits(dense(h, 9), next)
training = {optimizer: adam(), batchSize: 6, clip: clipByGlobalNorm({limit: 1})}`,
  pictures: `
x = input([1, 8, 8])
t = target({categories: 3})
h = maxPool2d(relu(batchNorm(conv2d(x, {filters: 4, kernel: 3}))), 2)
loss = crossEntropyFromLogits(dense(dropout(flatten(h), {rate: 0.2}), 3), t)
training = {optimizer: momentum({learningRate: 0.05}), batchSize: 12}`,
};

const networks = await Promise.all(
  ["linear-regression", "xor", "iris", "reader", "pictures"].map(async (name) => {
    const source = { name: `${name}.nabla`, text: small[name] ?? exampleText(name) };
    const compilation = await compile(source, { target: "wasm" });
    return { source, compilation, plain: await loadModule<Module>((await compile(source)).code) };
  }),
);

function exampleText(name: string): string {
  return readFileSync(new URL(`../../examples/${name}.nabla`, import.meta.url), "utf8");
}

/** The same numbers every time: from -1 to 1, or labels. */
function dataOf(slot: DataSlot, samples: number, real: (values: number[]) => Reals): Data {
  const length = slot.shape.reduce((product, extent) => product * extent, samples);
  const { categories = 2 } = slot;
  return slot.element === "integer"
    ? Int32Array.from({ length }, (_, k) => (k * 7 + (k >> 3)) % categories)
    : real(Array.from({ length }, (_, k) => Math.sin(1 + 0.37 * k * (slot.name.length + 1))));
}

/** The largest difference, against the largest of what is wanted. */
function distance(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let [gap, size] = [0, 0];
  Array.from(wanted, (value, k) => {
    const difference = Math.abs(value - (found[k] ?? NaN));
    gap = difference <= gap ? gap : difference; // NaN stays
    size = Math.max(size, Math.abs(value));
  });
  return found.length === wanted.length ? gap / (size || 1) : Infinity;
}

describe.each(networks)("$source.name in WebAssembly", ({ compilation, plain }) => {
  const { inputs, targets, batchSize } = compilation.program;
  const reals = (values: number[]): Reals => Float64Array.from(values);
  const data = (samples: number): readonly Data[] =>
    [...inputs, ...targets].map((slot) => dataOf(slot, samples, reals));

  it("computes what TypeScript does", async () => {
    const module = await loadModule<Module>(compilation.code);
    const [parameters, state] = [module.initialParameters(1), module.initialState()];
    const [expected, expectedState] = [parameters.slice(), state.slice()];
    for (const samples of [batchSize, Math.min(batchSize, 3)]) {
      const given = data(samples);
      const [found, wanted] = [parameters.slice().fill(NaN), parameters.slice()];
      const losses = [module.loss(parameters, ...given), module.gradient(parameters, ...given, found)];
      expect(
        distance(losses, [plain.loss(expected, ...given), plain.gradient(expected, ...given, wanted)]),
      ).toBeLessThan(1e-12);
      expect(distance(found, wanted)).toBeLessThan(1e-12);
      const steps = [
        module.trainStep(parameters, state, ...given),
        plain.trainStep(expected, expectedState, ...given),
      ];
      expect(steps[0]).toBeCloseTo(steps[1] ?? NaN, 11);
      expect(distance(parameters, expected)).toBeLessThan(1e-11);
      expect(distance(state, expectedState)).toBeLessThan(1e-11);
    }
  });

  it("predicts any number of samples", async () => {
    const module = await loadModule<Module>(compilation.code);
    const parameters = module.initialParameters(1);
    const given = inputs.map((slot) => dataOf(slot, batchSize + 2, reals));
    expect(distance(module.predict(parameters, ...given), plain.predict(parameters, ...given))).toBeLessThan(
      1e-12,
    );
  });

  it("shares its parameters with the other target", async () => {
    const module = await loadModule<Module>(compilation.code);
    const parameters = module.initialParameters(2);
    expect(parameters).toEqual(plain.initialParameters(2));
    expect(plain.loadParameters(module.saveParameters(parameters))).toEqual(parameters);
  });
});

it("is the same text every time", async () => {
  for (const { source, compilation } of networks.slice(2, 4))
    expect((await compile(source, { target: "wasm" })).code === compilation.code).toBe(true);
});

it("says in which precision it computes", async () => {
  const source = { name: "xor.nabla", text: exampleText("xor") };
  const { code } = await compile(source, { target: "wasm", precision: "f32" });
  expect(code).toContain("Precision: f32 (storage; arithmetic is in double but for vectors).");
});

it("is clean under the strictest configuration", () => {
  const sources = new Map(networks.map(({ source, compilation }) => [source.name, compilation.code]));
  expect(problemsOfAll(sources)).toEqual([]);
});
