import { beforeAll, describe, expect, it } from "vitest";
import { type Compilation, compile, type CompileOptions } from "../../src/compile.ts";
import { safeBytecode } from "../../src/lower/lower.ts";
import { bytecodeLimit, predictBytecode } from "../../src/lower/predict.ts";
import type { Program } from "../../src/program/index.ts";
import { bytecodesOf } from "../support/bytecode.ts";

/** The programs that become functions, by the names of these. */
function functionsOf({ program }: Compilation): Readonly<Record<string, Program | undefined>> {
  const { loss, gradient, trainStep, predict, update, means } = program.programs;
  if (update === undefined) return { loss, predict, gradient, trainStep };
  // With an update of its own, a step calls what `gradient` calls.
  const shared = means === undefined ? { lossAndGradients: gradient } : { lossAndGradientSums: trainStep };
  return { loss, predict, ...shared, updateParameters: update };
}

function regression(inputs: number, hidden: number, outputs: number): string {
  return `x = input([${inputs}])
t = target([${outputs}])
W = parameter([${hidden}, ${inputs}])
b = parameter([${hidden}])
V = parameter([${outputs}, ${hidden}])
y = V * tanh(W * x + b)
loss = meanSquaredError(y, t)
training = {optimizer: sgd(), epochs: 1, batchSize: 8}`;
}

function classifier(inputs: number, hidden: number, classes: number): string {
  return `x = input([${inputs}])
t = target({categories: ${classes}})
W = parameter([${hidden}, ${inputs}])
b = parameter([${hidden}])
V = parameter([${classes}, ${hidden}])
p = softmax(V * relu(W * x + b))
loss = crossEntropy(p, t)
training = {optimizer: adam(), epochs: 1, batchSize: 10}`;
}

const networks: Readonly<Record<string, string>> = {
  "regression 2-3-1": regression(2, 3, 1),
  "regression 12-22-5": regression(12, 22, 5), // close to the limit
  "classifier 4-8-3": classifier(4, 8, 3),
  "classifier 10-20-5": classifier(10, 20, 5), // close to the limit
};

const options: Readonly<Record<string, CompileOptions>> = {
  unrolled: { schedule: "unrolled" },
  "unrolled, single precision": { schedule: "unrolled", precision: "f32" },
  rows: { schedule: "rows" },
  tiled: { schedule: "tiled" },
};

/** From so many bytes on, nearly every register and slot takes two bytes to name. */
const long = 10_000;

const cases = Object.entries(networks).flatMap(([network, text]) =>
  Object.entries(options).map(([way, each]) => ({ network, text, way, options: each })),
);

describe("the bytecode of a function", () => {
  let compilations: readonly Compilation[] = [];
  let lengths: readonly ReadonlyMap<string, number>[] = [];

  beforeAll(async () => {
    compilations = await Promise.all(
      cases.map(({ text, options }) => compile({ name: "network.nabla", text }, options)),
    );
    lengths = bytecodesOf(compilations.map(({ code }) => code));
  }, 60_000);

  it.each(cases.map((each, index) => ({ ...each, index })))(
    "is about what is predicted: $network, $way",
    ({ options: { schedule }, index }) => {
      const compilation = compilations[index];
      expect(compilation).toBeDefined();
      if (compilation === undefined) return;
      for (const [name, program] of Object.entries(functionsOf(compilation))) {
        if (program === undefined) continue;
        const predicted = predictBytecode(program.body, program.buffers);
        const actual = lengths[index]?.get(name) ?? NaN; // no comparison holds of NaN
        // Tiled programs are several functions, of which none comes near the limit.
        if (schedule === "tiled") expect(actual, name).toBeLessThan(bytecodeLimit / 4);
        else {
          // What is taken for safe is optimised, and little is refused that would be.
          expect(actual / predicted, name).toBeLessThan(bytecodeLimit / safeBytecode);
          if (actual > long && schedule === "unrolled") expect(predicted / actual, name).toBeLessThan(1.15);
        }
      }
    },
  );
});

it("longer functions than V8 optimises are not called safe", async () => {
  const { program } = await compile(
    { name: "network.nabla", text: regression(14, 28, 6) },
    { schedule: "auto" },
  );
  expect(program.programs.gradient.schedule).not.toBe("unrolled");
});
