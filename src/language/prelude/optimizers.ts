/**
 * How a parameter w and its states s change, given its gradient g, the number t of the step (from 1) and the options o.
 * The defaults and conventions are PyTorch's. The last argument says where options must lie: a learning rate of 0 learns
 * nothing, and an average that decays by 1 forgets nothing.
 */
export const optimizers = String.raw`
# The gradient with that of (c/2) |w|^2 added.
decayed(g, w, c) = c == 0 ? g : g + c * w

sgd = optimizer(
  {learningRate: 0.01, weightDecay: 0}, {},
  step(w, g, s, t, o) = {w: w - o.learningRate * decayed(g, w, o.weightDecay)},
  {learningRate: "(0, Infinity)", weightDecay: "[0, Infinity)"}
)

# Polyak 1964.
momentum = optimizer(
  {learningRate: 0.01, momentum: 0.9, weightDecay: 0}, {v: 0},
  step(w, g, s, t, o) = let(
    v = o.momentum * s.v + decayed(g, w, o.weightDecay),
    {w: w - o.learningRate * v, v: v}
  ),
  {learningRate: "(0, Infinity)", momentum: "[0, 1)", weightDecay: "[0, Infinity)"}
)

# Nesterov 1983, as in Sutskever et al. 2013.
nesterov = optimizer(
  {learningRate: 0.01, momentum: 0.9, weightDecay: 0}, {v: 0},
  step(w, g, s, t, o) = let(
    d = decayed(g, w, o.weightDecay),
    v = o.momentum * s.v + d,
    {w: w - o.learningRate * (d + o.momentum * v), v: v}
  ),
  {learningRate: "(0, Infinity)", momentum: "[0, 1)", weightDecay: "[0, Infinity)"}
)

# Duchi, Hazan and Singer 2011.
adagrad = optimizer(
  {learningRate: 0.01, epsilon: 1e-10, weightDecay: 0}, {a: 0},
  step(w, g, s, t, o) = let(
    d = decayed(g, w, o.weightDecay),
    a = s.a + d .* d,
    {w: w - o.learningRate * d ./ (sqrt(a) + o.epsilon), a: a}
  ),
  {learningRate: "(0, Infinity)", epsilon: "[0, Infinity)", weightDecay: "[0, Infinity)"}
)

# Tieleman and Hinton 2012.
rmsprop = optimizer(
  {learningRate: 0.01, decay: 0.99, epsilon: 1e-8, weightDecay: 0}, {a: 0},
  step(w, g, s, t, o) = let(
    d = decayed(g, w, o.weightDecay),
    a = o.decay * s.a + (1 - o.decay) * d .* d,
    {w: w - o.learningRate * d ./ (sqrt(a) + o.epsilon), a: a}
  ),
  {learningRate: "(0, Infinity)", decay: "[0, 1)", epsilon: "[0, Infinity)", weightDecay: "[0, Infinity)"}
)

# Zeiler 2012, algorithm 1. u, which starts at 0, holds the size of past steps: epsilon alone makes the first one move.
adadelta = optimizer(
  {learningRate: 1, decay: 0.9, epsilon: 1e-6, weightDecay: 0}, {a: 0, u: 0},
  step(w, g, s, t, o) = let(
    d = decayed(g, w, o.weightDecay),
    a = o.decay * s.a + (1 - o.decay) * d .* d,
    change = sqrt(s.u + o.epsilon) ./ sqrt(a + o.epsilon) .* d,
    {w: w - o.learningRate * change, a: a, u: o.decay * s.u + (1 - o.decay) * change .* change}
  ),
  {learningRate: "(0, Infinity)", decay: "[0, 1)", epsilon: "(0, Infinity)", weightDecay: "[0, Infinity)"}
)

# Kingma and Ba 2015, algorithm 1; both bias corrections are scalars, so they are taken out of the elementwise part.
adam = optimizer(
  {learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0}, {m: 0, v: 0},
  step(w, g, s, t, o) = let(
    d = decayed(g, w, o.weightDecay),
    m = o.beta1 * s.m + (1 - o.beta1) * d,
    v = o.beta2 * s.v + (1 - o.beta2) * d .* d,
    rate = o.learningRate / (1 - o.beta1 ^ t),
    scale = 1 / sqrt(1 - o.beta2 ^ t),
    {w: w - rate * m ./ (scale * sqrt(v) + o.epsilon), m: m, v: v}
  ),
  {learningRate: "(0, Infinity)", beta1: "[0, 1)", beta2: "[0, 1)", epsilon: "[0, Infinity)", weightDecay: "[0, Infinity)"}
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

# Kingma and Ba 2015, algorithm 2. epsilon keeps u above 0, so that it stands inside the maximum.
adamax = optimizer(
  {learningRate: 0.002, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0}, {m: 0, u: 0},
  step(w, g, s, t, o) = let(
    d = decayed(g, w, o.weightDecay),
    m = o.beta1 * s.m + (1 - o.beta1) * d,
    u = max(o.beta2 * s.u, abs(d) + o.epsilon),
    rate = o.learningRate / (1 - o.beta1 ^ t),
    {w: w - rate * m ./ u, m: m, u: u}
  ),
  {learningRate: "(0, Infinity)", beta1: "[0, 1)", beta2: "[0, 1)", epsilon: "[0, Infinity)", weightDecay: "[0, Infinity)"}
)

# Dozat 2016, algorithm 2, with the momentum's schedule of its section 3.2: p is the product of the momenta so far.
nadam = optimizer(
  {learningRate: 0.002, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, momentumDecay: 0.004, weightDecay: 0},
  {m: 0, v: 0, p: {start: 1, shape: []}},
  step(w, g, s, t, o) = let(
    d = decayed(g, w, o.weightDecay),
    m = o.beta1 * s.m + (1 - o.beta1) * d,
    v = o.beta2 * s.v + (1 - o.beta2) * d .* d,
    now = o.beta1 * (1 - 0.5 * 0.96 ^ (t * o.momentumDecay)),
    next = o.beta1 * (1 - 0.5 * 0.96 ^ ((t + 1) * o.momentumDecay)),
    p = s.p * now,
    ofGradient = o.learningRate * (1 - now) / (1 - p),
    ofMomentum = o.learningRate * next / (1 - p * next),
    scale = 1 / sqrt(1 - o.beta2 ^ t),
    {w: w - (ofGradient * d + ofMomentum * m) ./ (scale * sqrt(v) + o.epsilon), m: m, v: v, p: p}
  ),
  {
    learningRate: "(0, Infinity)", beta1: "[0, 1)", beta2: "[0, 1)", epsilon: "[0, Infinity)",
    momentumDecay: "[0, Infinity)", weightDecay: "[0, Infinity)"
  }
)

# Liu et al. 2020, algorithm 2: plain momentum until the variance of v, of which length tells, is bounded.
radam = optimizer(
  {learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0}, {m: 0, v: 0},
  step(w, g, s, t, o) = let(
    d = decayed(g, w, o.weightDecay),
    m = o.beta1 * s.m + (1 - o.beta1) * d,
    v = o.beta2 * s.v + (1 - o.beta2) * d .* d,
    correction = 1 - o.beta2 ^ t,
    longest = 2 / (1 - o.beta2) - 1,
    length = longest - 2 * t * o.beta2 ^ t / correction,
    isBounded = length > 5,
    part = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length),
    rate = o.learningRate / (1 - o.beta1 ^ t) * (isBounded ? sqrt(part * correction) : 1),
    {w: w - rate * m ./ (isBounded ? sqrt(v) + o.epsilon : 1), m: m, v: v}
  ),
  {learningRate: "(0, Infinity)", beta1: "[0, 1)", beta2: "[0, 1)", epsilon: "[0, Infinity)", weightDecay: "[0, Infinity)"}
)
`;
