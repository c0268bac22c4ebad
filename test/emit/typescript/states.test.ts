import { describe, expect, it } from "vitest";
import { compile } from "../../../src/compile.ts";
import { loadModule } from "../../../src/verify/load-module.ts";

interface Module {
  readonly parameterLayout: Readonly<Record<string, { readonly offset: number; readonly length: number }>>;
  readonly parameterCount: number;
  initialParameters(seed?: number): Float64Array;
  initialState(): Float64Array;
  predict(parameters: Float64Array, x: Float64Array): Float64Array;
  loss(parameters: Float64Array, x: Float64Array, t: Float64Array): number;
  gradient(parameters: Float64Array, x: Float64Array, t: Float64Array, gradients: Float64Array): number;
  trainStep(parameters: Float64Array, state: Float64Array, x: Float64Array, t: Float64Array): number;
  saveParameters(parameters: Float64Array): string;
  loadParameters(text: string): Float64Array;
}

async function moduleOf(text: string): Promise<Module> {
  const source = `x = input([2])\nt = target()\n${text}\nloss = (y - t)^2\ntraining = {batchSize: 4}\n`;
  return loadModule<Module>((await compile({ name: "states.nabla", text: source })).code);
}

function slot({ parameterLayout }: Module, name: string, values: Float64Array): readonly number[] {
  const { offset, length } = parameterLayout[name] ?? { offset: NaN, length: NaN };
  return [...values.subarray(offset, offset + length)];
}

const data = [1, 10, 2, 30, 4, 20, 5, 0] as const;
const x = Float64Array.from(data);
const t = Float64Array.of(1, 0, 2, 1);
const column = (k: number): readonly number[] => data.filter((_, i) => i % 2 === k);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, each) => sum + each, 0) / values.length;
const squares = (values: readonly number[]): number =>
  values.reduce((sum, each) => sum + (each - mean(values)) ** 2, 0);

function expectClose(found: ArrayLike<number>, expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  expected.forEach((each, k) => {
    expect(found[k]).toBeCloseTo(each, 12);
  });
}

describe("batch normalisation", async () => {
  const module = await moduleOf("h = batchNorm(x)\nw = parameter([2])\ny = w * h");
  const start = module.initialParameters(1);
  const w = slot(module, "w", start);

  it("starts with running averages of mean 0 and variance 1, and trains none of them", () => {
    expect(slot(module, "h.runningMean", start)).toEqual([0, 0]);
    expect(slot(module, "h.runningVariance", start)).toEqual([1, 1]);
    const gradients = new Float64Array(module.parameterCount).fill(NaN);
    module.gradient(start, x, t, gradients);
    expect(slot(module, "h.runningMean", gradients)).toEqual([0, 0]);
    expect(slot(module, "h.runningVariance", gradients)).toEqual([0, 0]);
    expect(gradients.every(Number.isFinite)).toBe(true);
  });

  it("blends the batch's mean and its unbiased variance into them", () => {
    const stepped = start.slice();
    module.trainStep(stepped, module.initialState(), x, t);
    expectClose(
      slot(module, "h.runningMean", stepped),
      [0, 1].map((k) => 0.1 * mean(column(k))),
    );
    expectClose(
      slot(module, "h.runningVariance", stepped),
      [0, 1].map((k) => 0.9 + (0.1 * squares(column(k))) / 3),
    );
  });

  it("normalises by the batch's biased variance while training, by the running averages in use", () => {
    const standard = (k: number, n: number, variance: number, average: number) =>
      ((column(k)[n] ?? NaN) - average) / Math.sqrt(variance + 1e-5);
    const output = (n: number, of: (k: number) => readonly [variance: number, average: number]) =>
      [0, 1].reduce((sum, k) => sum + (w[k] ?? NaN) * standard(k, n, ...of(k)), 0);
    const lossOf = (of: (k: number) => readonly [variance: number, average: number]) =>
      mean([0, 1, 2, 3].map((n) => (output(n, of) - (t[n] ?? NaN)) ** 2));
    const ofBatch = (k: number) => [squares(column(k)) / 4, mean(column(k))] as const;
    expect(module.gradient(start, x, t, new Float64Array(module.parameterCount))).toBeCloseTo(
      lossOf(ofBatch),
      10,
    );
    expect(module.loss(start, x, t)).toBeCloseTo(
      lossOf(() => [1, 0]),
      10,
    );
    expectClose(
      module.predict(start, x),
      [0, 1, 2, 3].map((n) => output(n, () => [1, 0])),
    );
    expectClose(module.predict(start, x.subarray(2, 4)), [output(1, () => [1, 0])]);
  });

  it("is not harmed by a batch of one sample", () => {
    const stepped = start.slice();
    const loss = module.trainStep(stepped, module.initialState(), x.slice(0, 2), t.slice(0, 1));
    expect(loss).toBe(1); // (0 − 1)²
    expectClose(slot(module, "h.runningMean", stepped), [0.1, 1]);
    expect(slot(module, "h.runningVariance", stepped)).toEqual([1, 1]);
    expect(stepped.every(Number.isFinite)).toBe(true);
  });

  it("saves them", () => {
    const stepped = start.slice();
    module.trainStep(stepped, module.initialState(), x, t);
    expect(module.loadParameters(module.saveParameters(stepped))).toEqual(stepped);
    expect(module.saveParameters(stepped)).toContain("h.runningVariance");
  });
});

describe("a state", () => {
  it("is made of what everything was before the step", async () => {
    const module = await moduleOf(
      "w = parameter([2], {init: 1})\nold = state([2], next(s) = w)\nolder = state([2], next(s) = old + 0 * s, {init: 7})\n" +
        "steps = state([], next(n) = n + 1)\ny = w * x + 0 * steps * (old + older) * x",
    );
    const [parameters, state] = [module.initialParameters(), module.initialState()];
    const before: (readonly number[])[] = [];
    for (let step = 1; step <= 3; step += 1) {
      before.push(slot(module, "w", parameters));
      module.trainStep(parameters, state, x, t);
      expect(slot(module, "old", parameters)).toEqual(before.at(-1));
      expect(slot(module, "older", parameters)).toEqual(step === 1 ? [0, 0] : before.at(-2));
      expect(slot(module, "steps", parameters)).toEqual([step]);
      expect(slot(module, "w", parameters)).not.toEqual(before.at(-1));
    }
  });
});
