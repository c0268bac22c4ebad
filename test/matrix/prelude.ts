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
  ["binaryFocalFromLogits", "W * x + b", "where(t > 0, 1, 0)"],
  ["quantile", "W * x + b", "t"],
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

/** Losses with more arguments or other targets, and the losses of the rows of a matrix; the last category never occurs. */
const otherLosses = [
  ["focalFromLogits", "label", "focalFromLogits(z, label)"],
  ["labelSmoothing", "label", "crossEntropyFromLogits(z, label, {labelSmoothing: 0.1})"],
  ["gaussianNegativeLogLikelihood", "t", "gaussianNegativeLogLikelihood(z, W * (x + 1), t, {full: true})"],
  ["triplet", "t", "triplet(z, W * (x + 1), t)"],
].map(([name = "", target = "", loss = ""]) => ({
  name,
  source: `x = input([2])
${target === "t" ? "t = target([3])" : "label = target({categories: 3})"}
W = parameter([3, 2])
b = parameter([3])
z = W * x + b
loss = ${loss}
`,
}));

const sequenceLosses = [
  "crossEntropyFromLogits(z, labels)",
  "crossEntropyFromLogits(z, labels, {labelSmoothing: 0.3})",
  "crossEntropy(softmax(z), labels)",
  "focalFromLogits(z, labels, {gamma: 0.5})",
  "sum(pick(z, labels) .^ 2)",
].map((loss) => ({
  name: `${loss} of a sequence`,
  source: `x = input([4, 2])
labels = target([4], {categories: 3})
z = dense(x, 3)
loss = ${loss}
`,
}));

/** Masks by length, of numbers and of weights: of elements, of rows, of labels and of distributions; and one that keeps nothing. */
const maskedLosses = [
  ...["mse", "mae", "huber", "logCosh", "quantile", "hinge"].map(
    (name) => `${name}(z, t, {mask: paddingMask(n, 4)})`,
  ),
  "meanSquaredError(z, t, {mask: t > 0})",
  "mse(z, t, {mask: paddingMask(-abs(n), 4)})",
  "binaryCrossEntropy(sigmoid(z), sigmoid(t), {mask: n + x[:, 1]})",
  "binaryCrossEntropyFromLogits(z, sigmoid(t), {mask: sigmoid(z)})",
  "binaryFocalFromLogits(z, where(t > 0, 1, 0), {mask: paddingMask(n, 4)})",
  "poisson(exp(z), abs(t), {mask: [1, 0, 2, 0.5]})",
  "gaussianNegativeLogLikelihood(z, 2 * z, t, {mask: paddingMask(n, 4)})",
  "crossEntropy(softmax(z), softmax(t), {mask: paddingMask(n, 4)})",
  "crossEntropyFromLogits(z, softmax(t), {labelSmoothing: 0.2, mask: x[:, 2] > 0})",
  "crossEntropy(softmax(z), labels, {mask: paddingMask(n, 4)})",
  "crossEntropyFromLogits(z, labels, {labelSmoothing: 0.2, mask: paddingMask(n, 4)})",
  "focalFromLogits(z, labels, {mask: [1, 0, 1, 1]})",
  "maskedMean(each(z, t) = alongLast(max, z - t), z, t, paddingMask(n, 4))",
].map((loss) => ({
  name: `masked: ${loss}`,
  source: `x = input([4, 2])
n = input()
t = target([4, 3])
${loss.includes("labels") ? "labels = target([4], {categories: 3})\n" : ""}z = dense(x, 3)
loss = ${loss}${loss.includes("labels") ? " + sum(t)" : ""}
`,
}));

/** Of a vector, of a matrix and of one element. */
const normalisations = [
  ["layerNorm(W * x + b)", "3"],
  ["layerNorm(outer(W * x + b, x))", "3, 2"],
  ["rmsNorm(outer(W * x + b, x))", "3, 2"],
  ["rmsNorm(W * x + b, {epsilon: 0.1, affine: false})", "3"],
  ["groupNorm(concat(W * x + b, x[1:1]), 2)", "4"],
  ["groupNorm(outer(concat(W * x + b, x[1:1]), x), 2)", "4, 2"],
  ["standardise(W * x + b, 0.5)", "3"],
  ["x - ofRows(mean, x) + alongLast(sum, W)[1:2]", "2"],
].map(([expression = "", shape = ""]) =>
  network(
    `normalised: ${expression}`,
    `h = ${expression}`,
    `u = parameter([${shape}])`,
    "loss = sum(u .* (h + h .^ 2)) + sum(t)",
  ),
);

/** Awkward shapes: one place, one head, one column a head, nothing to be seen. */
const sequences = [
  ["4, 2", "attention(x, x, dense(x, 3))"],
  ["1, 2", "attention(dense(x, 2), x, x, {causal: true})"],
  ["4, 2", "attention(dense(x, 2), x, dense(x, 4), {heads: 2, mask: [1, 0, 1, 1]})"],
  ["3, 2", "attention(dense(x, 2), dense(x, 2), x, {mask: x[:, 1] > 0, causal: true})"],
  ["3, 2", "attention(dense(x, 2), dense(x, 2), x, {mask: [0, 0, 0; 1, 0, 1; 0, 1, 0]})"],
  ["3, 4", "multiHeadAttention(x, {heads: 2, causal: true})"],
  ["3, 4", "attention(x, x, dense(x, 4), {heads: 2, causal: true, alibi: true})"],
  ["3, 4", "crossAttention(x, x[1:2, :] .^ 2, {heads: 4, bias: false, mask: paddingMask(1, 2)})"],
  ["3, 4", "transformerBlock(x, {heads: 2, causal: true, expansion: 2})"],
  ["1, 2", "repeat(2, block(z) = transformerBlock(z, {expansion: 1, activation: silu, dropout: 0.2}), x)"],
  ["3, 4", "dense(x, 4) .* sinusoidalPositions(3, 4) + learnedPositions(3, 4)"],
].map(([shape = "", expression = ""]) => ({
  name: `sequences: ${expression} of ${shape}`,
  source: `x = input([${shape}])
y = ${expression}
loss = sum(y .^ 2 + y)
`,
}));

/** One step, one unit; several layers; a state that is given. */
const recurrent = [
  ["3, 2", "rnn(x, 2)"],
  ["1, 2", "lstm(x, 1)"],
  ["3, 1", "gru(x, 2, {initial: startingState(x[1:2, 1], 2), reverse: true})"],
  ["2, 2", "bidirectional(gru, x, 1)"],
  ["3, 2", "stacked(2, lstm, x, 2)[end, :]"],
  ["2, 2", "let(s = lstmStates(x, 2, {bias: false}), s.h .* s.c)"],
  ["3, 2", "rnn(x, 2, {activation: relu, bias: false})"],
].map(([shape = "", expression = ""]) => ({
  name: `recurrent: ${expression} of ${shape}`,
  source: `x = input([${shape}])
y = ${expression}
loss = sum(y .^ 2 + y)
`,
}));

const languageModel = {
  name: "a language model with tied weights",
  source: `ids = input([5], {categories: 4})
next = target([5], {categories: 4})
length = input()
tokens = embedding(ids, 4, {standardDeviation: 0.5})
x = tokens + learnedPositions(5, 4)
h = repeat(2, block(z) = transformerBlock(z, {heads: 2, causal: true, mask: paddingMask(3 + length, 5), expansion: 1}), x)
logits = rmsNorm(h) * tokens.table'
loss = crossEntropyFromLogits(logits, next)
`,
};

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

const schedules = [
  "stepDecay({from: 0.1, every: 1})",
  "exponentialDecay({from: 0.1, factor: 0.5})",
  "polynomialDecay({from: 0.1, steps: 5, power: 2})",
  "cosineDecay({from: 0.1, steps: 3})",
  "warmRestarts({from: 0.1, period: 1, factor: 2})",
  "warmup({steps: 1, then: rate(t) = 0.1 / sqrt(t)})",
  "inverseSquareRoot({peak: 0.1, warmup: 1})",
  "oneCycle({peak: 0.1, steps: 4})",
].map((schedule) =>
  network(
    schedule,
    "h = tanh(W * x + b)",
    `loss = squaredError(h, t)\ntraining = {optimizer: momentum({learningRate: ${schedule}}), batchSize: 4}`,
  ),
);

const clips = ["clipByValue", "clipByNorm", "clipByGlobalNorm"].map((clip) =>
  network(
    clip,
    "h = tanh(W * x + b)",
    `loss = squaredError(h, t)\ntraining = {clip: ${clip}({limit: 0.1}), batchSize: 4}`,
  ),
);

const decay = network("decayed", "h = decayed(tanh(W * x), b, 0.5)", "loss = mse(h, t)");
/** What only training does, before and between layers. */
const drawing = [
  network("batchNorm", "h = batchNorm(W * x + b)", "loss = sum((tanh(h) - t) .^ 2)"),
  network(
    "batchNorm of channels",
    "h = batchNorm(outer(W * x, [1, 2]) + 1, {momentum: 0.3, epsilon: 0.1, affine: false})",
    "loss = sum((sum(tanh(h), 2) - t + b) .^ 2)",
  ),
  network("dropout", "h = dropout(tanh(W * x + b), {rate: 0.4})", "loss = sum((dropout(h) - t) .^ 2)"),
  network("dropout of an input", "h = tanh(W * dropout(x, {rate: 0.2}) + b)", "loss = sum((h - t) .^ 2)"),
  network(
    "randomNormal",
    "h = W * x + b + whenTraining(0.1 * randomNormal([3]), 0)",
    "loss = sum((tanh(h) - t) .^ 2)",
  ),
];

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
  ...otherLosses,
  ...sequenceLosses,
  ...maskedLosses,
  ...normalisations,
  ...sequences,
  ...recurrent,
  languageModel,
  ...drawing,
  ...optimizers,
  decay,
  ...schedules,
  ...clips,
  ...initialisers,
];
