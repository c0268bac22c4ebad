import { describe, expect, it } from "vitest";
import { compile, type CompileOptions } from "../src/compile.ts";
import { predictTypeScript, predictWasm } from "../src/predict-step.ts";

const network = (body: string, batchSize: number): string => `x = input([8])
t = target([4])
${body}
loss = meanSquaredError(y, t)
training = {batchSize: ${batchSize}}`;

/** How many times faster a kernel is. */
async function advantage(
  body: string,
  batchSize: number,
  { precision = "f32" }: CompileOptions = {},
): Promise<number> {
  const source = { name: "net.nabla", text: network(body, batchSize) };
  const lowered = async (target: "typescript" | "wasm") =>
    (await compile(source, { precision, target })).program;
  return predictTypeScript(await lowered("typescript")) / predictWasm(await lowered("wasm"));
}

const dense = "y = dense(x, 4)";
const hidden = "y = dense(dense(x, 6, {activation: tanh}), 4)";

describe("the predicted time of a step", () => {
  it("speaks for a kernel as far as its lanes are filled", async () => {
    const [one, four, five] = [
      await advantage(hidden, 1),
      await advantage(hidden, 4),
      await advantage(hidden, 5),
    ];
    expect(four).toBeGreaterThan(2 * one);
    expect(four).toBeGreaterThan(1.2);
    expect(five).toBeLessThan(four); // a vector more, three of whose lanes are idle
  });

  it("speaks less for a kernel in double precision, whose vectors are of two", async () => {
    expect(await advantage(dense, 32, { precision: "f64" })).toBeLessThan(0.8 * (await advantage(dense, 32)));
  });

  it("is that of all programs of a step: an update apart from it counts", async () => {
    const source = { name: "net.nabla", text: network(hidden, 4) };
    const { program } = await compile(source, { optimizer: "adam" });
    expect(program.programs.update).toBeDefined();
    const without = { ...program, programs: { ...program.programs, update: undefined } };
    expect(predictTypeScript(program)).toBeGreaterThan(predictTypeScript(without));
    expect(predictWasm(program)).toBeGreaterThan(predictWasm(without));
  });

  it("grows with the batch, and not with what the batch shares", async () => {
    const times: number[] = [];
    for (const batchSize of [64, 128, 256]) {
      const source = { name: "net.nabla", text: network(hidden, batchSize) };
      times.push(predictWasm((await compile(source, { target: "wasm" })).program));
    }
    const [first = NaN, second = NaN, third = NaN] = times;
    expect((third - second) / (second - first)).toBeCloseTo(2, 1);
  });
});
