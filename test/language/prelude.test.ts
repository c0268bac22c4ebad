import { describe, expect, it } from "vitest";
import { compute, read, valueOf } from "./support.ts";

/*
 * Each entry of the prelude against an independent formula in plain JavaScript, at ordinary and at extreme values.
 * The values of erf are from tables (Abramowitz and Stegun 1964, table 7.1).
 */
const xs = [-1000, -30, -3.5, -3, -1, -0.25, 0, 0.5, 1, 2.75, 3, 40, 1000];

const sigmoid = (x: number) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

const activations: readonly (readonly [string, (x: number) => number])[] = [
  ["identity(x)", (x) => x],
  ["relu(x)", (x) => (x > 0 ? x : 0)],
  ["leakyRelu(x)", (x) => (x > 0 ? x : 0.01 * x)],
  ["leakyRelu(x, {slope: 0.2})", (x) => (x > 0 ? x : 0.2 * x)],
  ["elu(x)", (x) => (x > 0 ? x : Math.exp(x) - 1)],
  ["elu(x, {alpha: 2})", (x) => (x > 0 ? x : 2 * (Math.exp(x) - 1))],
  ["selu(x)", (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.exp(x) - 1))],
  ["silu(x)", (x) => x * sigmoid(x)],
  ["softplus(x)", softplus],
  ["softsign(x)", (x) => x / (1 + Math.abs(x))],
  ["mish(x)", (x) => x * Math.tanh(softplus(x))],
  ["sigmoid(x)", sigmoid],
  ["hardSigmoid(x)", (x) => (x <= -3 ? 0 : x >= 3 ? 1 : x / 6 + 0.5)],
  ["geluTanh(x)", (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))],
  ["square(x)", (x) => x * x],
  ["cube(x)", (x) => x * x * x],
  ["log2(abs(x) + 1)", (x) => Math.log2(Math.abs(x) + 1)],
  ["log10(abs(x) + 1)", (x) => Math.log10(Math.abs(x) + 1)],
];

function expectClose(found: readonly number[], wanted: readonly number[], digits = 12): void {
  expect(found).toHaveLength(wanted.length);
  found.forEach((value, index) => {
    const expected = wanted[index] ?? NaN;
    expect(Math.abs(value - expected), `${String(value)} for ${String(expected)}`).toBeLessThanOrEqual(
      10 ** -digits * Math.max(1, Math.abs(expected)),
    );
  });
}

describe("activations", () => {
  it.each(activations)("%s", (expression, meaning) => {
    expectClose(compute(expression, xs), xs.map(meaning));
  });

  it("gelu", () => {
    const normal = [0.5, 0.8413447460685429, 0.9772498680518208, 0.15865525393145707];
    expectClose(
      compute("gelu(x)", [0, 1, 2, -1]),
      normal.map((p, index) => p * ([0, 1, 2, -1][index] ?? 0)),
      10,
    );
    expectClose(compute("gelu(x)", [-1000, 1000]), [0, 1000]);
  });

  it("softmax, logSoftmax and logSumExp, of logits that would overflow too", () => {
    for (const x of [
      [1, 2, 3],
      [1000, 0, -1000],
      [-1000, -1000, -1000],
    ]) {
      const top = Math.max(...x);
      const sum = x.reduce((all, each) => all + Math.exp(each - top), 0);
      expectClose(
        compute("softmax(x)", x),
        x.map((each) => Math.exp(each - top) / sum),
      );
      expectClose(
        compute("logSoftmax(x)", x),
        x.map((each) => each - top - Math.log(sum)),
      );
      expectClose(compute("logSumExp(x)", x), [top + Math.log(sum)]);
    }
  });

  it("softmax of a matrix, row by row", () => {
    const network = read("x = input([2, 2])\nresult = softmax(x)");
    const row = (a: number, b: number) => [1 / (1 + Math.exp(b - a)), 1 / (1 + Math.exp(a - b))];
    expectClose(valueOf(network, "result", { x: [1, 2, 500, -500] }), [...row(1, 2), ...row(500, -500)]);
  });
});

type Loss = readonly [string, readonly number[], readonly number[], number];
const mean = (data: readonly number[]) => data.reduce((sum, each) => sum + each, 0) / data.length;

const losses: readonly Loss[] = [
  ["squaredError(x, t)", [1, 2, 5], [0, 4, 5], 5],
  ["meanSquaredError(x, t)", [1, 2, 5], [0, 4, 5], 5 / 3],
  ["mse(x, t)", [1, 2], [3, 2], 2],
  ["meanAbsoluteError(x, t)", [1, 2, 5], [0, 4, 5], 1],
  ["mae(x, t)", [1, 2], [3, 2], 1],
  ["huber(x, t)", [0.5, 3], [0, 0], mean([0.125, 2.5])],
  ["huber(x, t, {delta: 2})", [0.5, 3], [0, 0], mean([0.125, 4])],
  ["logCosh(x, t)", [1, 0.5], [0, 0], mean([Math.log(Math.cosh(1)), Math.log(Math.cosh(0.5))])],
  ["logCosh(x, t)", [1000], [0], 1000 - Math.log(2)],
  ["binaryCrossEntropy(x, t)", [0.2, 0.9], [0, 1], -mean([Math.log(0.8), Math.log(0.9)])],
  ["binaryCrossEntropyFromLogits(x, t)", [0.3, -2], [1, 0], mean([softplus(-0.3), softplus(-2)])],
  ["binaryCrossEntropyFromLogits(x, t)", [1000, -1000], [1, 0], 0],
  ["binaryCrossEntropyFromLogits(x, t)", [1000, -1000], [0, 1], 1000],
  [
    "crossEntropy(x, t)",
    [0.2, 0.5, 0.3],
    [0.1, 0.6, 0.3],
    -(0.1 * Math.log(0.2) + 0.6 * Math.log(0.5) + 0.3 * Math.log(0.3)),
  ],
  ["categoricalCrossEntropy(x, t)", [0.25, 0.75], [1, 0], Math.log(4)],
  ["crossEntropyFromLogits(x, t)", [1, 1], [0.5, 0.5], Math.log(2)],
  ["crossEntropyFromLogits(x, t)", [1000, -1000], [0, 1], 2000],
  ["crossEntropyFromLogits(x, t)", [1000, -1000], [1, 0], 0],
  ["hinge(x, t)", [0.5, -2, 3], [1, 1, 1], mean([0.5, 3, 0])],
  ["klDivergence(x, t)", [0.5, 0.5], [0.25, 0.75], 0.25 * Math.log(0.5) + 0.75 * Math.log(1.5)],
  ["klDivergence(x, t)", [0.5, 0.5], [0, 1], Math.log(2)],
  ["poisson(x, t)", [2, 3], [1, 4], mean([2 - Math.log(2), 3 - 4 * Math.log(3)])],
  ["cosineSimilarity(x, t)", [3, 4], [4, 3], 1 - 24 / 25],
  ["quantile(x, t)", [1, 2, 5], [0, 4, 5], mean([0.5, 1, 0])],
  ["quantile(x, t, {q: 0.9})", [1, 2, 5], [0, 4, 5], mean([0.1, 1.8, 0])],
  [
    "gaussianNegativeLogLikelihood(x, 2 * x, t)",
    [1, -1],
    [3, 0],
    mean([1 + 2 / Math.E ** 2, -1 + Math.E ** 2 / 2]),
  ],
  [
    "gaussianNegativeLogLikelihood(x, 0 * x, t, {full: true})",
    [1, 2],
    [3, 2],
    mean([2, 0]) + Math.log(2 * Math.PI) / 2,
  ],
  ["triplet(0 * x, x, t, {epsilon: 0})", [3, 4], [5, 12], 0],
  ["triplet(0 * x, t, x, {margin: 2, epsilon: 0})", [3, 4], [5, 12], 13 - 5 + 2],
  ["triplet(x, x, t)", [1, 1], [1, 1], 1],
  [
    "binaryFocalFromLogits(x, t, {gamma: 0, alpha: 0.5})",
    [0.3, -2],
    [1, 0],
    mean([softplus(-0.3), softplus(-2)]) / 2,
  ],
  [
    "binaryFocalFromLogits(x, t)",
    [0.3, 2],
    [1, 0],
    mean([0.25 * sigmoid(-0.3) ** 2 * softplus(-0.3), 0.75 * sigmoid(2) ** 2 * softplus(2)]),
  ],
  ["binaryFocalFromLogits(x, t, {gamma: 0.5})", [1000, -1000], [0, 1], mean([750, 250])],
  ["binaryFocalFromLogits(x, t, {gamma: 0.5})", [1000, -1000], [1, 0], 0],
  ["crossEntropyFromLogits(x, t, {labelSmoothing: 0.2})", [1, 1], [1, 0], Math.log(2)],
  [
    "crossEntropyFromLogits(x, t, {labelSmoothing: 0.2})",
    [0, Math.log(3)],
    [1, 0],
    -(0.9 * Math.log(0.25) + 0.1 * Math.log(0.75)),
  ],
  ["l1(x) + 0 * sum(t)", [1, -2], [0, 0], 3],
  ["l2(x) + 0 * sum(t)", [1, -2], [0, 0], 5],
];

describe("losses", () => {
  it.each(losses)("%s of %j and %j", (expression, x, t, expected) => {
    expectClose(compute(expression, x, t), [expected]);
  });

  it("take a class label where it says more than a distribution", () => {
    const network = read(
      "x = input([3])\nt = target({categories: 3})\na = crossEntropy(softmax(x), t)\nb = crossEntropyFromLogits(x, t)",
    );
    const expected = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3)) - 3;
    expectClose(valueOf(network, "a", { x: [1, 2, 3], t: [2] }), [expected]);
    expectClose(valueOf(network, "b", { x: [1, 2, 3], t: [2] }), [expected]);
    expectClose(valueOf(network, "b", { x: [1000, 0, -1000], t: [2] }), [2000]);
  });
});

describe("losses of rows", () => {
  const text = "z = input([3, 2])\nt = target([3], {categories: 2})\n";
  const z = [0, Math.log(3), 5, 5, Math.log(4), 0];
  const data = { z, t: [1, 0, 1] };
  const probabilities = [0.75, 0.5, 0.2]; // of the labels

  it.each([
    ["crossEntropyFromLogits(z, t)", -mean(probabilities.map(Math.log))],
    ["crossEntropy(softmax(z), t)", -mean(probabilities.map(Math.log))],
    [
      "crossEntropyFromLogits(z, t, {labelSmoothing: 0.5})",
      -mean(probabilities.map((p) => 0.75 * Math.log(p) + 0.25 * Math.log(1 - p))),
    ],
    ["focalFromLogits(z, t)", -mean(probabilities.map((p) => (1 - p) ** 2 * Math.log(p)))],
    ["focalFromLogits(z, t, {gamma: 0.5})", -mean(probabilities.map((p) => (1 - p) ** 0.5 * Math.log(p)))],
  ])("%s is the mean over the rows", (expression, expected) => {
    expectClose(valueOf(read(`${text}y = ${expression}`), "y", data), [expected]);
  });

  it("of distributions are means, too", () => {
    const network = read("z = input([2, 2])\nt = target([2, 2])\ny = crossEntropyFromLogits(z, t)");
    const rows = [Math.log(2), -0.25 * Math.log(0.25) - 0.75 * Math.log(0.75)];
    expectClose(valueOf(network, "y", { z: [1, 1, 0, Math.log(3)], t: [0, 1, 0.25, 0.75] }), [mean(rows)]);
  });

  it("need not see every class, and survive certainty", () => {
    const network = read(`${text}y = crossEntropyFromLogits(z, t)\nf = focalFromLogits(z, t)`);
    const sure = { z: [1000, -1000, 1000, -1000, 1000, -1000], t: [0, 0, 0] };
    expectClose(valueOf(network, "y", sure), [0]);
    expectClose(valueOf(network, "f", sure), [0]);
  });
});

describe("masked losses", () => {
  const text = "y = input([3])\nt = input([3])\nm = input([3])\n";
  const data = { y: [0.25, 0.5, 0.75], t: [0, 1, 3] };
  const each: readonly (readonly [string, (y: number, t: number) => number])[] = [
    ["mse(y, t, {mask: m})", (y, t) => (y - t) ** 2],
    ["mae(y, t, {mask: m})", (y, t) => Math.abs(y - t)],
    ["huber(y, t, {mask: m})", (y, t) => (Math.abs(y - t) <= 1 ? (y - t) ** 2 / 2 : Math.abs(y - t) - 0.5)],
    ["logCosh(y, t, {mask: m})", (y, t) => Math.log(Math.cosh(y - t))],
    ["binaryCrossEntropy(y, t, {mask: m})", (y, t) => -t * Math.log(y) - (1 - t) * Math.log(1 - y)],
    ["binaryCrossEntropyFromLogits(y, t, {mask: m})", (y, t) => softplus(y) - t * y],
    ["hinge(y, t, {mask: m})", (y, t) => Math.max(1 - t * y, 0)],
    ["poisson(y, t, {mask: m})", (y, t) => y - t * Math.log(y)],
    ["quantile(y, t, {q: 0.25, mask: m})", (y, t) => Math.max((t - y) / 4, (-3 / 4) * (t - y))],
    ["gaussianNegativeLogLikelihood(y, 0 * y, t, {mask: m})", (y, t) => (y - t) ** 2 / 2],
  ];

  it.each(each)("%s weighs each by the mask, and 0 leaves it out", (expression, loss) => {
    const network = read(`${text}r = ${expression}`);
    const [a, , c] = data.y.map((y, k) => loss(y, data.t[k] ?? NaN));
    expectClose(valueOf(network, "r", { ...data, m: [1, 0, 3] }), [((a ?? NaN) + 3 * (c ?? NaN)) / 4]);
    expectClose(valueOf(network, "r", { ...data, t: [0, NaN, 3], m: [1, -2, 0] }), [a ?? NaN]);
    expectClose(valueOf(network, "r", { ...data, m: [0, 0, 0] }), [0]);
  });

  it("take rows of what is a matrix, and conditions", () => {
    const network = read(
      "y = input([2, 2])\nm = input([2])\na = mse(y, 0 * y, {mask: m})\nb = mse(y, 0 * y, {mask: y > 2})",
    );
    expectClose(valueOf(network, "a", { y: [1, 2, 3, 4], m: [3, 1] }), [(3 * 2.5 + 12.5) / 4]);
    expectClose(valueOf(network, "b", { y: [1, 2, 3, 4], m: [0, 0] }), [12.5]);
  });

  it.each([
    ["crossEntropyFromLogits(z, t, {mask: m})", Math.log(4) - Math.log(3), Math.log(2)],
    ["crossEntropy(softmax(z), t, {mask: m})", Math.log(4) - Math.log(3), Math.log(2)],
    [
      "crossEntropyFromLogits(z, t, {labelSmoothing: 0.5, mask: m})",
      Math.log(4) - 0.75 * Math.log(3),
      Math.log(2),
    ],
    ["focalFromLogits(z, t, {mask: m})", (Math.log(4) - Math.log(3)) / 16, Math.log(2) / 4],
  ])("%s is of the labels that are kept", (expression, first, second) => {
    const network = read(
      `z = input([3, 2])\nt = target([3], {categories: 2})\nm = input([3])\nr = ${expression}`,
    );
    const rows = { z: [0, Math.log(3), 5, 5, 1000, -1000], t: [1, 0, 1] };
    expectClose(valueOf(network, "r", { ...rows, m: [1, 1, 0] }), [(first + second) / 2]);
    expectClose(valueOf(network, "r", { ...rows, m: [1, 3, 0] }), [(first + 3 * second) / 4]);
    expectClose(valueOf(network, "r", { ...rows, m: [0, 0, 0] }), [0]);
  });
});

describe("normalisation", () => {
  const x = [1, 2, 6, -3, 0, 4];
  const standard = (values: readonly number[], epsilon: number) => {
    const variance = mean(values.map((each) => (each - mean(values)) ** 2));
    return values.map((each) => (each - mean(values)) / Math.sqrt(variance + epsilon));
  };
  const roots = (values: readonly number[], epsilon: number) =>
    values.map((each) => each / Math.sqrt(mean(values.map((other) => other ** 2)) + epsilon));
  const [first, second] = [x.slice(0, 3), x.slice(3)];

  it.each([
    ["layerNorm(x)", "[6]", standard(x, 1e-5)],
    ["layerNorm(x, {epsilon: 0.25})", "[2, 3]", [...standard(first, 0.25), ...standard(second, 0.25)]],
    ["rmsNorm(x)", "[2, 3]", [...roots(first, 2 ** -23), ...roots(second, 2 ** -23)]],
    ["groupNorm(x, 2)", "[6]", [...standard(first, 1e-5), ...standard(second, 1e-5)]],
    ["groupNorm(x, 1)", "[2, 3]", standard(x, 1e-5)],
    ["groupNorm(x, 2)", "[2, 1, 3]", [...standard(first, 1e-5), ...standard(second, 1e-5)]],
    ["layerNorm(x)", "[1]", [0]],
  ])("%s of %s", (expression, shape, expected) => {
    const network = read(`x = input(${shape})\ny = ${expression}`);
    const data = { x: x.slice(0, expected.length) };
    const starts = network.parameters.map(({ name, node: { type } }) => {
      const [extent = 1] = type.shape;
      return [name, Array.from({ length: extent }, () => (name.endsWith("scale") ? 1 : 0))] as const;
    });
    expectClose(valueOf(network, "y", { ...data, ...Object.fromEntries(starts) }), expected);
  });

  it("scales and shifts what it says", () => {
    const network = read(
      "x = input([2, 2])\na = layerNorm(x, {epsilon: 0})\nb = groupNorm(x, 2, {epsilon: 0})",
    );
    const data = {
      x: [1, 3, 8, 6],
      "a.scale": [2, 3],
      "a.shift": [0, 1],
      "b.scale": [2, 3],
      "b.shift": [0, 1],
    };
    expectClose(valueOf(network, "a", data), [-2, 4, 2, -2]);
    expectClose(valueOf(network, "b", data), [-2, 2, 4, -2]);
  });
});

describe("repeat and stacked", () => {
  const parametersOf = (text: string) => {
    const network = read(text);
    const named = (name: string) => network.parameters.find((each) => each.name === name)?.node;
    const value = (name: string) => network.statements.find((each) => each.name === name)?.node;
    return { named, value };
  };

  it.each([
    ["h = repeat(2, block(z) = dense(z, 3), x)", "h[2].weight", "h.2.weight"],
    ["n = 2\nh = repeat(n, block(z) = dense(z, 3), x)", "h[n].bias", "h.2.bias"],
    ["h = repeat(2, block(z) = repeat(2, inner(u) = dense(u, 3), z), x)", "h[2][1].weight", "h.2.1.weight"],
    ["h = repeat(1, block(z) = let(inner = dense(z, 3), inner), x)", "h[1].inner.weight", "h.1.inner.weight"],
    ["h = stacked(2, rnn, outer(x, x), 3)", "h[1].recurrentWeight", "h.1.recurrentWeight"],
    [
      "h = repeat(2, block(z) = transformerBlock(z), outer(x, x))",
      "h[1].attention.query.weight",
      "h.1.attention.query.weight",
    ],
  ])("%s owns %s", (text, read, name) => {
    const { named, value } = parametersOf(`x = input([3])\n${text}\nw = ${read}`);
    expect(named(name)).toBeDefined();
    expect(value("w")).toBe(named(name));
  });

  it("leave elements of a repeated vector what they were", () => {
    const network = read("x = input([3])\nh = repeat(2, square, x)\nr = h[2]");
    expectClose(valueOf(network, "r", { x: [1, 2, 3] }), [16]);
  });
});

describe("dense", () => {
  const text = "x = input([2])\nh = dense(x, 3, {activation: relu})\ny = dense(h, 1, {bias: false})";

  it("owns its parameters, named after the statement", () => {
    const { parameters } = read(text);
    expect(parameters.map(({ name, node }) => [name, node.type.shape])).toEqual([
      ["h.weight", [3, 2]],
      ["h.bias", [3]],
      ["y.weight", [1, 3]],
      ["anyParameter", []],
    ]);
  });

  it("computes activation(weight * x + bias)", () => {
    const data = {
      x: [1, -2],
      "h.weight": [1, 2, 3, 4, -5, 6],
      "h.bias": [4, 0, 20],
      "y.weight": [1, 10, 100],
    };
    expect(valueOf(read(text), "h", data)).toEqual([1, 0, 3]);
    expect(valueOf(read(text), "y", data)).toEqual([301]);
  });

  it("treats the rows of a matrix alike", () => {
    const network = read("x = input([2, 2])\nh = dense(x, 1)");
    expect(valueOf(network, "h", { x: [1, 2, 3, 4], "h.weight": [10, 1], "h.bias": [0.5] })).toEqual([
      12.5, 34.5,
    ]);
  });

  it("gives each call parameters of its own", () => {
    const nested = read(
      "block(a) = let(inner = dense(a, 2), dense(inner, 2))\nx = input([2])\nh = block(x)\nk = dense(dense(x, 3), 4)",
    );
    expect(nested.parameters.map(({ name }) => name)).toEqual([
      "h.inner.weight",
      "h.inner.bias",
      "h.weight",
      "h.bias",
      "k.weight",
      "k.bias",
      "k.weight2",
      "k.bias2",
      "anyParameter",
    ]);
  });
});
