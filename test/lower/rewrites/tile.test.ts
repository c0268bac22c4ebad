import { expect, it } from "vitest";
import { lowerProgram } from "../../../src/lower/index.ts";
import type { Program } from "../../../src/program/index.ts";
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
