/**
 * How a parameter w and its states s change, given its gradient g, the number t of the step (from 1) and the options o.
 * The defaults and conventions are PyTorch's. The last argument says where options must lie: a learning rate of 0 learns
 * nothing, and an average that decays by 1 forgets nothing.
 */
export const optimizers = String.raw`
sgd = optimizer({learningRate: 0.01}, {}, step(w, g, s, t, o) = {w: w - o.learningRate * g}, {learningRate: "(0, Infinity)"})

# Polyak 1964.
momentum = optimizer({learningRate: 0.01, momentum: 0.9}, {v: 0}, step(w, g, s, t, o) = let(
  v = o.momentum * s.v + g,
  {w: w - o.learningRate * v, v: v}
), {learningRate: "(0, Infinity)", momentum: "[0, 1)"})

# Nesterov 1983, as in Sutskever et al. 2013.
nesterov = optimizer({learningRate: 0.01, momentum: 0.9}, {v: 0}, step(w, g, s, t, o) = let(
  v = o.momentum * s.v + g,
  {w: w - o.learningRate * (g + o.momentum * v), v: v}
), {learningRate: "(0, Infinity)", momentum: "[0, 1)"})

# Duchi, Hazan and Singer 2011.
adagrad = optimizer({learningRate: 0.01, epsilon: 1e-10}, {a: 0}, step(w, g, s, t, o) = let(
  a = s.a + g .* g,
  {w: w - o.learningRate * g ./ (sqrt(a) + o.epsilon), a: a}
), {learningRate: "(0, Infinity)", epsilon: "[0, Infinity)"})

# Tieleman and Hinton 2012.
rmsprop = optimizer({learningRate: 0.01, decay: 0.99, epsilon: 1e-8}, {a: 0}, step(w, g, s, t, o) = let(
  a = o.decay * s.a + (1 - o.decay) * g .* g,
  {w: w - o.learningRate * g ./ (sqrt(a) + o.epsilon), a: a}
), {learningRate: "(0, Infinity)", decay: "[0, 1)", epsilon: "[0, Infinity)"})

# Kingma and Ba 2015, algorithm 1; both bias corrections are scalars, so they are taken out of the elementwise part.
adam = optimizer(
  {learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8}, {m: 0, v: 0},
  step(w, g, s, t, o) = let(
    m = o.beta1 * s.m + (1 - o.beta1) * g,
    v = o.beta2 * s.v + (1 - o.beta2) * g .* g,
    rate = o.learningRate / (1 - o.beta1 ^ t),
    scale = 1 / sqrt(1 - o.beta2 ^ t),
    {w: w - rate * m ./ (scale * sqrt(v) + o.epsilon), m: m, v: v}
  ),
  {learningRate: "(0, Infinity)", beta1: "[0, 1)", beta2: "[0, 1)", epsilon: "[0, Infinity)"}
)

# Loshchilov and Hutter 2019, algorithm 2.
adamw = optimizer(
  {learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01}, {m: 0, v: 0},
  step(w, g, s, t, o) = let(
    m = o.beta1 * s.m + (1 - o.beta1) * g,
    v = o.beta2 * s.v + (1 - o.beta2) * g .* g,
    rate = o.learningRate / (1 - o.beta1 ^ t),
    scale = 1 / sqrt(1 - o.beta2 ^ t),
    {w: (1 - o.learningRate * o.weightDecay) * w - rate * m ./ (scale * sqrt(v) + o.epsilon), m: m, v: v}
  ),
  {learningRate: "(0, Infinity)", beta1: "[0, 1)", beta2: "[0, 1)", epsilon: "[0, Infinity)", weightDecay: "[0, Infinity)"}
)
`;
