/**
 * Values brought to mean 0 and variance 1, then scaled and shifted by parameters. As PyTorch: the variance is the biased
 * one (÷ n), and epsilon is added to it under the root.
 */
export const normalisation = String.raw`
standardise(x, epsilon) = let(
  centred = x - ofRows(mean, x),
  centred ./ sqrt(ofRows(mean, centred .^ 2) + epsilon)
)

# Ba, Kiros and Hinton 2016: over the last dimension, whose elements have a scale and a shift each.
layerNorm(x, options) = let(
  o = defaults(options, {epsilon: 1e-5, affine: true}, {epsilon: "[0, Infinity)"}),
  n = size(ofRank(x, [1, 2, 3]))[end],
  standard = standardise(x, o.epsilon),
  o.affine ? let(scale = parameter([n], {init: "ones"}), shift = parameter([n]), scale .* standard + shift) : standard
)

# Zhang and Sennrich 2019: neither centred nor shifted. The default of epsilon is the distance of 1 from the next number
# of single precision, as in PyTorch.
rmsNorm(x, options) = let(
  o = defaults(options, {epsilon: 2 ^ -23, affine: true}, {epsilon: "[0, Infinity)"}),
  n = size(ofRank(x, [1, 2, 3]))[end],
  standard = x ./ sqrt(ofRows(mean, x .^ 2) + o.epsilon),
  o.affine ? let(scale = parameter([n], {init: "ones"}), scale .* standard) : standard
)

# Wu and He 2018: over groups of channels, the first dimension, with all that belongs to them; each channel has a scale
# and a shift.
groupNorm(x, groups, options) = let(
  o = defaults(options, {epsilon: 1e-5, affine: true}, {epsilon: "[0, Infinity)"}),
  n = size(ofRank(x, [1, 2, 3]))[1],
  m = defaults({groups: groups}, {}, {groups: "1, 2, …"}).groups,
  whole = check(x, n / m == floor(n / m), {
    message: "$0 has $n channels, which cannot be split into $groups groups of one size.",
    hint: "let the number of groups divide $n", n: n, groups: m
  }),
  standard = reshape(standardise(reshape(whole, [m, -1]), o.epsilon), size(x)),
  ofChannels(v) = rank(x) == 1 ? v : reshape(v, concat([n], 0 * size(x)[2:end] + 1)),
  o.affine ? let(
    scale = parameter([n], {init: "ones"}),
    shift = parameter([n]),
    ofChannels(scale) .* standard + ofChannels(shift)
  ) : standard
)

# Ioffe and Szegedy 2015: each channel, the first dimension, over the batch and all places; when the network is used, by
# running averages. As in PyTorch, the variance is that of the batch (divided by N) where it normalises, and the estimate
# of the population's (divided by N - 1) in the running average. One number alone has no such estimate: it changes none.
batchNorm(x, options) = let(
  o = defaults(options, {momentum: 0.1, epsilon: 1e-5, affine: true}, {momentum: "[0, 1]", epsilon: "[0, Infinity)"}),
  n = size(ofRank(x, [1, 2, 3]))[1],
  N = batchSum(1) * count(x) / n,
  ofChannels(v) = rank(x) == 1 ? v : reshape(v, concat([n], 0 * size(x)[2:end] + 1)),
  overAll(v) = batchMean(rank(x) == 1 ? v : mean(reshape(v, [n, -1]), 2)),
  average = overAll(x),
  centred = x - ofChannels(average),
  variance = overAll(centred .^ 2),
  blend(before, now) = (1 - o.momentum) * before + o.momentum * now,
  runningMean = state([n], next(m) = blend(m, average)),
  runningVariance = state([n], next(v) = where(N > 1, blend(v, N / max(N - 1, 1) * variance), v), {init: "ones"}),
  standard = whenTraining(
    centred ./ sqrt(ofChannels(variance) + o.epsilon),
    (x - ofChannels(runningMean)) ./ sqrt(ofChannels(runningVariance) + o.epsilon)
  ),
  o.affine ? let(
    scale = parameter([n], {init: "ones"}),
    shift = parameter([n]),
    ofChannels(scale) .* standard + ofChannels(shift)
  ) : standard
)
`;
