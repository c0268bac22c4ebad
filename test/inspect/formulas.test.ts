import { describe, expect, it } from "vitest";
import type { DerivedNetwork, Node } from "../../src/graph/index.ts";
import { formatFormulas, formulas, type FormulaSheet } from "../../src/inspect/index.ts";
import {
  deepRegression,
  iris,
  linearRegression,
  linearRegressionWithPrediction,
  Sketch,
  softmaxRegression,
  xor,
} from "./networks.ts";

function matrixLines(sheet: FormulaSheet): readonly string[] {
  return [...sheet.gradients, ...sheet.definitions].map(({ name, matrix }) => `${name} = ${matrix}`);
}

function indexLines(sheet: FormulaSheet): readonly string[] {
  return [...sheet.gradients, ...sheet.definitions].map(({ element, index }) => `${element} = ${index}`);
}

describe("formulas", () => {
  it.each([
    ["written in one line", linearRegression],
    ["with the prediction named", linearRegressionWithPrediction],
  ])("prints the article's linear regression, %s", (_name, network) => {
    const sheet = formulas(network());
    expect(sheet.loss.matrix).toBe("½ Σ (y − w1 x − w2)²");
    expect(matrixLines(sheet)).toEqual(["∂L/∂w1 = −Σ (y − w1 x − w2) x", "∂L/∂w2 = −Σ (y − w1 x − w2)"]);
    expect(indexLines(sheet)).toEqual([
      "∂L/∂w1 = −Σₙ (y[n] − w1 x[n] − w2) x[n]",
      "∂L/∂w2 = −Σₙ (y[n] − w1 x[n] − w2)",
    ]);
  });

  it("prints XOR", () => {
    expect(formatFormulas(formulas(xor()))).toBe(`In matrix notation
  L      = −(1/N) Σ (t (W2 h + b2) − softplus(W2 h + b2))
  ∂L/∂W1 = (1/N) Σ δh xᵀ
  ∂L/∂b1 = (1/N) Σ δh
  ∂L/∂W2 = (1/N) Σ (y − t) hᵀ
  ∂L/∂b2 = (1/N) Σ (y − t)
  where
    h  = tanh(W1 x + b1)
    y  = sigmoid(W2 h + b2)
    δh = (W2ᵀ (y − t)) ⊙ (1 − h²)

In index notation
  L           = −(1/N) Σₙ (t[n,1] (Σᵢ W2[1,i] h[n,i] + b2[1]) − softplus(Σᵢ W2[1,i] h[n,i] + b2[1]))
  ∂L/∂W1[i,j] = (1/N) Σₙ δh[n,i] x[n,j]
  ∂L/∂b1[i]   = (1/N) Σₙ δh[n,i]
  ∂L/∂W2[1,i] = (1/N) Σₙ (y[n,1] − t[n,1]) h[n,i]
  ∂L/∂b2[1]   = (1/N) Σₙ (y[n,1] − t[n,1])
  where
    h[n,i]  = tanh(Σⱼ W1[i,j] x[n,j] + b1[i])
    y[n,1]  = sigmoid(Σᵢ W2[1,i] h[n,i] + b2[1])
    δh[n,i] = W2[1,i] (y[n,1] − t[n,1]) (1 − h[n,i]²)

Σ without an index sums over the samples of the batch, N of them; n is a sample.
⊙ multiplies element by element; functions, powers and fractions apply to each element.
δh: the derivative of the loss by h before activation, up to a factor that all samples share.
`);
  });

  it("prints softmax cross-entropy as p − t, from distributions and from labels", () => {
    expect(matrixLines(formulas(softmaxRegression()))).toEqual([
      "∂L/∂W = (1/N) Σ (p − t) xᵀ",
      "∂L/∂b = (1/N) Σ (p − t)",
      "p = softmax(W x + b)",
    ]);
    const labels = formulas(iris());
    expect(labels.loss.matrix).toBe("−(1/N) Σ logSoftmax(W2 h + b2)[species]");
    expect(matrixLines(labels)).toContain("∂L/∂W2 = (1/N) Σ (p − oneHot(species)) hᵀ");
    expect(matrixLines(labels)).toContain("δh = [W1 x + b1 > 0] ⊙ (W2ᵀ (p − oneHot(species)))");
    expect(indexLines(labels)).toContain("∂L/∂W2[i,j] = (1/N) Σₙ (p[n,i] − [species[n] = i]) h[n,j]");
    expect(indexLines(labels)).toContain(
      "p[n,i] = exp(Σⱼ W2[i,j] h[n,j] + b2[i]) / (Σⱼ exp(Σₖ W2[j,k] h[n,k] + b2[j]))",
    );
  });

  it("prints a deep network layer by layer, each part named once", () => {
    expect(matrixLines(formulas(deepRegression()))).toEqual([
      "∂L/∂h1.weight = 0.002 h1.weight + (2/N) Σ δh1 xᵀ",
      "∂L/∂h1.bias = (2/N) Σ δh1",
      "∂L/∂h2.weight = (2/N) Σ δh2 h1ᵀ",
      "∂L/∂h2.bias = (2/N) Σ δh2",
      "∂L/∂y.weight = (2/N) Σ (y − t) h2ᵀ",
      "∂L/∂y.bias = (2/N) Σ (y − t)",
      "h1 = tanh(h1.weight x + h1.bias)",
      "h2 = max(h2.weight h1 + h2.bias, 0)",
      "y = y.weight h2 + y.bias",
      "δh2 = [h2.weight h1 + h2.bias > 0] ⊙ (y.weightᵀ (y − t))",
      "δh1 = (h2.weightᵀ δh2) ⊙ (1 − h1²)",
    ]);
  });

  it("prints one gradient with only the parts that it needs", () => {
    const sheet = formulas(xor(), { parameters: ["W2"] });
    expect(matrixLines(sheet)).toEqual([
      "∂L/∂W2 = (1/N) Σ (y − t) hᵀ",
      "h = tanh(W1 x + b1)",
      "y = sigmoid(W2 h + b2)",
    ]);
  });

  it("prints LaTeX", () => {
    const sheet = formulas(xor(), { notation: "latex" });
    const [W1] = sheet.gradients;
    expect(`${W1?.name ?? ""} = ${W1?.matrix ?? ""}`).toBe(
      "\\frac{\\partial L}{\\partial W_{1}} = \\frac{1}{N} \\, \\sum \\delta_{h} \\, x^{\\top}",
    );
    expect(W1?.index).toBe("\\frac{1}{N} \\, \\sum_{n} \\delta_{h}[n,i] \\, x[n,j]");
  });

  it.each([linearRegression, xor, iris, softmaxRegression, deepRegression])(
    "prints balanced LaTeX for %o",
    (network) => {
      const text = formatFormulas(formulas(network(), { notation: "latex" }));
      expect(balance(text, "{", "}")).toBe(0);
      expect(balance(text, "\\left", "\\right")).toBe(0);
      expect(balance(text, "\\begin", "\\end")).toBe(0);
      // Every sign that maths mode reads is ASCII.
      expect(text).toMatch(/^[\n -~]*$/);
    },
  );

  it("does not confuse the user's names with its own", () => {
    const s = new Sketch();
    const [N, n] = [s.input("N"), s.input("n")];
    const [L, i] = [s.parameter("L", [3]), s.parameter("i", [3])];
    const spread = s.build.fill(s.build.multiply(N, n), [3]);
    const sheet = formulas(s.derive(s.mean(s.sum(s.build.multiply(spread, s.build.multiply(L, i))))));
    expect(sheet.gradients.map(({ element, index }) => `${element} = ${index}`)).toEqual([
      "∂J/∂L[j] = (1/B) (Σₘ N[m] n[m]) i[j]",
      "∂J/∂i[j] = (1/B) (Σₘ N[m] n[m]) L[j]",
    ]);
  });
});

function balance(text: string, open: string, close: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text.startsWith(open, at)) depth += 1;
    if (text.startsWith(close, at)) depth -= 1;
    expect(depth).toBeGreaterThanOrEqual(0);
  }
  return depth;
}

describe("formulas of large graphs", () => {
  /** `depth` times x → tanh(w x), or with sharing x → x · tanh(w x) + x, whose tree doubles at each step. */
  function chain(depth: number, shared: boolean): DerivedNetwork {
    const s = new Sketch();
    const w = s.parameter("w");
    let x: Node = s.input("x");
    for (let step = 0; step < depth; step++) {
      const y = s.apply("tanh", s.build.multiply(w, x));
      x = shared ? s.build.add(s.build.multiply(x, y), x) : y;
    }
    return s.derive(s.mean(x), true);
  }

  function lengthOf(sheet: FormulaSheet): number {
    return [sheet.loss, ...sheet.gradients, ...sheet.definitions].reduce(
      (sum, { matrix, index }) => sum + matrix.length + index.length,
      0,
    );
  }

  it.each([false, true])("grow linearly, shared: %s", (shared) => {
    const [one, two] = [formulas(chain(300, shared)), formulas(chain(600, shared))];
    expect(lengthOf(two) / lengthOf(one)).toBeLessThan(2.2);
    const widest = Math.max(...[...two.gradients, ...two.definitions].map(({ matrix }) => matrix.length));
    expect(widest).toBeLessThan(120);
  });

  it("do not overflow the stack at a depth of 10,000", () => {
    const sheet = formulas(chain(10_000, false));
    expect(sheet.definitions.length).toBeGreaterThan(1000);
    expect(lengthOf(sheet)).toBeLessThan(10_000 * 300);
  });
});
