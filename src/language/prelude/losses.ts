/** Of one sample: y is the prediction, t the target. The mean over the batch comes by itself. */
export const losses = String.raw`
squaredError(y, t) = sum((y - t) .^ 2)
meanSquaredError(y, t) = mean((y - t) .^ 2)
mse(y, t) = meanSquaredError(y, t)
meanAbsoluteError(y, t) = mean(abs(y - t))
mae(y, t) = meanAbsoluteError(y, t)

# Huber 1964: quadratic up to delta, linear beyond.
huber(y, t, options) = let(
  o = defaults(options, {delta: 1}, {delta: "(0, Infinity)"}),
  d = abs(y - t),
  mean(where(d <= o.delta, 0.5 * d .^ 2, o.delta * (d - 0.5 * o.delta)))
)

# log cosh d = |d| + log(1 + exp(-2|d|)) - log 2, which does not overflow.
logCosh(y, t) = let(d = abs(y - t), mean(d + softplus(-2 * d) - log(2)))

# t between 0 and 1.
binaryCrossEntropy(y, t) = -mean(t .* log(y) + (1 - t) .* log(1 - y))
binaryCrossEntropyFromLogits(z, t) = mean(softplus(z) - t .* z)

# Of probabilities p and a label or a distribution t.
crossEntropy(p, t) = isLabel(t) ? -log(gather(p, t)) : -sum(t .* log(p))
categoricalCrossEntropy(p, t) = crossEntropy(p, t)
crossEntropyFromLogits(z, t) = isLabel(t) ? logSumExp(z) - gather(z, t) : -sum(t .* logSoftmax(z))

# t is -1 or 1.
hinge(y, t) = mean(max(1 - t .* y, 0))

# Kullback and Leibler's divergence of the distribution p from t; 0 log 0 = 0.
klDivergence(p, t) = sum(t .* (log(where(t > 0, t, 1)) - log(p)))

# Negative log-likelihood of counts t at the rate y, without the term that y does not change.
poisson(y, t) = mean(y - t .* log(y))

# One minus the cosine of the angle between y and t.
cosineSimilarity(y, t) = 1 - dot(y, t) / (norm(y) * norm(t))

l1(w) = sum(abs(w))
l2(w) = sum(w .^ 2)
`;
