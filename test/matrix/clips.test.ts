import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { loadModule } from "../../src/verify/index.ts";

/*
 * A step of plain gradient descent with the rate 1 moves each parameter by its clipped gradient, which is held against the
 * generated gradient, clipped by hand.
 */

const textOf = (units: number): string => `x = input([2])
t = target([2])
h = dense(x, ${String(units)}, {activation: tanh})
s = parameter({init: 2})
y = dense(h, 2)
loss = 100 * mse(s * y, t)
half(g) = g / 2
relative(g, total) = g / (1 + total)
`;

interface Stretch {
  readonly offset: number;
  readonly length: number;
}

type Clip = (gradients: Float64Array, layout: readonly Stretch[]) => Float64Array;

const normOf = (values: Float64Array): number => Math.sqrt(values.reduce((sum, g) => sum + g * g, 0));

const byNorm =
  (limit: number): Clip =>
  (gradients, layout) => {
    const clipped = gradients.slice();
    for (const { offset, length } of layout) {
      const own = gradients.slice(offset, offset + length);
      const factor = Math.min(1, limit / normOf(own));
      for (let k = offset; k < offset + length; k += 1) clipped[k] = (clipped[k] ?? NaN) * factor;
    }
    return clipped;
  };

const byGlobalNorm =
  (limit: number): Clip =>
  (gradients) =>
    gradients.map((g) => g * Math.min(1, limit / normOf(gradients)));

const clips: readonly (readonly [string, Clip])[] = [
  ["clipByValue({limit: 0.5})", (gradients) => gradients.map((g) => Math.min(0.5, Math.max(-0.5, g)))],
  ["clipByNorm({limit: 2})", byNorm(2)],
  ["clipByGlobalNorm({limit: 2})", byGlobalNorm(2)],
  ["clipByGlobalNorm({limit: 1000000})", (gradients) => gradients],
  ["half", (gradients) => gradients.map((g) => g / 2)],
  ["relative", (gradients) => gradients.map((g) => g / (1 + normOf(gradients)))],
];

const count = 3;
const x = Float64Array.from({ length: 2 * count }, (_, k) => Math.sin(k + 1));
const t = Float64Array.from({ length: 2 * count }, (_, k) => Math.cos(3 * k));

describe.each(clips)("%s", (clip, byHand) => {
  it.each([
    { units: 2, schedule: "unrolled" },
    { units: 8, schedule: "unrolled" },
    { units: 8, schedule: "rows" },
    { units: 8, schedule: "tiled" },
  ] as const)("of $units units, $schedule", async ({ units, schedule }) => {
    const text = `${textOf(units)}training = {optimizer: sgd({learningRate: 1}), clip: ${clip}, batchSize: 4}\n`;
    const { code, program } = await compile({ name: "clips.nabla", text }, { schedule });
    const module = await loadModule(code);
    const before = module.initialParameters(5);
    const [after, gradients] = [before.slice(), new Float64Array(before.length)];
    module.gradient(before, x, t, gradients, count);
    module.trainStep(after, module.initialState(), x, t, count);
    const wanted = byHand(gradients, program.parameters);
    expect(wanted.some((g, k) => g !== gradients[k])).toBe(!clip.includes("1000000"));
    const distance = Math.max(
      ...after.map((w, k) => Math.abs(w - ((before[k] ?? NaN) - (wanted[k] ?? NaN)))),
    );
    expect(distance).toBeLessThanOrEqual(1e-13);
  });
});

describe("gradients that have no size", () => {
  const train = async (clip: string, value: number): Promise<number> => {
    const text = `x = input()
w = parameter({init: 1})
loss = w * x
training = {optimizer: sgd({learningRate: 1}), clip: ${clip}({limit: 2})}
`;
    const module = await loadModule((await compile({ name: "clips.nabla", text })).code);
    const parameters = Float64Array.of(1);
    module.trainStep(parameters, module.initialState(), Float64Array.of(value), 1);
    return parameters[0] ?? 0;
  };

  it.each(["clipByValue", "clipByNorm", "clipByGlobalNorm"])("stay so with %s", async (clip) => {
    expect(await train(clip, 0)).toBe(1);
    expect(await train(clip, NaN)).toBeNaN();
    expect(await train(clip, -0.5)).toBe(1.5);
    // An infinite gradient has a value that can be cut off, but no direction.
    expect(await train(clip, Infinity)).toBe(clip === "clipByValue" ? -1 : NaN);
  });
});

it("leaves frozen parameters out of the norm of all gradients", async () => {
  const text = `x = input([2])
t = target([2])
a = parameter([2], {init: 3})
b = parameter([2], {init: 0.5})
loss = 100 * mse(a .* b .* x, t)
training = {optimizer: sgd({learningRate: 1}), clip: clipByGlobalNorm({limit: 1}), parameters: {a: {frozen: true}}}
`;
  const { code } = await compile({ name: "clips.nabla", text });
  const module = await loadModule(code);
  const parameters = Float64Array.from(module.initialParameters());
  const before = parameters.slice();
  module.trainStep(parameters, module.initialState(), x, t, count);
  const moved = parameters.map((w, k) => w - (before[k] ?? NaN));
  const from = module.parameterLayout["a"]?.offset ?? NaN;
  expect([...moved.slice(from, from + 2)]).toEqual([0, 0]);
  expect(normOf(moved)).toBeCloseTo(1, 13);
});
