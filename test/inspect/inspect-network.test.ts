import { describe, expect, it } from "vitest";
import { DiagnosticError } from "../../src/diagnostics/index.ts";
import {
  type Inspectable,
  inspectNetwork,
  type NetworkReport,
  reportNetwork,
} from "../../src/inspect/index.ts";
import type { ModuleProgram, Program } from "../../src/program/index.ts";
import { iris, xor } from "./networks.ts";

function program(name: string, scratch: number): Program {
  const buffer = { name: "h", role: "scratch", element: "real", shape: [scratch], batched: true } as const;
  return {
    name,
    buffers: scratch > 0 ? [buffer] : [],
    body: [],
    schedule: "unrolled",
    scheduleReason: `a test of ${name}`,
  };
}

const initial = { kind: "fill", value: 0 } as const;

/** As lowering would lay XOR out, with made-up programs. */
const module: ModuleProgram = {
  name: "xor",
  precision: "f64",
  batchSize: 4,
  epochs: 1,
  inputs: [{ name: "x", shape: [2], element: "real" }],
  targets: [{ name: "t", shape: [1], element: "real" }],
  output: { name: "y", shape: [1], element: "real" },
  parameters: [
    { name: "W1", shape: [4, 2], offset: 0, length: 8, initial },
    { name: "b1", shape: [4], offset: 8, length: 4, initial },
    { name: "W2", shape: [1, 4], offset: 12, length: 4, initial },
    { name: "b2", shape: [1], offset: 16, length: 1, initial },
  ],
  states: [{ name: "m", parameter: "W1", shape: [4, 2], offset: 1, length: 8, initial: 0, isShared: false }],
  optimizer: { name: "momentum", options: { learningRate: 0.1 } },
  programs: {
    loss: program("loss", 0),
    gradient: program("gradient", 4),
    trainStep: program("trainStep", 3),
    predict: undefined,
  },
};

const costs = { loss: 37.5, lossAndGradients: 1291, ratio: 34.4266 };

function inspectable(): Inspectable {
  return { derived: xor(), program: module, target: { name: "wasm", reason: "as asked" }, costs };
}

describe("inspectNetwork", () => {
  it("prints text for people", () => {
    const text = inspectNetwork(inspectable());
    expect(text).toMatch(
      /^xor: x \(2\) → y \(1\); target t \(1\); 17 parameters; momentum, f64\n\nIn matrix notation\n/,
    );
    expect(text).toContain("  ∂L/∂W2 = (1/N) Σ (y − t) hᵀ\n");
    expect(text).toContain("Parameters\n  W1  4×2  8\n  b1  4    4\n  W2  1×4  4\n  b2  1    1\n");
    expect(text).toContain("  loss 37.5, loss and gradients 1,291, ratio 34.43\n");
    expect(text).toContain("Target\n  wasm: as asked\n");
    expect(text).toContain("  gradient   unrolled  a test of gradient\n");
    expect(text).toContain(
      "  parameters 136 B, gradients 136 B, optimizer 72 B, data 96 B, intermediate 128 B\n",
    );
    expect(text).toMatch(/\n {2}stabilise {2}cross-entropy of a sigmoid +1×\n/);
    expect(text).not.toMatch(/[ \t]\n/);
    // Nothing in it has a kink.
    expect(text).not.toContain("Conventions");
  });

  it("prints the conventions that the network relies on", () => {
    const text = inspectNetwork({ ...inspectable(), derived: iris() });
    expect(text).toMatch(/Conventions\n {2}.*relu′\(0\) = /);
    expect(text).not.toContain("share the maximum");
  });

  it("prints the formulas alone as LaTeX", () => {
    const text = inspectNetwork(inspectable(), { format: "latex", gradient: "W2" });
    expect(text.split("\n").slice(0, 7)).toEqual([
      "\\begin{aligned}",
      "L &= -\\frac{1}{N} \\, \\sum \\left(t \\, \\left(W_{2} \\, h + b_{2}\\right) - \\operatorname{softplus}\\left(W_{2} \\, h + b_{2}\\right)\\right) \\\\",
      "\\frac{\\partial L}{\\partial W_{2}} &= \\frac{1}{N} \\, \\sum \\left(y - t\\right) \\, h^{\\top} \\\\",
      "\\text{where} & \\\\",
      "h &= \\tanh\\left(W_{1} \\, x + b_{1}\\right) \\\\",
      "y &= \\sigma\\left(W_{2} \\, h + b_{2}\\right)",
      "\\end{aligned}",
    ]);
  });

  it("prints JSON that is the report", () => {
    const report = JSON.parse(inspectNetwork(inspectable(), { format: "json" })) as NetworkReport;
    expect(report).toEqual(JSON.parse(JSON.stringify(reportNetwork(inspectable()))));
    expect(Object.keys(report)).toEqual([
      "network",
      "precision",
      "batchSize",
      "inputs",
      "targets",
      "output",
      "parameters",
      "parameterCount",
      "optimizer",
      "formulas",
      "operations",
      "ratioNote",
      "target",
      "schedules",
      "memory",
      "rewrites",
      "conventions",
    ]);
    expect(report.formulas.gradients[2]).toEqual({
      parameter: "W2",
      name: "∂L/∂W2",
      matrix: "(1/N) Σ (y − t) hᵀ",
      element: "∂L/∂W2[1,i]",
      index: "(1/N) Σₙ (y[n,1] − t[n,1]) h[n,i]",
      shape: [1, 4],
      batched: false,
    });
    expect(report.memory).toEqual({ parameters: 136, gradients: 136, state: 72, batch: 96, scratch: 128 });
    expect(report.rewrites).toContainEqual({
      pass: "stabilise",
      rule: "cross-entropy of a sigmoid",
      count: 1,
    });
  });

  it("shows one gradient and only what it needs", () => {
    const report = reportNetwork(inspectable(), { gradient: "W2" });
    expect(report.formulas.gradients.map(({ parameter }) => parameter)).toEqual(["W2"]);
    expect(report.formulas.definitions.map(({ name }) => name)).toEqual(["h", "y"]);
  });

  it("tells which parameters there are when asked for another", () => {
    const ask = (): unknown => inspectNetwork(inspectable(), { gradient: "W3" });
    expect(ask).toThrow(DiagnosticError);
    expect(ask).toThrow(/test\.nabla has no parameter called "W3"/);
  });
});
