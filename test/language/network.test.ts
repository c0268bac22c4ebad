import { describe, expect, it } from "vitest";
import { DiagnosticError } from "../../src/diagnostics/index.ts";
import { readNetwork } from "../../src/language/index.ts";

const base = "x = input([3])\nt = target([2])\nW = parameter([2, 3])\n";
const network = (text: string) => readNetwork({ name: "test.nabla", text });

function codesOf(text: string): readonly string[] {
  try {
    network(text);
    return [];
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return error.diagnostics.map(({ code }) => code);
  }
}

describe("readNetwork", () => {
  it("declares in the order of the file", () => {
    const { inputs, targets, parameters, statements } = network(
      `${base}b = parameter([2])\nk = 3\ny = W * x + b\nloss = mse(y, t) * k`,
    );
    expect(inputs.map(({ name }) => name)).toEqual(["x"]);
    expect(targets.map(({ name }) => name)).toEqual(["t"]);
    expect(parameters.map(({ name }) => name)).toEqual(["W", "b"]);
    expect(statements.map(({ name }) => name)).toEqual(["y", "loss"]);
  });

  it("averages a loss over the batch unless the file does", () => {
    const mean = network(`${base}loss = mse(W * x, t)`).loss;
    expect(mean).toMatchObject({ operation: "batchReduce", attributes: { kind: "mean" } });
    const sum = network(`${base}loss = batchSum(mse(W * x, t))`).loss;
    expect(sum).toMatchObject({ operation: "batchReduce", attributes: { kind: "sum" } });
  });

  it("predicts the statement called prediction, else the last one that needs no target", () => {
    expect(network(`${base}y = W * x\nd = y - t\nloss = sum(d .* d)`).prediction?.name).toBe("y");
    expect(
      network(`${base}y = W * x\nprediction = 2 * y\nz = tanh(y)\nloss = mse(z, t)`).prediction?.name,
    ).toBe("prediction");
    expect(network(`${base}y = W * x\nmask = y > 0\nloss = mse(y, t)`).prediction?.name).toBe("y");
    expect(network(`x = input([2])\nW = parameter([2])\nloss = mse(W, x)`).prediction).toBeUndefined();
  });

  it("predicts what depends on a parameter rather than what does not", () => {
    expect(network(`${base}y = W * x\nm = mean(x)\nloss = m * mse(y, t)`).prediction?.name).toBe("y");
    const averaged = "s = state([3], next(v) = batchMean(x))\n";
    expect(
      network(`${base}${averaged}y = W * x\nm = mean(x - s)\nloss = m * mse(y, t)`).prediction?.name,
    ).toBe("y");
    expect(network(`${base}m = mean(x)\nloss = m * mse(W * x, t)`).prediction?.name).toBe("m");
  });

  it("has defaults for training", () => {
    const { training, optimizer } = network(`${base}loss = mse(W * x, t)`);
    expect(training).toEqual({ epochs: 100, batchSize: 32 });
    expect([optimizer.name, optimizer.options]).toEqual(["sgd", { learningRate: 0.01, weightDecay: 0 }]);
    expect(network(`${base}loss = mse(W * x, t)\ntraining = {optimizer: adam}`).optimizer.name).toBe("adam");
  });

  it("knows how each parameter starts", () => {
    const text = `${base}a = parameter([2], {init: [1, 2]})
b = parameter([4, 4], {init: "orthogonal", gain: 2})
c = parameter({init: 3})
d = parameter([2], {init: "normal", standardDeviation: 0.1})
f = parameter([2], {init: "uniform", low: -1, high: 1})
loss = sum(W) + sum(a) + sum(b) + c + sum(d) + sum(f)`;
    expect(network(text).parameters.map(({ initializer }) => initializer)).toEqual([
      { kind: "xavierUniform", gain: 1 },
      { kind: "values", data: [1, 2] },
      { kind: "orthogonal", gain: 2 },
      { kind: "constant", value: 3 },
      { kind: "normal", mean: 0, standardDeviation: 0.1 },
      { kind: "uniform", low: -1, high: 1 },
    ]);
  });

  it("reads byte order marks, tabs and any line ending", () => {
    const text = `${base}\tloss = mse(W * x, t)\t# end`;
    for (const ending of ["\r\n", "\r", "\n", "\n\n", ";"]) {
      expect(network(`\ufeff${text.replaceAll("\n", ending)}`).parameters).toHaveLength(1);
    }
  });

  it("is deterministic and remembers nothing between files", () => {
    const text = `${base}h = dense(x, 2)\nloss = mse(h + W * x, t)`;
    const [a, b] = [network(text), network(text)];
    expect(a.graph).not.toBe(b.graph);
    expect(a.graph.nodes.map(({ operation }) => operation)).toEqual(
      b.graph.nodes.map(({ operation }) => operation),
    );
  });

  it("tells where nodes come from", () => {
    const { statements } = network(`${base}y = relu(W * x)\nloss = mse(y, t)`);
    const origin = statements[0]?.node.origin;
    if (origin?.kind !== "source") throw new Error("y comes from the source");
    expect(origin.span.source.name).toBe("prelude");
    expect(origin.call?.source.text.slice(origin.call.start, origin.call.end)).toBe("relu(W * x)");
  });

  it("reports one mistake once, and what follows from it not at all", () => {
    expect(codesOf(`${base}y = nothing * x\nz = tanh(y) + 1\nloss = mse(z, t)`)).toEqual(["unknown-name"]);
    expect(codesOf(`${base}y = W x\nloss = mse(y, t)`)).toEqual(["implicit-multiplication"]);
    expect(codesOf(`${base}f(a) = unknown + a\ny = f(x)\nz = f(y)\nloss = mse(z, t)`)).toEqual([
      "unknown-name",
    ]);
    expect(codesOf(`${base}y = tanh((W * x)\nk = unknown\nloss = mse(y, t)`)).toEqual([
      "unclosed-bracket",
      "unknown-name",
    ]);
  });
});
