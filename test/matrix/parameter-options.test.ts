import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { verifyProgram } from "../../src/program/index.ts";
import { loadModule, verifyModule } from "../../src/verify/index.ts";

/*
 * Training with options of single parameters, beside the same steps done by hand on the generated gradients. The first
 * network is small enough for one piece of straight-line code, the others have a loop for each group of parameters.
 */

const training = `{
  optimizer: momentum({learningRate: 0.1, momentum: 0.5, weightDecay: 0.25}),
  parameters: {"*.bias": {weightDecay: 0}, "y.*": {learningRate: rate(t) = 0.2 / t}, "h.weight": {frozen: true}},
  batchSize: 4
}`;

const textOf = (units: number): string => `x = input([2])
t = target([2])
s = parameter({init: 1})
h = dense(x, ${String(units)}, {activation: tanh})
g = dense(h, ${String(units)}, {activation: tanh})
y = dense(g, 2)
loss = mse(s * y, t)
training = ${training}
`;

const count = 3;
const x = Float64Array.from({ length: 2 * count }, (_, k) => Math.sin(k + 1));
const t = Float64Array.from({ length: 2 * count }, (_, k) => Math.cos(3 * k));

describe.each([
  { units: 2, schedule: "unrolled" },
  { units: 5, schedule: "unrolled" },
  { units: 5, schedule: "rows" },
  { units: 5, schedule: "tiled" },
] as const)("with $units units, $schedule", ({ units, schedule }) => {
  const compiled = compile({ name: "own.nabla", text: textOf(units) }, { schedule });

  it("each parameter is trained with its own options, and a frozen one not at all", async () => {
    const { code, program } = await compiled;
    const module = await loadModule(code);
    const trained = module.initialParameters(3);
    const wanted = trained.slice();
    const [state, gradients] = [module.initialState(), new Float64Array(trained.length)];
    const velocities = new Float64Array(trained.length);
    for (let step = 1; step <= 5; step += 1) {
      gradients.fill(NaN);
      module.gradient(wanted, x, t, gradients, count);
      module.trainStep(trained, state, x, t, count);
      for (const { name, offset, length } of program.parameters) {
        const rate = name.startsWith("y.") ? 0.2 / step : 0.1;
        const decay = name.endsWith(".bias") ? 0 : 0.25;
        for (let k = offset; k < offset + length; k += 1) {
          const [w = NaN, g = NaN] = [wanted[k], gradients[k]];
          if (name === "h.weight") expect(g).toBe(0);
          else {
            velocities[k] = 0.5 * (velocities[k] ?? NaN) + g + decay * w;
            wanted[k] = w - rate * (velocities[k] ?? NaN);
          }
        }
      }
      const distance = Math.max(...trained.map((w, k) => Math.abs(w - (wanted[k] ?? NaN))));
      expect(distance, `after step ${String(step)}`).toBeLessThanOrEqual(1e-14);
    }
  });

  it("has no gradient and no state of what is frozen, and saves it", async () => {
    const { gradients, program, code } = await compiled;
    expect([...gradients.keys()]).not.toContain("h.weight");
    expect(program.states.map(({ parameter }) => parameter)).toEqual(
      ["s", "h.bias", "g.weight", "g.bias", "y.weight", "y.bias"].toSorted(
        (a, b) => offsetOf(program, a) - offsetOf(program, b),
      ),
    );
    expect(program.parameters.filter(({ isFrozen }) => isFrozen === true).map(({ name }) => name)).toEqual([
      "h.weight",
    ]);
    const module = await loadModule(code);
    expect(Object.keys(module.parameterLayout)).toContain("h.weight");
    expect(code).toContain('newGradientWatch(parameterLayout, ["h.weight"])');
    expect(code).toContain(
      "but *.bias with {weightDecay: 0}; y.* with {learningRate: 0.2 / t}; h.weight frozen.",
    );
  });
});

function offsetOf(
  { parameters }: { readonly parameters: readonly { readonly name: string; readonly offset: number }[] },
  name: string,
): number {
  return parameters.find((each) => each.name === name)?.offset ?? NaN;
}

it.each(["f64", "f32"] as const)(
  "is verified in %s, with a state that parameters share",
  async (precision) => {
    const text = textOf(5).replace(
      "momentum({learningRate: 0.1, momentum: 0.5, weightDecay: 0.25})",
      "nadam",
    );
    const compilation = await compile({ name: "own.nabla", text }, { precision });
    const programs = Object.values(compilation.program.programs).filter((program) => program !== undefined);
    expect(programs.flatMap((program) => verifyProgram(program))).toEqual([]);
    const { checks } = await verifyModule({ ...compilation, against: ["interpreter", "tape"] });
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    const judged = checks.map(({ parameter }) => parameter);
    expect(judged).toContain("h.weight after a step");
    expect(judged).toContain("p of y.weight after a step");
  },
);
