import { describe, expect, it } from "vitest";
import { compile, type CompileOptions } from "../../../src/compile.ts";
import { type Expression, foldExpression, type Statement } from "../../../src/program/index.ts";
import { loadModule } from "../../../src/verify/load-module.ts";

interface Module {
  readonly parameterCount: number;
  initialParameters(seed?: number): Float64Array;
  initialState(): Float64Array;
  predict(parameters: Float64Array, x: Float64Array): Float64Array;
  loss(parameters: Float64Array, x: Float64Array, t: Float64Array): number;
  gradient(
    ...operands: readonly [Float64Array, Float64Array, Float64Array, Float64Array, number?, number?, number?]
  ): number;
  trainStep(
    ...operands: readonly [Float64Array, Float64Array, Float64Array, Float64Array, number?, number?]
  ): number;
  train(
    data: { readonly x: Float64Array; readonly t: Float64Array },
    options: Readonly<Record<string, unknown>>,
  ): { readonly parameters: Float64Array; readonly state: Float64Array; readonly epoch: number };
}

const hidden = (dropout: string): string => `x = input([2])
t = target()
h = ${dropout}(dense(x, 6, {activation: tanh}))
y = dense(h, 1)[1]
loss = (y - t)^2
training = {optimizer: sgd({learningRate: 0.1}), batchSize: 4, epochs: 3}
`;

async function compiled(dropout = "dropout", options: CompileOptions = {}) {
  const compilation = await compile({ name: "draws.nabla", text: hidden(dropout) }, options);
  return { compilation, module: await loadModule<Module>(compilation.code) };
}

const x = Float64Array.from({ length: 20 }, (_, k) => Math.sin(k));
const t = Float64Array.from({ length: 10 }, (_, k) => Math.cos(k));
const { compilation, module } = await compiled();
const parameters = module.initialParameters(3);

describe("a network that draws random numbers", () => {
  it("predicts and is judged without them", async () => {
    const { module: plain } = await compiled("identity");
    expect(module.predict(parameters, x)).toEqual(plain.predict(parameters, x));
    expect(module.loss(parameters, x, t)).toBe(plain.loss(parameters, x, t));
    expect(module.predict.toString() + module.loss.toString()).not.toContain("randomAt");
  });

  it("trains alike with one seed, and unlike with two", () => {
    const run = (seed: number) => module.train({ x, t }, { seed, shuffle: false, parameters }).parameters;
    expect(run(1)).toEqual(run(1));
    expect(run(1)).toEqual(run(1 + 2 ** 32)); // whose low 32 bits are the same
    expect(run(1)).not.toEqual(run(2));
  });

  it("goes on as if it had never stopped", () => {
    const whole = module.train({ x, t }, { seed: 5, epochs: 4 });
    const half = module.train({ x, t }, { seed: 5, epochs: 2 });
    const rest = module.train(
      { x, t },
      { seed: 5, epochs: 2, parameters: half.parameters, state: half.state, firstEpoch: half.epoch + 1 },
    );
    expect(rest.parameters).toEqual(whole.parameters);
  });

  it("has the gradient of the step that it is asked for", () => {
    const [state, stepped, gradients] = [module.initialState(), parameters.slice(), new Float64Array(25)];
    expect(module.parameterCount).toBe(25);
    for (let step = 1; step <= 3; step += 1) {
      const before = stepped.slice();
      const loss = module.gradient(before, x, t, gradients, 10, 7, step);
      expect(module.trainStep(stepped, state, x, t, 10, 7)).toBe(loss);
      stepped.forEach((value, k) => {
        expect(value).toBeCloseTo((before[k] ?? NaN) - 0.1 * (gradients[k] ?? NaN), 14);
      });
      const [other, again] = [new Float64Array(25), new Float64Array(25)];
      module.gradient(before, x, t, other, 10, 7, step + 1);
      module.gradient(before, x, t, again, 10, 7, step);
      expect(again).toEqual(gradients);
      expect(other).not.toEqual(gradients);
    }
  });

  it("takes its first step's numbers, of the seed 0, unless told otherwise", () => {
    const [a, b] = [new Float64Array(25), new Float64Array(25)];
    module.gradient(parameters, x, t, a);
    module.gradient(parameters, x, t, b, 10, 0, 1);
    expect(a).toEqual(b);
  });

  it("refuses what is no seed", () => {
    const attempt = (seed: number) => () => module.gradient(parameters, x, t, new Float64Array(25), 10, seed);
    expect(attempt(0.5)).toThrow("seed must be a whole number, not 0.5");
    expect(attempt(NaN)).toThrow(RangeError);
    expect(() => module.trainStep(parameters.slice(), module.initialState(), x, t, 10, 0.5)).toThrow("seed");
  });

  it("has the same numbers in every schedule and precision of memory", async () => {
    const gradients = new Float64Array(25);
    module.gradient(parameters, x, t, gradients, 10, 9, 4);
    for (const schedule of ["rows", "tiled"] as const) {
      const other = await compiled("dropout", { schedule, batchSize: 10 });
      const found = new Float64Array(25);
      other.module.gradient(parameters, x, t, found, 10, 9, 4);
      found.forEach((value, k) => {
        expect(value).toBeCloseTo(gradients[k] ?? NaN, 14);
      });
      expect(storedMasks(other.compilation.program.programs.gradient.body)).toBe(0);
    }
    expect(storedMasks(compilation.program.programs.gradient.body)).toBe(0);
  });
});

/** How many stores keep what random numbers and constants alone make. */
function storedMasks(body: readonly Statement[]): number {
  return body.reduce((sum, statement) => {
    if ("body" in statement) return sum + storedMasks(statement.body);
    return sum + Number(statement.kind === "store" && isDrawn(statement.value));
  }, 0);
}

function isDrawn(value: Expression): boolean {
  const [yes, no, neither] = ["drawn", "read", "constant"] as const;
  const found = foldExpression<"drawn" | "read" | "constant">(value, {
    number: () => neither,
    local: () => no,
    load: () => no,
    index: () => neither,
    inRange: () => neither,
    batchSize: () => neither,
    step: () => neither,
    random: () => yes,
    apply: (_, operands) => (operands.includes(no) ? no : operands.includes(yes) ? yes : neither),
  });
  return found === "drawn";
}
