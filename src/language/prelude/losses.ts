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

# The element of each row of x that label t names.
pick(x, t) = rank(x) < 2 ? gather(x, t) : let(
  rows = check(x, count(x) == count(t) * categories(t) and size(x)[end] == categories(t), {
    message: "$0 is $found, but there are $labels labels of $n categories.",
    hint: "give it a row for each label, with an element for each category", found: size(x), labels: count(t), n: categories(t)
  }),
  sum(where(oneHot(t) == 1, rows, 0), rank(x))
)

# Of probabilities p and a label or a distribution t; of the rows of a matrix and a label or a distribution each, the mean.
crossEntropy(p, t) = isLabel(t) ? -mean(log(pick(p, t))) : -mean(alongLast(sum, t .* log(p)))
categoricalCrossEntropy(p, t) = crossEntropy(p, t)

# labelSmoothing s trains for (1 - s) t + s / n instead of t (Szegedy et al. 2016, section 7).
crossEntropyFromLogits(z, t, options) = let(
  s = defaults(options, {labelSmoothing: 0}, {labelSmoothing: "[0, 1)"}).labelSmoothing,
  hard = isLabel(t) ? alongLast(logSumExp, z) - pick(z, t) : -alongLast(sum, t .* logSoftmax(z)),
  mean(s == 0 ? hard : (1 - s) * hard - s * alongLast(mean, logSoftmax(z)))
)

# Lin et al. 2017: (1 - p)^gamma times the cross-entropy -log p, where p is the probability of the label t.
focalFromLogits(z, t, options) = let(
  o = defaults(options, {gamma: 2}, {gamma: "[0, Infinity)"}),
  all = alongLast(logSumExp, z),
  others = alongLast(logSumExp, where(oneHot(t) == 1, -Infinity, z)),
  mean(exp(o.gamma * (others - all)) .* (all - pick(z, t)))
)
# The same of one logit and a t that is 0 or 1; alpha weighs the ones, 1 - alpha the zeros.
binaryFocalFromLogits(z, t, options) = let(
  o = defaults(options, {gamma: 2, alpha: 0.25}, {gamma: "[0, Infinity)", alpha: "[0, 1]"}),
  s = (2 * t - 1) .* z,
  mean((o.alpha * t + (1 - o.alpha) * (1 - t)) .* exp(-o.gamma * softplus(s)) .* softplus(-s))
)

# t is -1 or 1.
hinge(y, t) = mean(max(1 - t .* y, 0))

# Kullback and Leibler's divergence of the distribution p from t; 0 log 0 = 0.
klDivergence(p, t) = sum(t .* (log(where(t > 0, t, 1)) - log(p)))

# Negative log-likelihood of counts t at the rate y, without the term that y does not change.
poisson(y, t) = mean(y - t .* log(y))

# One minus the cosine of the angle between y and t.
cosineSimilarity(y, t) = 1 - dot(y, t) / (norm(y) * norm(t))

# Koenker and Bassett 1978: least where y is the quantile q of t, so that t lies below y with probability q.
quantile(y, t, options) = let(o = defaults(options, {q: 0.5}, {q: "(0, 1)"}), d = t - y, mean(max(o.q * d, (o.q - 1) * d)))

# Of a normal distribution with mean y and the logarithm of its variance; full adds log(2 pi) / 2, which nothing changes.
gaussianNegativeLogLikelihood(y, logVariance, t, options) = let(
  o = defaults(options, {full: false}),
  0.5 * mean(logVariance + (t - y) .^ 2 .* exp(-logVariance)) + (o.full ? 0.5 * log(2 * pi) : 0)
)

# Schroff, Kalenichenko and Philbin 2015: nearer to what is alike than to what is not, by a margin. As PyTorch, epsilon is
# added to each difference, so that the distance of equal points has a derivative.
triplet(anchor, alike, other, options) = let(
  o = defaults(options, {margin: 1, epsilon: 1e-6}, {margin: "[0, Infinity)", epsilon: "[0, Infinity)"}),
  max(norm(anchor - alike + o.epsilon) - norm(anchor - other + o.epsilon) + o.margin, 0)
)

l1(w) = sum(abs(w))
l2(w) = sum(w .^ 2)
`;
