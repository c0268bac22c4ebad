/** Layers own parameters, named after the statement that calls them: h = dense(x, 16) owns h.weight and h.bias. */
export const layers = String.raw`
# A vector, or each row of a matrix, through weight (units by inputs), bias and activation.
dense(x, units, options) = let(
  o = defaults(options, {activation: identity, bias: true, init: "xavierUniform"}),
  weight = parameter([units, size(ofRank(x, [1, 2]))[end]], {init: o.init}),
  product = rank(x) == 1 ? weight * x : x * weight',
  o.activation(o.bias ? let(bias = parameter([units]), product + bias) : product)
)
`;
