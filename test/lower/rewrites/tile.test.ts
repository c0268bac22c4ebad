import { expect, it } from "vitest";
import { compile } from "../../../src/compile.ts";
import { lowerProgram } from "../../../src/lower/index.ts";
import type { Program, Statement } from "../../../src/program/index.ts";
import { sinksOf } from "../check.ts";
import { classifier } from "../networks.ts";

function program(name: string, batchSize: number): Program {
  const network = classifier([17, 64, 3], "sgd");
  const sinks = sinksOf(network)[name] ?? [];
  return lowerProgram({ name, sinks, names: network.names, schedule: "tiled", batchSize });
}

function scratch({ buffers }: Program): readonly string[] {
  return buffers.flatMap(({ name, role }) => (role === "scratch" ? [name] : []));
}

it("transposes a matrix for whole batches, and for training only", () => {
  const transposes = (name: string, batchSize: number): boolean =>
    scratch(program(name, batchSize)).some((buffer) => buffer.endsWith("_T"));
  expect(transposes("trainStep", 16)).toBe(true);
  expect(transposes("gradient", 16)).toBe(true);
  expect(transposes("trainStep", 4)).toBe(false);
  expect(transposes("predict", 16)).toBe(false);
});

it("transposes what a recurrence multiplies by before its loop over the steps, be it for few samples", async () => {
  const text = `x = input([16, 2])
t = target([3])
y = dense(lstm(x, 32)[end, :], 3)
loss = squaredError(y, t)
training = {optimizer: sgd(), epochs: 1, batchSize: 4}`;
  const options = { schedule: "tiled", target: "typescript" } as const;
  const { program } = await compile({ name: "network.nabla", text }, options);
  const transposing = (statements: readonly Statement[]): number =>
    statements.filter((each) => each.kind === "piece" && each.name.startsWith("transpose_")).length;
  // The steps of `loss` keep no gates: they have several sums for each element.
  for (const { body } of [program.programs.gradient, program.programs.loss]) {
    expect(transposing(body)).toBe(4); // for each gate
    expect(transposing(body.flatMap((each) => (each.kind === "loop" ? each.body : [])))).toBe(0);
  }
});

it("adds to single-precision parameters once a step", () => {
  const network = classifier([66, 5, 3], "sgd");
  const sinks = sinksOf(network)["trainStep"] ?? [];
  const hasRows = (precision: "f32" | "f64"): boolean => {
    const options = { name: "trainStep", sinks, names: network.names, batchSize: 4, precision };
    const lowered = lowerProgram({ ...options, schedule: "tiled" });
    return scratch(lowered).some((buffer) => buffer.includes("_row"));
  };
  expect(hasRows("f64")).toBe(false);
  expect(hasRows("f32")).toBe(true);
});

it("gives programs the pieces that they have in common", () => {
  const pieces = (name: string): ReadonlyMap<string, string> =>
    new Map(
      program(name, 16).body.flatMap((statement) =>
        statement.kind === "piece" ? [[statement.name, JSON.stringify(statement.body)] as const] : [],
      ),
    );
  const ofGradient = pieces("gradient");
  const shared = [...pieces("trainStep")].filter(([name, body]) => ofGradient.get(name) === body);
  expect(shared.length).toBeGreaterThanOrEqual(2);
});
