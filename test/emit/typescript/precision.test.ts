import { expect, it } from "vitest";
import { compile, type CompileOptions } from "../../../src/compile.ts";
import { loadModule } from "../../../src/verify/index.ts";

const text = (hidden: number): string => `x = input([6])
t = target({categories: 5})
h = dense(x, ${hidden}, {activation: tanh})
loss = crossEntropyFromLogits(dense(h, 5), t)
training = {optimizer: adam(), epochs: 1, batchSize: 6}`;

async function lossesOf(
  text: string,
  options: CompileOptions,
  arrays: (numbers: readonly number[]) => Float64Array | Float32Array,
): Promise<readonly number[]> {
  const { code } = await compile({ name: "network.nabla", text }, options);
  const module = await loadModule(code);
  const parameters = arrays(Array.from(module.initialParameters(7), Math.fround));
  const x = arrays(Array.from({ length: 36 }, (_, k) => Math.fround(Math.sin(k))));
  const labels = Int32Array.of(0, 1, 2, 3, 4, 0);
  const gradients = arrays(Array.from({ length: module.parameterCount }, () => 0));
  return [module.loss(parameters, x, labels), module.gradient(parameters, x, labels, gradients)];
}

it.each([
  ["unrolled", 4],
  ["rows", 4],
  ["tiled", 32],
] as const)(
  "rounds nothing to single precision but what it is given and gives: %s",
  async (schedule, hidden) => {
    const wide = await lossesOf(text(hidden), { schedule }, (numbers) => Float64Array.from(numbers));
    const narrow = await lossesOf(text(hidden), { schedule, precision: "f32" }, (numbers) =>
      Float32Array.from(numbers),
    );
    for (const [k, each] of narrow.entries()) expect(each / (wide[k] ?? NaN)).toBeCloseTo(1, 13);
  },
);
