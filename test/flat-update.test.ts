import { describe, expect, it } from "vitest";
import { compile } from "../src/compile.ts";
import { flatUpdate } from "../src/flat-update.ts";
import { readNetwork } from "../src/language/index.ts";
import { verifyProgram } from "../src/program/index.ts";
import { verifyModule } from "../src/verify/index.ts";

const network = (optimizer: string): string => `
x = input([6])
t = target([4])
careful = optimizer({rate: 0.1}, {}, step(w, g, s, t, o) = {w: w - o.rate * g / (1 + sqrt(sum(g .* g)))})
W = parameter([4, 6])
b = parameter([4])
V = parameter([4, 4])
loss = squaredError(V * tanh(W * x + b), t)
training = {optimizer: ${optimizer}, batchSize: 5}
`;

const read = (optimizer: string) => readNetwork({ name: "test.nabla", text: network(optimizer) });

describe("the update of all parameters at once", () => {
  it.each([
    "sgd",
    "momentum",
    "nesterov",
    "adagrad",
    "rmsprop",
    "adadelta",
    "adam",
    "adamw",
    "adamax",
    "nadam",
    "radam",
  ])("is possible with %s", (name) => {
    const flat = flatUpdate(read(`${name}()`), []);
    expect(flat?.groups.map(({ parameters }) => parameters.type.shape[0])).toEqual([24 + 4 + 16]);
  });

  it("is not possible where the optimizer looks at more than one element", () => {
    expect(flatUpdate(read("careful()"), [])).toBeUndefined();
  });

  it.each(["adam()", "careful()"])(
    "or else one by one: the generated step with %s is right",
    async (optimizer) => {
      const compilation = await compile({ name: "test.nabla", text: network(optimizer) });
      expect(compilation.program.programs.update !== undefined).toBe(optimizer === "adam()");
      const programs = Object.values(compilation.program.programs).filter((program) => program !== undefined);
      expect(programs.flatMap((program) => verifyProgram(program))).toEqual([]);
      const { checks } = await verifyModule({ ...compilation, against: ["interpreter"] });
      expect(checks.filter(({ ok }) => !ok)).toEqual([]);
      expect(checks.map(({ parameter }) => parameter)).toContain("V after a step");
    },
  );

  it.each([
    { title: "means", loss: "squaredError(V * tanh(W * x + b), t)", means: true },
    {
      title: "multiples of means",
      loss: "3 * mean(abs(V * tanh(W * x + b) - t))",
      means: true,
    },
    {
      title: "means and a penalty",
      loss: "squaredError(V * tanh(W * x + b), t) + 0.1 * l2(W)",
      means: false,
    },
    { title: "sums", loss: "batchSum(squaredError(V * tanh(W * x + b), t))", means: false },
  ])(
    "divides sums by the batch size itself where all gradients are means: $title",
    async ({ loss, means }) => {
      for (const precision of ["f64", "f32"] as const) {
        const text = network("adam()").replace(/^loss = .*$/m, `loss = ${loss}`);
        const compilation = await compile({ name: "test.nabla", text }, { precision });
        const { programs } = compilation.program;
        expect(programs.update).toBeDefined();
        expect(programs.means !== undefined).toBe(means);
        expect(compilation.code.includes("lossAndGradientSums")).toBe(means);
        const all = Object.values(programs).filter((program) => program !== undefined);
        expect(all.flatMap((program) => verifyProgram(program))).toEqual([]);
        const { checks } = await verifyModule({ ...compilation, against: ["interpreter", "tape"] });
        expect(checks.filter(({ ok }) => !ok)).toEqual([]);
      }
    },
  );

  it("leaves steps of few parameters in one piece", async () => {
    const text = "x = input()\nw = parameter({init: 1})\nloss = (w * x)^2\ntraining = {optimizer: adam()}";
    const { program } = await compile({ name: "test.nabla", text });
    expect(program.programs.update).toBeUndefined();
  });
});
