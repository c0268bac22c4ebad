/**
 * How a parameter w and its states s change, given its gradient g, the number t of the step (from 1) and the options o.
 * The defaults and conventions are PyTorch's.
 */
export const optimizers = String.raw`
sgd = optimizer({learningRate: 0.01}, {}, step(w, g, s, t, o) = {w: w - o.learningRate * g})

# Polyak 1964.
momentum = optimizer({learningRate: 0.01, momentum: 0.9}, {v: 0}, step(w, g, s, t, o) = let(
  v = o.momentum * s.v + g,
  {w: w - o.learningRate * v, v: v}
))

# Nesterov 1983, as in Sutskever et al. 2013.
nesterov = optimizer({learningRate: 0.01, momentum: 0.9}, {v: 0}, step(w, g, s, t, o) = let(
  v = o.momentum * s.v + g,
  {w: w - o.learningRate * (g + o.momentum * v), v: v}
))

# Duchi, Hazan and Singer 2011.
adagrad = optimizer({learningRate: 0.01, epsilon: 1e-10}, {a: 0}, step(w, g, s, t, o) = let(
  a = s.a + g .* g,
  {w: w - o.learningRate * g ./ (sqrt(a) + o.epsilon), a: a}
))

# Tieleman and Hinton 2012.
rmsprop = optimizer({learningRate: 0.01, decay: 0.99, epsilon: 1e-8}, {a: 0}, step(w, g, s, t, o) = let(
  a = o.decay * s.a + (1 - o.decay) * g .* g,
  {w: w - o.learningRate * g ./ (sqrt(a) + o.epsilon), a: a}
))

# Kingma and Ba 2015, algorithm 1; both bias corrections are scalars, so they are taken out of the elementwise part.
adam = optimizer(
  {learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8}, {m: 0, v: 0},
  step(w, g, s, t, o) = let(
    m = o.beta1 * s.m + (1 - o.beta1) * g,
    v = o.beta2 * s.v + (1 - o.beta2) * g .* g,
    rate = o.learningRate / (1 - o.beta1 ^ t),
    scale = 1 / sqrt(1 - o.beta2 ^ t),
    {w: w - rate * m ./ (scale * sqrt(v) + o.epsilon), m: m, v: v}
  )
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
  )
)
`;
