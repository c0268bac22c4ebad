import { type MatrixNetwork, network } from "./network.ts";

/** Each activation in a hidden layer, where its derivative matters. */
const elementwise = [
  ...["identity", "relu", "leakyRelu", "elu", "selu", "gelu", "geluTanh", "silu", "softplus", "softsign"],
  ...["mish", "sigmoid", "hardSigmoid", "logSoftmax", "softmax", "square", "cube"],
].map((name) => network(name, `h = ${name}(W * x + b)`, "loss = sum((h - t) .^ 2)"));

/** Each loss of a prediction in the range it asks for. */
const losses = [
  ["squaredError", "W * x + b", "t"],
  ["meanSquaredError", "W * x + b", "t"],
  ["mse", "W * x + b", "t"],
  ["meanAbsoluteError", "W * x + b", "t"],
  ["mae", "W * x + b", "t"],
  ["huber", "W * x + b", "t"],
  ["logCosh", "W * x + b", "t"],
  ["binaryCrossEntropy", "sigmoid(W * x + b)", "sigmoid(t)"],
  ["binaryCrossEntropyFromLogits", "W * x + b", "sigmoid(t)"],
  ["crossEntropy", "softmax(W * x + b)", "softmax(t)"],
  ["categoricalCrossEntropy", "softmax(W * x + b)", "softmax(t)"],
  ["crossEntropyFromLogits", "W * x + b", "softmax(t)"],
  ["hinge", "W * x + b", "sign(t)"],
  ["klDivergence", "softmax(W * x + b)", "softmax(t)"],
  ["poisson", "exp(W * x + b)", "abs(t)"],
  ["cosineSimilarity", "W * x + b", "t"],
].map(([name = "", prediction = "", target = ""]) =>
  network(name, `y = ${prediction}`, `loss = ${name}(y, ${target})`),
);

const labelled = ["crossEntropy", "categoricalCrossEntropy", "crossEntropyFromLogits"].map((name) => ({
  name: `${name} of a label`,
  source: `x = input([2])
label = target({categories: 3})
W = parameter([3, 2])
b = parameter([3])
z = W * x + b
y = ${name === "crossEntropyFromLogits" ? "z" : "softmax(z)"}
loss = ${name}(y, label)
`,
}));

const distributions = ["crossEntropy", "crossEntropyFromLogits", "klDivergence"].map((name) => ({
  name: `${name} of a distribution`,
  source: `x = input([2])
t = target([3], {distribution: true})
W = parameter([3, 2])
b = parameter([3])
z = W * x + b
y = ${name === "crossEntropyFromLogits" ? "z" : "softmax(z)"}
loss = ${name}(y, t)
`,
}));

const optimizers = [
  "sgd",
  "momentum",
  "nesterov",
  "adagrad",
  "rmsprop",
  "adadelta",
  "adam",
  "adamw",
  "adamax",
  "nadam",
  "radam",
  "adam({learningRate: 0.1, beta1: 0.5, beta2: 0.75, epsilon: 0.001})",
  "nesterov({momentum: 0})",
].map((optimizer) =>
  network(
    optimizer,
    "h = tanh(W * x + b)",
    `loss = squaredError(h, t)\ntraining = {optimizer: ${optimizer}, epochs: 3, batchSize: 4}`,
  ),
);

const decay = network("decayed", "h = decayed(tanh(W * x), b, 0.5)", "loss = mse(h, t)");

/** Several to a network: what they share is the code around them. */
const initialisers = [
  ['"zeros"', '"ones"', '"uniform"', '"normal"', "0.25", "[1, 2; 3, 4; 5, 6]"],
  ['"xavier"', '"glorot"', '"xavierUniform"', '"glorotUniform"', '"xavierNormal"', '"glorotNormal"'],
  ['"he"', '"kaiming"', '"heNormal"', '"heUniform"', '"lecun"', '"lecunNormal"', '"orthogonal"'],
  [
    ...['"constant", value: -2', '"uniform", low: 1, high: 2', '"normal", mean: 3, standardDeviation: 0.1'],
    ...['"orthogonal", gain: 2', '"he", gain: 0.5'],
  ],
].map((inits) => ({
  name: `init: ${inits.join("; ")}`,
  source: `x = input([2])
t = target([3])
${inits.map((init, k) => `W${k} = parameter([3, 2], {init: ${init}})`).join("\n")}
loss = mse(tanh(${inits.map((_, k) => `W${k} * x`).join(" + ")}), t)
`,
}));

/** Every entry of the prelude, each in a network where its derivative matters. */
export const preludeNetworks: readonly MatrixNetwork[] = [
  ...elementwise,
  ...losses,
  ...labelled,
  ...distributions,
  ...optimizers,
  decay,
  ...initialisers,
];
