/**
 * Options of an optimizer that follow the step: functions of its number t, from 1. Before step t, t - 1 steps have been
 * taken, which is what PyTorch's schedulers count; where they go on beyond their last step, these stay where they are.
 */
export const schedules = String.raw`
# Times the factor after every so many steps.
stepDecay(options) = let(
  o = defaults(options, {factor: 0.1}, {from: "(0, Infinity)", factor: "(0, Infinity)", every: "[1, Infinity)"}),
  rate(t) = o.from * o.factor ^ floor((t - 1) / o.every),
  rate
)

# The same, but a little every step.
exponentialDecay(options) = let(
  o = defaults(options, {every: 1}, {from: "(0, Infinity)", factor: "(0, Infinity)", every: "[1, Infinity)"}),
  rate(t) = o.from * o.factor ^ ((t - 1) / o.every),
  rate
)

# A straight line with power 1.
polynomialDecay(options) = let(
  o = defaults(
    options, {lowest: 0, power: 1},
    {from: "(0, Infinity)", lowest: "[0, Infinity)", steps: "[1, Infinity)", power: "(0, Infinity)"}
  ),
  rate(t) = o.lowest + (o.from - o.lowest) * (1 - min((t - 1) / o.steps, 1)) ^ o.power,
  rate
)

# Half a cosine wave. Loshchilov and Hutter 2017, equation 5.
cosineDecay(options) = let(
  o = defaults(options, {lowest: 0}, {from: "(0, Infinity)", lowest: "[0, Infinity)", steps: "[1, Infinity)"}),
  rate(t) = o.lowest + (o.from - o.lowest) * (1 + cos(pi * min((t - 1) / o.steps, 1))) / 2,
  rate
)

# Loshchilov and Hutter 2017: cosine decays one after the other, each the factor longer than the one before. Cycle n begins
# after period (1 + factor + ... + factor^(n - 1)) steps; half a step more keeps rounding away from where it begins.
warmRestarts(options) = let(
  o = defaults(
    options, {lowest: 0, factor: 1},
    {from: "(0, Infinity)", lowest: "[0, Infinity)", period: "[1, Infinity)", factor: "[1, Infinity)"}
  ),
  rate(t) = let(
    growth = o.factor - 1,
    n = growth == 0 ? floor((t - 0.5) / o.period) : floor(log((t - 0.5) / o.period * growth + 1) / log(o.factor)),
    start = growth == 0 ? n * o.period : (o.factor ^ n - 1) / growth * o.period,
    length = growth == 0 ? o.period : o.period * o.factor ^ n,
    o.lowest + (o.from - o.lowest) * (1 + cos(pi * (t - 1 - start) / length)) / 2
  ),
  rate
)

# Goyal et al. 2017, section 2.2: up in a straight line to where another schedule begins, whose first step comes after.
warmup(options) = let(
  o = defaults(options, {}, {steps: "[1, Infinity)", then: "schedule"}),
  rate(t) = t <= o.steps ? o.then(1) * t / o.steps : o.then(t - o.steps),
  rate
)

# Vaswani et al. 2017, equation 3, where the peak is (width * warmup) ^ -0.5.
inverseSquareRoot(options) = let(
  o = defaults(options, {}, {peak: "(0, Infinity)", warmup: "[1, Infinity)"}),
  rate(t) = o.peak * min(t / o.warmup, sqrt(o.warmup / t)),
  rate
)

# Smith and Topin 2019, as PyTorch has it: half a cosine wave up during the first part of the steps, and one down.
oneCycle(options) = let(
  o = defaults(
    options, {rise: 0.3, divisor: 25, finalDivisor: 10000},
    {
      peak: "(0, Infinity)", steps: "[1, Infinity)", rise: "(0, 1)",
      divisor: "[1, Infinity)", finalDivisor: "[1, Infinity)"
    }
  ),
  first = o.peak / o.divisor,
  last = first / o.finalDivisor,
  top = o.rise * o.steps - 1,
  wave(a, b, part) = b + (a - b) * (1 + cos(pi * part)) / 2,
  rate(t) = t - 1 <= top
    ? wave(first, o.peak, (t - 1) / max(top, 1))
    : wave(o.peak, last, min((t - 1 - top) / (o.steps - 1 - top), 1)),
  rate
)
`;
