import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { countVectors } from "../../src/program/index.ts";

const text = `
x = input([2])
t = target()
w = parameter([2])
b = parameter()
y = sigmoid(dot(w, x) + b)
loss = binaryCrossEntropy(y, t)
training = {optimizer: momentum({learningRate: 0.1})}`;

/** The functions of the generated module, each as one line. */
async function functionsOf(network: string): Promise<ReadonlyMap<string, string>> {
  const { code } = await compile({ name: "test.nabla", text: network });
  const functions = code.split(/^(?:export )?function /mu).slice(1);
  return new Map(functions.map((each) => [/^\w+/u.exec(each)?.[0] ?? "", each.replaceAll(/\s+/gu, " ")]));
}

describe("names in generated code", () => {
  it("are the same for a value in every function that computes it", async () => {
    const functions = await functionsOf(text);
    for (const name of ["loss", "gradient", "trainStep"])
      expect(functions.get(name)).toContain("const y_sum = w_0 * ");
    for (const name of ["gradient", "trainStep"]) expect(functions.get(name)).toContain("const δy = ");
  });

  it("call the sum behind a gradient after it where an update takes the sum alone", async () => {
    const line = `x = input()\nt = target()\nw = parameter()\nloss = batchSum((t - w * x)^2) / 2
training = {optimizer: sgd({learningRate: 0.1})}`;
    expect((await functionsOf(line)).get("trainStep")).toContain("w + 0.1 * dw_total");
  });

  it("call the new value of a state after the state", async () => {
    expect((await functionsOf(text)).get("trainStep")).toMatch(/const v_b = 0\.9 \* state\[3\]/u);
  });

  it("tell one sample's number from the array that it is in", async () => {
    expect((await functionsOf(text)).get("trainStep")).toContain("const t_n = t[n]!;");
  });
});

describe("programs for vectors", () => {
  const normalised = (units: number): string => `x = input([4])
t = target([3])
h = relu(batchNorm(dense(x, ${units}, {bias: false})))
loss = meanSquaredError(dense(h, 3), t)`;

  it.each([
    [4, "unrolled"],
    [16, "tiled"],
  ] as const)("of %d units normalised over the batch are %s", async (units, schedule) => {
    const { program } = await compile({ name: "test.nabla", text: normalised(units) }, { target: "wasm" });
    const { gradient, trainStep, loss, predict } = program.programs;
    expect([gradient.schedule, trainStep.schedule]).toEqual([schedule, schedule]);
    // In use, nothing waits for the batch.
    expect([loss.schedule, predict?.schedule]).toEqual(["unrolled", "unrolled"]);
  });

  it("leave a relu alone of a step's forward pass, not what it is of", async () => {
    const text = `x = input([32])
t = target()
loss = crossEntropy(dense(dense(x, 200, {activation: relu}), 10), t)`;
    const { program } = await compile({ name: "test.nabla", text }, { target: "wasm" });
    const { buffers, schedule } = program.programs.trainStep;
    const wide = buffers.filter(({ role, shape }) => role === "scratch" && shape[0] === 200);
    expect(schedule).toBe("tiled");
    expect(wide).toHaveLength(2); // the units and their gradients
  });

  const trained = (clip: string): string => `x = input([4])
t = target([3])
loss = meanSquaredError(dense(tanh(dense(x, 16)), 3), t)
training = {optimizer: adam(), ${clip}batchSize: 16}`;

  it.each([
    ["", "unrolled"],
    ["clip: clipByGlobalNorm({limit: 1}), ", "unrolled"],
    ["clip: clipByNorm({limit: 1}), ", "tiled"],
  ] as const)("update all parameters in vectors, also clipped: %s", async (clip, schedule) => {
    const { program } = await compile({ name: "test.nabla", text: trained(clip) }, { target: "wasm" });
    const { gradient, trainStep, update } = program.programs;
    expect([gradient.schedule, trainStep.schedule]).toEqual(["unrolled", schedule]);
    const alone = [trainStep, ...(update === undefined ? [] : [update])].map(
      (each) => countVectors(each, 16).alone.total,
    );
    // Of 131 parameters: norms are added up, and steps counted, without vectors.
    expect(Math.max(...alone)).toBeLessThan(131 * 2);
  });
});
