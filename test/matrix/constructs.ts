import { type MatrixNetwork, network } from "./network.ts";

/** Functions of elements, of values where they are smooth. */
const functions = [
  ...[
    "exp",
    "expm1",
    "sqrt(square(z) + 1) + exp",
    "abs",
    "sin",
    "cos",
    "tan",
    "atan",
    "sinh",
    "cosh",
    "tanh",
  ],
  ...["asinh", "erf", "sign(z) .* exp", "floor(z) + exp", "ceil(z) + exp", "round(z) + exp"],
]
  .map((name) => `${name}(z)`)
  .concat(
    ["log(1 + square(z))", "log(2 + square(z), 3)", "log1p(square(z))", "log2(1 + square(z))"],
    ["log10(1 + square(z))", "asin(0.9 * tanh(z))", "acos(0.9 * tanh(z))", "acosh(1.5 + square(z))"],
    ["atanh(0.9 * tanh(z))", "pow(z, 3)", "pow(1 + square(z), -1.5)", "2 .^ z", "(1 + square(z)) .^ z"],
    [
      "stopGradient(z) .* z",
      "whenTraining(z, 2 * z) .* z",
      "whenTraining(z + random([3]), z)",
      "whenTraining(z .* random([3], {shared: true}) .* random(), z)",
      "z .* whenTraining(batchMean(z), [1, 2, 3])",
      "min(z, 0.1)",
      "max(z, -z, 0.3)",
      "where(z > 0, z, 3 * z)",
      "-z ./ (2 + cos(z))",
    ],
    ["z > 0.1 and z < 2 or not (z <= -1) ? z : exp(z)", "where(0 < z < 1 xor z >= 0.5, 2 * z, -z)"],
  )
  .map((expression) => network(expression, `z = W * x + b`, `loss = sum(t .* (${expression}))`));

/** Windows of images x and t, and of a kernel, at shapes that bend them: past the edge, one wide, wider than x. */
const convolutions: readonly MatrixNetwork[] = [
  ["convolve(x, K)"],
  ["convolve(x, K, {stride: [2, 3]})", 'convolve(x, K, {stride: 3, padding: "same"})'],
  ["convolve(x, K, {padding: [2, 1], dilation: [1, 2]})", "convolve(x, K[:, :, 1:1, 2:2])"],
  ["convolve(x[:, :, 1:2], K, {padding: 1})", "convolve(x[1:1, :, :], K[:, 1:1, :, :])"],
  ["convolve(x, K[1:2, 1:1, :, :], {groups: 2})", "convolveTranspose(x, K[1:2, :, :, :], {groups: 2})"],
  [
    "convolve(x[:, 1, :], K[:, :, 1, :], {stride: 2, padding: 1})",
    "conv1d(x[:, 2, :], {filters: 2, kernel: 2})",
  ],
  [
    "convolve(x[:, 1, :], K[1:2, 1:1, 1, :], {groups: 2})",
    "convolveTranspose(x[:, 1, :], K[1:2, 1:1, 1, :], {groups: 2})",
  ],
  ["convolveTranspose(x[:, 1:2, 1:3], K[1:2, :, :, :], {stride: 2, outputPadding: [1, 0]})"],
  ['convolveTranspose(x[:, 1:3, 1:2], K[1:2, :, :, :], {stride: 3, padding: "same"})'],
  ["convolveTranspose(x[:, 1, :], K[1:2, :, 1, :], {stride: 3, dilation: 2, padding: 1})"],
  [
    "convTranspose1d(x[:, 1, :], {filters: 2, kernel: 2, groups: 2, bias: false})",
    "x[1, :, :] * K[1, 1, 1, 1]",
  ],
  ["convTranspose2d(x, {filters: 2, kernel: 2, stride: 2, activation: tanh})", "x[1, :, :] * K[1, 1, 1, 1]"],
  ["conv2d(x, {filters: 2, kernel: [3, 1], stride: 2, activation: tanh})", "x[1, :, :] * K[1, 1, 1, 1]"],
  ["maxPool2d(convolve(x, K), 2)", "averagePool2d(convolve(x, K), 2)"],
  [
    "maxPool2d(convolve(x, K), 3, {stride: 2, padding: 1})",
    "averagePool2d(x, [1, 2], {stride: 1}) * K[1, 1, 1, 1]",
  ],
  [
    "maxPool1d(x[:, 1, :] .* K[1, 1, 1, 1], 2)",
    "averagePool1d(x[:, 1, :] .* K[1, 1, 2, 1], 3, {stride: 2, padding: 1})",
  ],
  ["globalMaxPool(convolve(x, K))", "globalAveragePool(convolve(x, K))"],
  [
    'joinGroups(inGroups(x, groupSize(4, 2, "rows"))) .* K[1, 1, 1, 1]',
    "sum(window(x, [2, 2], {stride: 2}), [4, 5]) * K[2, 1, 1, 1]",
  ],
  ["overlapAdd(window(K, 2, {stride: 2, padding: 1, fill: 0.5}), 1, {stride: 2, padding: 1}) .* x[1, 1, 1]"],
  ['einsum("ocij,chw->oijh", K, x)', 'einsum("chw,hw->hwc", x, x[2, :, :]) * K[1, 1, 1, 1]'],
].map(([first = "", second = first]) => ({
  name: `${first}; ${second}`,
  source: `x = input([2, 4, 5])
K = parameter([3, 2, 2, 2])
y = ${first}
z = ${second}
loss = sum((y - 0.3) .^ 2) + sum(z .^ 3) + sum(K .^ 2)
`,
}));

/** Reductions and views of a matrix A of the parameters, each weighted so that no gradient is all alike. */
const views = [
  ...[
    "sum(A)",
    "mean(A)",
    "max(A)",
    "min(A)",
    "prod(A)",
    'norm(A, "fro")',
    "logSumExp(A)",
    "norm(x)",
    "norm(x, 1)",
  ],
  ...["norm(x, Infinity)", "sum(sum(A, 1) .^ 2)", "sum(mean(A, 2) .^ 2)", "sum(max(A, {dimension: 1}) .^ 2)"],
  ...["sum(min(A, {dimension: 2}) .^ 2)", "sum(prod(A, 1))", "sum(prod(A, 2))", "sum(logSumExp(A, 2) .^ 2)"],
  ...["A[2, 1] * A[1, end]", "sum(A[2, :] .^ 2)", "sum(A[:, end] .^ 3)", "sum(A[1:2, 2:3] .^ 2)"],
  ...["dot(A[1, 3:-1:1], x)", "dot(A[2, [3, 1]], x[2:3])", "sum((A' * A) .^ 2)", "sum((A * A') .^ 2)"],
  ...["sum((reshape(A, [3, 2]) * x[1:2]) .^ 2)", "sum(flatten(A) .^ 2)", "sum(concat(A, 2 * A, 1) .^ 2)"],
  ...[
    "sum(concat(A[1, :], x) .^ 2)",
    "sum(concat(A, A .^ 2, 2) * concat(x, x))",
    "sum(outer(A[1, :], x) .^ 2)",
  ],
  ...[
    "sum((transpose(A) * [1, 2]) .^ 2)",
    "sum([A[1, :], x] * x)",
    "[sum(A), max(A)] * [1, 2]",
    "sum(A .* x)",
  ],
  ...["sum((A .* [[10], [100]]) .^ 2)", "sum(zeros([2]) + ones([2]) + A * x)", "sum(softmax(A) .* A)"],
  ...[
    "sum(logSoftmax(A) .* sigmoid(A))",
    "squaredError(A * x, [1, 2])",
    "sum((x' * A') .^ 2)",
    "A[1, 1] ^ 3 / 2",
  ],
  ...["sum(reshape(A, [3, -1]) .^ 2)", "sum(A[:, 1:2] * A[:, 2:3])", "l1(A) + l2(A)"],
].map((expression) => ({
  name: expression,
  source: `x = input([3])
A = parameter([2, 3])
loss = (${expression}) * (1 + sum(x .^ 2)) + dot(A * x, [1, 2])
`,
}));

const whole: readonly MatrixNetwork[] = [
  {
    name: "contractions of three dimensions",
    source: `A = parameter([2, 3, 4])
x = input([2, 4, 3])
S = einsum("hij,hjk->hik", A, x)
y = einsum("hij->jhi", S)
loss = sum(y .^ 2) + sum(einsum("ijk->k", A) .^ 3) + sum(einsum("hij,kji->hk", A, x) .^ 2) + einsum("ijk,ijk->", A, A)
`,
  },
  {
    name: "functions that ask what they are given",
    source: `even(a) = check(a, count(a) / 2 == floor(count(a) / 2), {message: "$0 has $n elements.", hint: "give it one more", n: count(a)})
chosen(c, a) = isCondition(c) ? where(c, a, 0) : c * a
id = input({categories: 3})
x = input([4])
w = parameter([4])
W = parameter([categories(id)])
loss = sum(chosen(x > 0, even(w)) .^ 2) + sum(chosen(unitsOf(2), w .* ofShapeOf(x, w))) + gather(W, id) ^ 2
`,
  },
  {
    name: "dense layers",
    source: `x = input([4])
t = target({categories: 3})
h = dense(x, 5, {activation: gelu, init: "he"})
g = dense(h, 4, {bias: false})
logits = dense(g, 3)
prediction = softmax(logits)
loss = crossEntropyFromLogits(logits, t) + 0.001 * l2(h) + 0.01 * l1(g)
training = {optimizer: adamw({learningRate: 0.01, weightDecay: 0.1}), epochs: 50, batchSize: 16}
`,
  },
  {
    name: "a dense layer of each row",
    source: `x = input([3, 2])
h = dense(x, 4, {activation: tanh})
y = dense(h, 1)
loss = sum(y .^ 2)
`,
  },
  {
    name: "ids",
    source: `n = 2
ids = input([3], {categories: 5})
table = parameter([5, n])
W = parameter([3, 3 * n], {init: "orthogonal", gain: 0.5})
b = parameter([3], {init: 0.1})
t = target([3], {distribution: true})
loss = crossEntropyFromLogits(W * flatten(gather(table, ids)) + b, t)
`,
  },
  {
    name: "labels as numbers and as one-hot vectors",
    source: `id = input({categories: 4})
label = target({categories: 3})
x = input([2])
W = parameter([3, 2])
E = parameter([3, 4])
logits = W * x + E * oneHot(id)
spread = oneHot(label, 3)
own = gather(logits, label)
number = isLabel(label) ? toReal(label) + 1 : 1
loss = number * (logSumExp(logits) - own) + sum((logits - spread) .^ 2)
`,
  },
  {
    name: "a function that takes vectors alone",
    source: `scaled(v, options) = defaults(options, {by: 2}).by * sum(ofRank(v, [1]))
x = input([3])
w = parameter([3])
loss = scaled(w .* x)^2
`,
  },
  {
    name: "batch statistics",
    source: `x = input([3])
t = target()
w = parameter([3])
centred = x - batchMean(x)
scaled = centred ./ sqrt(batchMean(square(centred)) + 0.1)
y = dot(w, scaled)
loss = batchSum((y - t)^2) / 2 + batchMean(y)^2
`,
  },
  {
    name: "batch statistics of parameters' values",
    source: `x = input([2])
W = parameter([3, 2])
h = tanh(W * x)
centred = h - batchMean(h)
loss = sum(centred .^ 3)
`,
  },
  {
    name: "scalars only",
    source: `x = input()
t = target()
w = parameter({init: 1})
b = parameter()
y = w * x + b
loss = (y - t)^2 / 2
`,
  },
  {
    name: "one element",
    source: `x = input([1])
t = target([1, 1])
W = parameter([1, 1])
b = parameter([1])
y = sigmoid(W * x + b)
loss = sum((y - t) .^ 2) + max(y) + prod(y) + mean(y)
`,
  },
  {
    name: "three dimensions",
    source: `x = input([2, 3, 4])
P = parameter([2, 3, 4])
q = parameter([4])
z = tanh(P .* x + q)
loss = sum(sum(z, 2) .^ 2) + sum(max(z, {dimension: 1})) + sum(z[1, :, 2:3]) + sum(reshape(z, [6, 4]) * q)
`,
  },
  {
    name: "no input at all",
    source: `w = parameter([3], {init: "ones"})
loss = sum((w - [1, 2, 3]) .^ 2)
`,
  },
  {
    name: "a loss that does not look at its inputs",
    source: `x = input([2])
W = parameter([3, 2])
y = W * x
loss = sum(W .^ 2)
`,
  },
  {
    name: "a loss that is linear in its parameters",
    source: `x = input([2])
W = parameter([3, 2])
loss = sum(W * x)
`,
  },
  {
    name: "no prediction",
    source: `t = target([2])
w = parameter([2])
loss = mse(w, t)
`,
  },
  {
    name: "a prediction that is an input",
    source: `x = input([2])
w = parameter([2])
prediction = x
loss = sum((w - x) .^ 2)
`,
  },
  {
    name: "a prediction that is not last",
    source: `x = input([2])
w = parameter([2])
prediction = w .* x
other = exp(prediction)
loss = sum(other)
`,
  },
  {
    name: "a prediction of three dimensions",
    source: `x = input([2, 2, 2])
t = target([2, 2, 2])
w = parameter([2, 2, 2])
prediction = w .* x
loss = sum((prediction - t)[1, :, :] .^ 2)
`,
  },
  {
    name: "several inputs and targets",
    source: `left = input([2])
scale = input()
right = input([2, 2])
t = target([2])
label = target({categories: 2})
W = parameter([2, 2])
y = scale * W * left + right * left
loss = mse(y, t) + crossEntropyFromLogits(y, label)
`,
  },
  {
    name: "tied parameters",
    source: `x = input([4])
W = parameter([2, 4])
b = parameter([4])
code = sigmoid(W * x)
y = W' * code + b
loss = squaredError(y, x)
`,
  },
  {
    name: "several losses and penalties",
    source: `x = input([3])
t = target([2])
label = target({categories: 2})
W = parameter([2, 3])
V = parameter([2, 2])
h = relu(W * x)
y = V * h
loss = 0.5 * mse(y, t) + 2 * crossEntropyFromLogits(y, label) + 0.01 * l2(W) + 0.02 * l1(V) + huber(h, t, {delta: 0.5})
`,
  },
  {
    name: "options of the prelude",
    source: `x = input([3])
t = target([3])
w = parameter([3])
z = w .* x
loss = mae(leakyRelu(z, {slope: 0.2}), t) + sum(elu(z, {alpha: 0.5})) + huber(z, t, {delta: 0.1})
`,
  },
  {
    name: "a wide sum",
    source: `x = input([300])
t = target()
w = parameter([300])
y = tanh(w * x / 20)
loss = (y - t)^2
`,
  },
  {
    name: "a residual network",
    source: `residual(x, options) = let(o = defaults(options, {activation: silu}), inner = dense(x, size(x)[1], {activation: o.activation}), x + inner)
x = input([3])
t = target([1])
h = residual(residual(x), {activation: mish})
y = dense(h, 1)
loss = mse(y, t)
`,
  },
  {
    name: "functions, objects and local names",
    source: `affine(a, options) = let(o = defaults(options, {scale: 1, shift: 0}), o.scale * a + o.shift)
twice(f, a) = f(f(a))
gate(c, h, x) = let(g = sigmoid(c.W * x + c.b), {h: g .* h + (1 - g) .* x, g: g})
x = input([2])
W = parameter([2, 2])
b = parameter([2])
cell = {W: W, b: b}
gated = gate(cell, x, affine(x, {scale: 2}))
more = gate(cell, gated.h, x)
y = twice(g(a) = a .^ 2, more.h) + more.g
loss = sum(let(z = y .* y, q = z / 2, q + z))
`,
  },
  {
    name: "an optimizer of the file's own",
    source: `lion = optimizer(
  {learningRate: 0.0001, beta1: 0.9, beta2: 0.99}, {m: 0},
  step(w, g, s, t, o) = {
    w: w - o.learningRate * sign(o.beta1 * s.m + (1 - o.beta1) * g),
    m: o.beta2 * s.m + (1 - o.beta2) * g
  }
)
x = input([2])
t = target()
w = parameter([2])
y = w * x
loss = (y - t)^2
training = {optimizer: lion({learningRate: 0.001}), epochs: 20}
`,
  },
  {
    name: "constants",
    source: `half = 6 / 4
shape = [2, 2]
K = constant([1, 2; 3, 4])
k = constant(0.5)
x = input(shape)
w = parameter([2])
y = K * (x * w) * half * k
loss = sum(y .^ 2) + sum(K) + rank(x) + count(x) + size(x)[1]
`,
  },
  {
    name: "an element in many places",
    source: `x = input([3])
w = parameter([3])
y = w[[1, 1, 3, 1]] .* x[[3, 2, 1, 1]]
loss = prod(y) + sum(y .^ 3)
`,
  },
  {
    name: "whole axes reversed",
    source: `x = input([3])
w = parameter([3])
M = parameter([2, 3])
y = w[end:-1:1] .* x + M[[2, 1], :]' * w[[2, 1]] + (M * x)[[2, 1]] * M[:, [3, 2, 1]]
loss = sum(y .* x) + sum(w[3:-1:1] .* x)
`,
  },
  {
    name: "views of constants, and gradients that are",
    source: `C = constant([1, 2, 3; 4, 5, 6])
c = constant([3; 1; 2])
M = parameter([2, 3])
V = parameter([2, 3])
w = parameter([6])
loss = flatten(M) * [1, 2, 3, 4, 5, 6] + sum(reshape(V, [3, 2]) .* [1, 2; 3, 4; 5, 6]) + flatten(C') * w + C[2, :] * flatten(c)
`,
  },
  {
    name: "a gradient that is a view of a parameter",
    source: `M = parameter([2, 3])
w = parameter([6])
loss = flatten(M) * w
`,
  },
  {
    name: "one element of a product",
    source: `M = parameter([2, 3])
loss = (M * M' * M)[2, 3]
`,
  },
  {
    name: "a gradient that is zero",
    source: `x = input([2])
w = parameter([2])
v = parameter([2])
y = floor(w .* x) + v .* x
loss = sum(y .^ 2)
`,
  },
  {
    name: "an embedding that is looked up and multiplied",
    source: `ids = input([2], {categories: 3})
E = parameter([3, 2])
pair = gather(E, ids)
scores = pair * E'
loss = sum(logSumExp(scores, 2)) - scores[1, 2]
`,
  },
  {
    name: "a recurrence",
    source: `x = input([4, 3])
t = target([2])
U = parameter([3, 3])
W = parameter([3, 3])
b = parameter([3])
V = parameter([2, 3])
h = scan(cell(s, z) = tanh(W * s + U * z + b), zeros([3]), x)
y = V * h[end, :]
loss = mse(y, t)
`,
  },
  {
    name: "a recurrence of several states, backwards, from what is learnt and given",
    source: `x = input([4, 2])
ids = input([4], {categories: 3})
t = target([2])
E = parameter([3, 2])
A = parameter([2, 2])
w = parameter([2])
step(s, v) = {a: A * s.b + gather(E, v.k), b: s.a .* v.x + w, most: max(s.most, s.a), c: 0.9 * s.c + w, old: s.a}
s = scan(step, {a: w, b: t, most: zeros([2]), c: w, old: zeros([2])}, {x: x, k: ids}, {reverse: true})
y = s.a[1, :] + s.b[2, :] + s.most[1, :] + s.c[1, :] + s.old[1, :]
loss = mse(y, t) + 0.1 * sum(s.c)
`,
  },
  {
    name: "a recurrence in a recurrence",
    source: `x = input([2, 3, 2])
t = target([2])
W = parameter([2, 2])
A = parameter([2, 2])
row(s, rows) = let(inner = scan(cell(u, v) = tanh(W * u + v), A * s, rows), inner[end, :] + 0.5 * s)
h = scan(row, zeros([2]), x)
g = scan(add(s, v) = 0.5 * s + W * v, zeros([2]), h)
y = g[end, :]
loss = mse(y, t)
`,
  },
  {
    name: "states",
    source: `x = input([2])
t = target()
W = parameter([2, 2])
average = state([2], next(s) = 0.9 * s + 0.1 * batchMean(x), {init: [1, 2]})
steps = state([], next(n) = n + 1)
slow = state([2, 2], next(V) = 0.99 * V + 0.01 * W)
most = state([2], next(s) = max(s, average .* batchMean(whenTraining(x .^ 2, x))))
y = sum(tanh((W + 0.1 * slow) * (x - average) / (1 + steps) + most))
loss = (y - t)^2
training = {optimizer: adam({learningRate: 0.01})}
`,
  },
  {
    name: "a scan that draws",
    source: `x = input([3, 2])
t = target()
W = parameter([2, 2])
U = parameter([2, 2])
cell(s, z) = tanh(W * s + U * dropout(z, {rate: 0.3}) + 0.1 * whenTraining(random([2], {shared: true}), 0.5))
h = scan(cell, zeros([2]), x)
g = scan(cell, zeros([2]), h, {unroll: true, reverse: true})
on = scan(cell, h[end, :], x)
loss = (sum(g[1, :] + on[end, :]) - t)^2
`,
  },
  {
    name: "a recurrence of second order, and one from its end on, of a state that forgets which sample it is of",
    source: `x = input([3, 2])
t = target([2])
W = parameter([2, 2])
w = parameter([2])
h = scan(step(s, v) = {a: tanh(W * s.a + 0.5 * s.old + v), old: s.a}, {a: zeros([2]), old: w}, x)
g = scan(step(s, v) = {a: s.c .* v + 0.5 * s.a, c: w .* w}, {a: h.a[end, :], c: t}, h.a)
back = scan(step(s, v) = {a: s.a .* s.c + v, c: tanh(w)}, {a: t, c: [1, 0.5]}, x, {reverse: true})
y = g.a[end, :] + back.a[1, :]
loss = mse(y, t)
`,
  },
  {
    name: "a recurrence that takes its state apart, and a running mean of its end",
    source: `x = input([3, 4])
t = target([4])
Q = parameter([2, 2])
h = scan(step(s, v) = tanh(flatten(Q * reshape(groupNorm(s + v, 2), [2, 2]))), zeros([4]), x)
usual = state([4], next(u) = 0.9 * u + 0.1 * batchMean(h[end, :]))
loss = mse(h[end, :] - usual, t)
`,
  },
  {
    name: "a convolution in a recurrence, and one whose steps mix samples",
    source: `x = input([3, 2, 5])
t = target([2])
layer(s) = conv1d(s, {filters: 2, kernel: 3, padding: "same"})
m = scan(step(s, v) = let(z = layer(s), maxPool1d(concat(tanh(z + v), z, 2), 2)), zeros([2, 5]), x)
g = scan(add(s, v) = s - 0.5 * batchMean(s) + sum(v), 0, m)
y = dense(flatten(m[end, :, :]), 2) + g[end]
loss = mse(y, t)
`,
  },
  {
    name: "a scan of one step, and one written out",
    source: `x = input([1, 2])
z = input([3])
t = target([2])
w = parameter([2])
a = scan(step(s, v) = w .* (s + v), zeros([2]), x)
b = scan(step(s, v) = tanh(w .* s + v), w, z, {unroll: true})
loss = mse(a[1, :] + b[end, :], t)
`,
  },
  {
    name: "attention by hand",
    source: `x = input([3, 2])
Q = parameter([2, 2])
K = parameter([2, 2])
V = parameter([2, 2])
weights = softmax((x * Q) * (x * K)' / sqrt(2))
y = weights * (x * V)
loss = sum((y - x) .^ 2)
`,
  },
];

/** Every function and view. */
export const functionNetworks: readonly MatrixNetwork[] = [...functions, ...views, ...convolutions];

/** Every other construct of the language. */
export const wholeNetworks: readonly MatrixNetwork[] = whole;
