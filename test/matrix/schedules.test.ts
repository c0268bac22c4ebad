import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { loadModule } from "../../src/verify/index.ts";

/*
 * The learning rates of generated training beside the schedules as their papers and PyTorch's documentation state them. The
 * gradient of the loss w is 1, so that a step of plain gradient descent is as long as its rate.
 */

/** Of `s`, the steps taken before, which PyTorch's schedulers count. */
type Rate = (s: number) => number;

const cosine = (from: number, to: number, part: number): number =>
  to + 0.5 * (from - to) * (1 + Math.cos(Math.PI * part));

/** Counts cycles one by one. */
function restarts(from: number, to: number, period: number, factor: number): Rate {
  return (s) => {
    let [start, length] = [0, period];
    while (s >= start + length) [start, length] = [start + length, length * factor];
    return cosine(from, to, (s - start) / length);
  };
}

/** PyTorch's OneCycleLR. */
function oneCycle(peak: number, steps: number, rise = 0.3, divisor = 25, finalDivisor = 1e4): Rate {
  const initial = peak / divisor;
  const top = rise * steps - 1;
  return (s) =>
    s <= top
      ? cosine(initial, peak, s / top)
      : cosine(peak, initial / finalDivisor, Math.min((s - top) / (steps - 1 - top), 1));
}

const schedules: readonly (readonly [string, Rate])[] = [
  ["stepDecay({from: 0.1, every: 7})", (s) => 0.1 * 0.1 ** Math.floor(s / 7)],
  ["stepDecay({from: 0.2, factor: 0.5, every: 3})", (s) => 0.2 * 0.5 ** Math.floor(s / 3)],
  ["exponentialDecay({from: 0.1, factor: 0.9})", (s) => 0.1 * 0.9 ** s],
  ["exponentialDecay({from: 0.1, factor: 0.9, every: 5})", (s) => 0.1 * 0.9 ** (s / 5)],
  ["polynomialDecay({from: 0.1, steps: 20})", (s) => 0.1 * Math.max(0, 1 - s / 20)],
  [
    "polynomialDecay({from: 0.1, lowest: 0.01, steps: 20, power: 2})",
    (s) => 0.01 + 0.09 * Math.max(0, 1 - s / 20) ** 2,
  ],
  ["cosineDecay({from: 0.1, steps: 20})", (s) => cosine(0.1, 0, Math.min(1, s / 20))],
  ["cosineDecay({from: 0.1, lowest: 0.02, steps: 30})", (s) => cosine(0.1, 0.02, Math.min(1, s / 30))],
  ["warmRestarts({from: 0.1, period: 7})", restarts(0.1, 0, 7, 1)],
  ["warmRestarts({from: 0.1, lowest: 0.01, period: 3, factor: 2})", restarts(0.1, 0.01, 3, 2)],
  ["warmRestarts({from: 0.1, period: 1, factor: 3})", restarts(0.1, 0, 1, 3)],
  ["warmup({steps: 10, then: 0.1})", (s) => Math.min(0.1, (0.1 * (s + 1)) / 10)],
  [
    "warmup({steps: 10, then: cosineDecay({from: 0.1, steps: 25})})",
    (s) => (s < 10 ? (0.1 * (s + 1)) / 10 : cosine(0.1, 0, Math.min(1, (s - 10) / 25))),
  ],
  [
    "inverseSquareRoot({peak: (64 * 16) ^ -0.5, warmup: 16})",
    (s) => 64 ** -0.5 * Math.min((s + 1) ** -0.5, (s + 1) * 16 ** -1.5),
  ],
  ["oneCycle({peak: 0.1, steps: 30})", oneCycle(0.1, 30)],
  [
    "oneCycle({peak: 0.1, steps: 35, rise: 0.5, divisor: 10, finalDivisor: 100})",
    oneCycle(0.1, 35, 0.5, 10, 100),
  ],
  ["own", (s) => 0.1 / Math.sqrt(s + 1)],
];

const text = `w = parameter({init: 1})
own(t) = 0.1 / sqrt(t)
loss = w
`;

describe("learning rates", () => {
  it.each(schedules)("%s for forty steps", async (schedule, rate) => {
    const optimizer = `sgd({learningRate: ${schedule}})`;
    const { code } = await compile({ name: "rates.nabla", text }, { optimizer });
    const module = await loadModule(code);
    const [parameters, state] = [Float64Array.of(1), module.initialState()];
    for (let s = 0; s < 40; s += 1) {
      parameters[0] = 0;
      module.trainStep(parameters, state);
      expect(Math.abs(parameters[0] + rate(s)), `after ${String(s)} steps`).toBeLessThanOrEqual(1e-15);
    }
  });

  it("follow the step in every option, with every schedule of loops", async () => {
    const training = "momentum({learningRate: 0.1, momentum: up(t) = 1 - 1 / (t + 1)})";
    for (const schedule of ["unrolled", "rows", "tiled"] as const) {
      const { code } = await compile({ name: "rates.nabla", text }, { optimizer: training, schedule });
      const module = await loadModule(code);
      const [parameters, state] = [Float64Array.of(1), module.initialState()];
      let [w, v] = [1, 0];
      for (let t = 1; t <= 10; t += 1) {
        module.trainStep(parameters, state);
        v = (1 - 1 / (t + 1)) * v + 1;
        w -= 0.1 * v;
        expect(parameters[0]).toBeCloseTo(w, 14);
      }
    }
  });

  it("stand as formulas in the header", async () => {
    const optimizer = "sgd({learningRate: own})";
    const { code, program } = await compile({ name: "rates.nabla", text }, { optimizer });
    expect(program.optimizer.options).toEqual({ learningRate: "0.1 / sqrt(t)", weightDecay: 0 });
    expect(code).toContain("Optimizer: sgd({learningRate: 0.1 / sqrt(t), weightDecay: 0}).");
  });
});
