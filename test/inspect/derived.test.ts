import { describe, expect, it } from "vitest";
import { derive } from "../../src/derive.ts";
import { formulas } from "../../src/inspect/index.ts";
import { readNetwork } from "../../src/language/index.ts";

/** The lines in matrix notation of a network in the language. */
function linesOf(text: string): readonly string[] {
  const { gradients, definitions } = formulas(derive(readNetwork({ name: "test.nabla", text })));
  return [...gradients, ...definitions].map(({ name, matrix }) => `${name} = ${matrix}`);
}

describe("formulas of whole networks", () => {
  it("write ratios as fractions", () => {
    const text = "x = input([2])\nt = target([3])\nW = parameter([3, 2])\ny = W * x\nloss = mse(y, t)";
    expect(linesOf(text)).toEqual(["∂L/∂W = (2/(3 N)) Σ (y − t) xᵀ", "y = W x"]);
  });

  it("draw one fraction line, not one under N and one under the rest", () => {
    const text =
      "x = input([2])\nt = target([3])\nW = parameter([3, 2])\ny = W * x\nloss = cosineSimilarity(y, t)";
    expect(linesOf(text)).toContain("v4 = 1 / (N v1 v2)");
  });

  it("call nothing δy that has not y's shape", () => {
    const text = `left = input([2])
scale = input()
right = input([2, 2])
t = target([2])
label = target({categories: 2})
W = parameter([2, 2])
y = scale * W * left + right * left
loss = mse(y, t) + crossEntropyFromLogits(y, label)`;
    const lines = linesOf(text);
    expect(lines[0]).toBe("∂L/∂W = (1/N) Σ v1");
    expect(lines.join("\n")).not.toContain("δ");
  });

  it("call none of several errors δh where two layers are one statement", () => {
    const text =
      "x = input([2])\nt = target([2])\nh = dense(dense(x, 2, {activation: tanh}), 2, {activation: tanh})\nloss = mse(h, t)";
    const lines = linesOf(text);
    expect(lines.join("\n")).not.toContain("δ");
    expect(lines).toContain("∂L/∂h.bias = (1/N) Σ v3");
    expect(lines).toContain("∂L/∂h.bias2 = (1/N) Σ v2");
  });

  it("call δh what a parameter that is used once is moved by, next to a penalty too", () => {
    const text =
      "x = input([2])\nt = target([2])\nW = parameter([2, 2])\nb = parameter([2])\nh = tanh(W * x + b)\nloss = mse(h, t) + l2(W)";
    expect(linesOf(text).slice(0, 2)).toEqual(["∂L/∂W = 2 W + (1/N) Σ δh xᵀ", "∂L/∂b = (1/N) Σ δh"]);
  });

  it("call δy what a vector of weights is moved by, and δh what a row of a table is", () => {
    const text = `x = input([2])
k = input({categories: 3})
t = target()
W = parameter([4, 2])
table = parameter([3, 4])
w = parameter([4])
b = parameter()
h = tanh(W * x + gather(table, k))
y = dot(w, h) + b
loss = huber(y, t)`;
    expect(linesOf(text).slice(0, 4)).toEqual([
      "∂L/∂W = (1/N) Σ δh xᵀ",
      "∂L/∂table = (1/N) Σ scatterAdd(k, δh)",
      "∂L/∂w = (1/N) Σ δy h",
      "∂L/∂b = (1/N) Σ δy",
    ]);
  });
});
