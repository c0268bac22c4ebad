/** Layers own parameters, named after the statement that calls them: h = dense(x, 16) owns h.weight and h.bias. */
export const layers = String.raw`
# How many units a layer has.
unitsOf(units) = defaults({units: units}, {}, {units: "1, 2, …"}).units

# A vector, or each row of a matrix, through weight (units by inputs), bias and activation.
dense(x, units, options) = let(
  o = defaults(options, {activation: identity, bias: true, init: "xavierUniform"}),
  n = unitsOf(units),
  weight = parameter([n, size(ofRank(x, [1, 2]))[end]], {init: o.init}),
  product = rank(x) == 1 ? weight * x : x * weight',
  o.activation(o.bias ? let(bias = parameter([n]), product + bias) : product)
)

# Srivastava et al. 2014: each element is 0 with the probability rate, and else larger, so that its mean stays.
dropout(x, options) = let(
  o = defaults(options, {rate: 0.5}, {rate: "[0, 1)"}),
  whenTraining(where(o.rate <= random(size(x)), 1 / (1 - o.rate) * x, 0), x)
)

# Of the standard normal distribution (Box and Muller 1958).
randomNormal(shape, options) = sqrt(-2 * log(1 - random(shape, options))) .* cos(tau * random(shape, options))
`;
