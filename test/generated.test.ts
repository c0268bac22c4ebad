import { expect, it } from "vitest";
import * as loops from "../generated/mnist.ts";
import * as kernel from "../generated/wasm/mnist.ts";

/** Four of five are black. */
const pixels = (samples: number): readonly number[] =>
  Array.from({ length: 784 * samples }, (_, k) => (k % 5 === 0 ? Math.abs(Math.sin(k)) : 0));

it("a committed kernel takes the steps of the committed loops", () => {
  const samples = 13;
  const labels = Int32Array.from({ length: samples }, (_, n) => (7 * n) % 10);
  const start = loops.initialParameters(3);
  const [wide, narrow] = [Float64Array.from(start), Float32Array.from(start)];
  const [wideState, narrowState] = [loops.initialState(), kernel.initialState()];
  const [x, x32] = [Float64Array.from(pixels(samples)), Float32Array.from(pixels(samples))];
  for (let step = 0; step < 5; step++) {
    const loss = loops.trainStep(wide, wideState, x, labels);
    expect(kernel.trainStep(narrow, narrowState, x32, labels) / loss).toBeCloseTo(1, 5);
  }
  const farthest = wide.reduce((most, value, k) => Math.max(most, Math.abs(value - (narrow[k] ?? NaN))), 0);
  expect(farthest).toBeLessThan(1e-5);
  expect(farthest).toBeGreaterThan(0); // single precision
});
