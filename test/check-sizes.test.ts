import { describe, expect, it } from "vitest";
import { compile } from "../src/compile.ts";
import { DiagnosticError } from "../src/diagnostics/index.ts";

/** `code line: message` of each mistake. */
async function problemsOf(text: string): Promise<readonly string[]> {
  const error: unknown = await compile({ name: "large.nabla", text }).catch((thrown: unknown) => thrown);
  if (!(error instanceof DiagnosticError)) return [];
  return error.diagnostics.map(
    ({ code, message, span }) => `${code} ${text.slice(0, span?.start).split("\n").length}: ${message}`,
  );
}

const most = "an array holds at most 2147483647.";

describe("shapes that are too large together", () => {
  it("are told at the parameter that is one too many, once", async () => {
    const text = `x = input([4])
V = parameter([30000, 30000])
W = parameter([40000, 40000])
U = parameter([40000, 40000])
loss = x[1] * (V[1, 1] + W[1, 1] + U[1, 1])`;
    expect(await problemsOf(text)).toEqual([
      `too-large 3: The parameters up to W have 2500000000 elements together; ${most}`,
    ]);
  });

  it("are told of an optimizer's state", async () => {
    const text = `x = input([4])
W = parameter([40000, 40000])
loss = x[1] * W[1, 1]
training = {optimizer: adam({learningRate: 0.01})}`;
    expect(await problemsOf(text)).toEqual([
      `too-large 2: adam keeps 3200000001 numbers for the parameters up to W; ${most}`,
    ]);
    expect(await problemsOf(text.replace("adam", "sgd"))).toEqual([]);
  });

  it("are told of batches", async () => {
    const text = `x = input([50000, 40000])
w = parameter()
loss = w * x[1, 1]
training = {batchSize: 64}`;
    expect(await problemsOf(text)).toEqual([
      `too-large 1: A batch of 64 samples of x has 128000000000 elements; ${most}`,
    ]);
    expect(await problemsOf(text.replace("64", "1"))).toEqual([]);
  });
});
