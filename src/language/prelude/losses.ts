/** Of one sample: y is the prediction, t the target. The mean over the batch comes by itself. */
export const losses = String.raw`
# y, to be compared with t element by element: of one shape with it, unless one of them is a single number. A 4×1 prediction
# and a target of 4 would else be spread to 4×4 pairs.
ofShapeOf(y, t) = let(
  isSame(a, b) = rank(a) == rank(b) ? sum(abs(size(a) - size(b))) == 0 : false,
  isColumn(a, b) = rank(a) == 2 and rank(b) == 1 ? size(a)[2] == 1 and size(a)[1] == size(b)[1] : false,
  rank(y) == 0 or rank(t) == 0 or isLabel(y) or isLabel(t) ? y : isSame(y, t) ? y : check(y, false, {
    message: "$0 has the shape [$found], but $$t has [$wanted]: what is compared element by element has one shape.",
    hint:
      isColumn(y, t) ? "write $0[:, 1], or give $$t the shape [$found], as in target([$found])"
      : isColumn(t, y) ? "write $$t[:, 1], or give it the shape [$found], as in target([$found])"
      : count(y) == count(t) ? "write reshape($0, [$wanted])"
      : rank(y) == 1 and count(y) == 1 ? "write $0[1] to compare one number with all of them"
      : rank(t) == 1 and count(t) == 1 ? "write $$t[1] to compare one number with all of them"
      : "let $0 have the shape [$wanted], or declare what it is compared with as target([$found])",
    found: size(y), wanted: size(t), t: t
  })
)

# The mean of the losses that loss(y, t) gives, one for each element or row. With a mask, whose dimensions are the first of
# theirs, it is sum(m .* l) / sum(m) of what the mask keeps, the m above 0, and 0 where it keeps nothing. A target that is not
# kept may be anything, even NaN.
maskedMean(loss, y, t, mask) = count(mask) == 0 ? mean(loss(y, t)) : let(
  places = size(loss(y, t)),
  leads(m, shape) = count(shape) < rank(m) ? false : max(abs(shape[1:rank(m)] - size(m))) == 0,
  isOne = rank(mask) == 0 or count(places) == 0,
  m = check(mask, isOne ? false : leads(mask, places), {
    message: isOne ? "A mask chooses among losses, but here is one number on either side."
      : "The mask has $found elements, but there are $places losses.",
    hint: isOne ? "multiply the loss by the weight of its sample"
      : count(places) == 1 ? "give it an element for each loss" : "give it an element for each loss, or for each row of them",
    found: size(mask), places: places
  }),
  kept = isCondition(m) ? m : m > 0,
  weights = flatten(where(kept, isCondition(m) ? 1 : m, 0)),
  rows(x) = reshape(x, [count(m), -1]),
  goal = isLabel(t) ? t : leads(m, size(t)) ? reshape(where(rows(kept), rows(t), 0), size(t)) : t,
  row = mean(rows(loss(y, goal)), 2),
  total = sum(weights),
  sum(where(flatten(kept), weights .* row, 0)) / where(total > 0, total, 1)
)

squaredError(y, t) = sum((ofShapeOf(y, t) - t) .^ 2)
meanSquaredError(y, t, options) = maskedMean(each(y, t) = (y - t) .^ 2, ofShapeOf(y, t), t, defaults(options, {mask: []}).mask)
mse(y, t, options) = meanSquaredError(y, t, options)
meanAbsoluteError(y, t, options) = maskedMean(each(y, t) = abs(y - t), ofShapeOf(y, t), t, defaults(options, {mask: []}).mask)
mae(y, t, options) = meanAbsoluteError(y, t, options)

# Huber 1964: quadratic up to delta, linear beyond.
huber(y, t, options) = let(
  o = defaults(options, {delta: 1, mask: []}, {delta: "(0, Infinity)"}),
  each(y, t) = let(d = abs(y - t), where(d <= o.delta, 0.5 * d .^ 2, o.delta * (d - 0.5 * o.delta))),
  maskedMean(each, ofShapeOf(y, t), t, o.mask)
)

# log cosh d = |d| + log(1 + exp(-2|d|)) - log 2, which does not overflow.
logCosh(y, t, options) = let(
  each(y, t) = let(d = abs(y - t), d + softplus(-2 * d) - log(2)),
  maskedMean(each, ofShapeOf(y, t), t, defaults(options, {mask: []}).mask)
)

# t between 0 and 1.
binaryCrossEntropy(y, t, options) = let(
  each(y, t) = t .* log(y) + (1 - t) .* log(1 - y),
  -maskedMean(each, ofShapeOf(y, t), t, defaults(options, {mask: []}).mask)
)
binaryCrossEntropyFromLogits(z, t, options) = let(
  each(z, t) = softplus(z) - t .* z,
  maskedMean(each, ofShapeOf(z, t), t, defaults(options, {mask: []}).mask)
)

# The element of each row of x that label t names.
pick(x, t) = rank(x) == 0 or rank(x) == 1 and count(t) == 1 ? gather(x, t) : let(
  rows = check(x, count(x) == count(t) * categories(t) and size(x)[end] == categories(t), {
    message: "$0 has the shape [$found], but there are $labels labels of $n categories.",
    hint: "give it a row for each label, with an element for each category", found: size(x), labels: count(t), n: categories(t)
  }),
  sum(where(oneHot(t) == 1, rows, 0), rank(x))
)

# Of probabilities p and a label or a distribution t; of the rows of a matrix and a label or a distribution each, the mean.
crossEntropy(p, t, options) = let(
  each(p, t) = isLabel(t) ? log(pick(p, t)) : alongLast(sum, t .* log(ofShapeOf(p, t))),
  -maskedMean(each, p, t, defaults(options, {mask: []}).mask)
)
categoricalCrossEntropy(p, t, options) = crossEntropy(p, t, options)

# labelSmoothing s trains for (1 - s) t + s / n instead of t (Szegedy et al. 2016, section 7).
crossEntropyFromLogits(z, t, options) = let(
  o = defaults(options, {labelSmoothing: 0, mask: []}, {labelSmoothing: "[0, 1)"}),
  s = o.labelSmoothing,
  each(z, t) = let(
    hard = isLabel(t) ? alongLast(logSumExp, z) - pick(z, t) : -alongLast(sum, t .* logSoftmax(ofShapeOf(z, t))),
    s == 0 ? hard : (1 - s) * hard - s * alongLast(mean, logSoftmax(z))
  ),
  maskedMean(each, z, t, o.mask)
)

# Lin et al. 2017: (1 - p)^gamma times the cross-entropy -log p, where p is the probability of the label t.
focalFromLogits(z, t, options) = let(
  o = defaults(options, {gamma: 2, mask: []}, {gamma: "[0, Infinity)"}),
  each(z, t) = let(
    all = alongLast(logSumExp, z),
    others = alongLast(logSumExp, where(oneHot(t) == 1, -Infinity, z)),
    exp(o.gamma * (others - all)) .* (all - pick(z, t))
  ),
  maskedMean(each, z, t, o.mask)
)
# The same of one logit and a t that is 0 or 1; alpha weighs the ones, 1 - alpha the zeros.
binaryFocalFromLogits(z, t, options) = let(
  o = defaults(options, {gamma: 2, alpha: 0.25, mask: []}, {gamma: "[0, Infinity)", alpha: "[0, 1]"}),
  each(z, t) = let(
    s = (2 * t - 1) .* z,
    (o.alpha * t + (1 - o.alpha) * (1 - t)) .* exp(-o.gamma * softplus(s)) .* softplus(-s)
  ),
  maskedMean(each, ofShapeOf(z, t), t, o.mask)
)

# t is -1 or 1.
hinge(y, t, options) = maskedMean(each(y, t) = max(1 - t .* y, 0), ofShapeOf(y, t), t, defaults(options, {mask: []}).mask)

# Kullback and Leibler's divergence of the distribution p from t; 0 log 0 = 0.
klDivergence(p, t) = sum(t .* (log(where(t > 0, t, 1)) - log(ofShapeOf(p, t))))

# Negative log-likelihood of counts t at the rate y, without the term that y does not change.
poisson(y, t, options) = maskedMean(each(y, t) = y - t .* log(y), ofShapeOf(y, t), t, defaults(options, {mask: []}).mask)

# One minus the cosine of the angle between y and t.
cosineSimilarity(y, t) = let(p = ofShapeOf(y, t), 1 - dot(p, t) / (norm(p) * norm(t)))

# Koenker and Bassett 1978: least where y is the quantile q of t, so that t lies below y with probability q.
quantile(y, t, options) = let(
  o = defaults(options, {q: 0.5, mask: []}, {q: "(0, 1)"}),
  each(y, t) = let(d = t - y, max(o.q * d, (o.q - 1) * d)),
  maskedMean(each, ofShapeOf(y, t), t, o.mask)
)

# Of a normal distribution with mean y and the logarithm of its variance; full adds log(2 pi) / 2, which nothing changes.
gaussianNegativeLogLikelihood(y, logVariance, t, options) = let(
  o = defaults(options, {full: false, mask: []}),
  v = ofShapeOf(logVariance, t),
  each(y, t) = v + (t - y) .^ 2 .* exp(-v),
  0.5 * maskedMean(each, ofShapeOf(y, t), t, o.mask) + (o.full ? 0.5 * log(2 * pi) : 0)
)

# Schroff, Kalenichenko and Philbin 2015: nearer to what is alike than to what is not, by a margin. As PyTorch, epsilon is
# added to each difference, so that the distance of equal points has a derivative.
triplet(anchor, alike, other, options) = let(
  o = defaults(options, {margin: 1, epsilon: 1e-6}, {margin: "[0, Infinity)", epsilon: "[0, Infinity)"}),
  a = ofShapeOf(anchor, alike),
  b = ofShapeOf(other, anchor),
  max(norm(a - alike + o.epsilon) - norm(a - b + o.epsilon) + o.margin, 0)
)

l1(w) = sum(abs(w))
l2(w) = sum(w .^ 2)
`;
