/**
 * Convolution and pooling of one sample, channels first: [channels, width] or [channels, height, width]. As all of deep
 * learning, convolution means cross-correlation: the kernel is not turned around. Layouts and conventions are PyTorch's.
 */
export const convolutions = String.raw`
# How many of n there are in each group.
groupSize(n, groups, what) = check(n / groups, n / groups == floor(n / groups), {
  message: "$n $what cannot be shared equally among $groups groups.",
  hint: "let the number of groups divide that of the $what", n: n, what: what, groups: groups
})

# Dimension 1 of 6, in 2 groups, becomes dimensions of 2 and 3, and one again.
inGroups(x, groups) = let(
  n = size(x)[1] / groups,
  whole = check(x, n == floor(n), {
    message: "$0 has $n along its first dimension, which $groups groups cannot share equally.",
    hint: "let one be a multiple of the other", n: size(x)[1], groups: groups
  }),
  reshape(whole, rank(x) == 1 ? [groups, n] : concat([groups, n], size(x)[2:end]))
)
joinGroups(x) = reshape(x, concat([-1], size(x)[3:end]))

# y[o, t] = sum of K[o, c, i] x[c, t + i], and y[o, h, w] = sum of K[o, c, i, j] x[c, h + i, w + j].
convolve(x, K, options) = let(
  sides = rank(ofRank(K, [3, 4])) - 2,
  one = 0 * (1:sides) + 1,
  o = defaults(options, {stride: one, padding: "valid", dilation: one, groups: 1}, {groups: "1, 2, …"}),
  c = size(ofRank(x, [sides + 1]))[1],
  kernel = check(K, size(K)[2] * o.groups == c, {
    message: "$0 is $shape: in $groups groups that is a kernel for $wanted channels, but there are $c.",
    hint: "make its second dimension $c / $groups: [filters, channels of a group, …sizes]",
    shape: size(K), groups: o.groups, wanted: size(K)[2] * o.groups, c: c
  }),
  windows(x) = window(x, size(kernel)[3:end], {stride: o.stride, padding: o.padding, dilation: o.dilation}),
  grouped(f) = joinGroups(f(inGroups(kernel, o.groups), windows(inGroups(x, o.groups)))),
  sides == 1
    ? (o.groups == 1 ? einsum("oci,cti->ot", kernel, windows(x)) : grouped(f(k, x) = einsum("goci,gcti->got", k, x)))
    : o.groups == 1 ? einsum("ocij,chwij->ohw", kernel, windows(x))
    : grouped(f(k, x) = einsum("gocij,gchwij->gohw", k, x))
)

# The transpose of the linear map that convolve is: y[o, h + i, w + j] is the sum of K[c, o, i, j] x[c, h, w] over all of these.
convolveTranspose(x, K, options) = let(
  sides = rank(ofRank(K, [3, 4])) - 2,
  one = 0 * (1:sides) + 1,
  o = defaults(
    options,
    {stride: one, padding: "valid", outputPadding: one - 1, dilation: one, groups: 1},
    {groups: "1, 2, …"}
  ),
  c = size(ofRank(x, [sides + 1]))[1],
  kernel = check(K, size(K)[1] == c, {
    message: "$0 is $shape: transposed, that is a kernel for $wanted channels, but there are $c.",
    hint: "make its first dimension $c: [channels, filters of a group, …sizes]",
    shape: size(K), wanted: size(K)[1], c: c
  }),
  spread(y) = overlapAdd(y, sides, {
    stride: o.stride, padding: o.padding, outputPadding: o.outputPadding, dilation: o.dilation
  }),
  grouped(f) = joinGroups(spread(f(inGroups(kernel, o.groups), inGroups(x, o.groups)))),
  sides == 1
    ? (o.groups == 1 ? spread(einsum("coi,ct->oti", kernel, x)) : grouped(f(k, x) = einsum("gcoi,gct->goti", k, x)))
    : o.groups == 1 ? spread(einsum("coij,chw->ohwij", kernel, x))
    : grouped(f(k, x) = einsum("gcoij,gchw->gohwij", k, x))
)

conv1d(x, options) = let(
  o = defaults(
    options,
    {stride: 1, padding: "valid", dilation: 1, groups: 1, bias: true, activation: identity, init: "xavierUniform"},
    {filters: "1, 2, …", kernel: "1, 2, …", stride: "1, 2, …", dilation: "1, 2, …", groups: "1, 2, …"}
  ),
  filters = o.groups * groupSize(o.filters, o.groups, "filters"),
  channels = groupSize(size(ofRank(x, [2]))[1], o.groups, "channels"),
  weight = parameter([filters, channels, o.kernel], {init: o.init}),
  y = convolve(x, weight, {stride: o.stride, padding: o.padding, dilation: o.dilation, groups: o.groups}),
  o.activation(o.bias ? let(bias = parameter([o.filters]), y + reshape(bias, [o.filters, 1])) : y)
)

conv2d(x, options) = let(
  o = defaults(
    options,
    {stride: 1, padding: "valid", dilation: 1, groups: 1, bias: true, activation: identity, init: "xavierUniform"},
    {filters: "1, 2, …", kernel: "1, 2, … × 2", stride: "1, 2, … × 2", dilation: "1, 2, … × 2", groups: "1, 2, …"}
  ),
  filters = o.groups * groupSize(o.filters, o.groups, "filters"),
  channels = groupSize(size(ofRank(x, [3]))[1], o.groups, "channels"),
  weight = parameter(concat([filters, channels], o.kernel), {init: o.init}),
  y = convolve(x, weight, {stride: o.stride, padding: o.padding, dilation: o.dilation, groups: o.groups}),
  o.activation(o.bias ? let(bias = parameter([o.filters]), y + reshape(bias, [o.filters, 1, 1])) : y)
)

convTranspose1d(x, options) = let(
  o = defaults(
    options,
    {
      stride: 1, padding: "valid", outputPadding: 0, dilation: 1, groups: 1,
      bias: true, activation: identity, init: "xavierUniform"
    },
    {
      filters: "1, 2, …", kernel: "1, 2, …", stride: "1, 2, …", outputPadding: "0, 1, …", dilation: "1, 2, …",
      groups: "1, 2, …"
    }
  ),
  filters = groupSize(o.filters, o.groups, "filters"),
  channels = o.groups * groupSize(size(ofRank(x, [2]))[1], o.groups, "channels"),
  weight = parameter([channels, filters, o.kernel], {init: o.init}),
  y = convolveTranspose(x, weight, {
    stride: o.stride, padding: o.padding, outputPadding: o.outputPadding, dilation: o.dilation, groups: o.groups
  }),
  o.activation(o.bias ? let(bias = parameter([o.filters]), y + reshape(bias, [o.filters, 1])) : y)
)

convTranspose2d(x, options) = let(
  o = defaults(
    options,
    {
      stride: 1, padding: "valid", outputPadding: 0, dilation: 1, groups: 1,
      bias: true, activation: identity, init: "xavierUniform"
    },
    {
      filters: "1, 2, …", kernel: "1, 2, … × 2", stride: "1, 2, … × 2", outputPadding: "0, 1, … × 2",
      dilation: "1, 2, … × 2", groups: "1, 2, …"
    }
  ),
  filters = groupSize(o.filters, o.groups, "filters"),
  channels = o.groups * groupSize(size(ofRank(x, [3]))[1], o.groups, "channels"),
  weight = parameter(concat([channels, filters], o.kernel), {init: o.init}),
  y = convolveTranspose(x, weight, {
    stride: o.stride, padding: o.padding, outputPadding: o.outputPadding, dilation: o.dilation, groups: o.groups
  }),
  o.activation(o.bias ? let(bias = parameter([o.filters]), y + reshape(bias, [o.filters, 1, 1])) : y)
)

# Elements that share the maximum share its derivative. A padded border never is the maximum.
maxPool1d(x, width, options) = let(
  o = defaults(options, {stride: width, padding: "valid", dilation: 1}),
  w = window(ofRank(x, [2]), width, {stride: o.stride, padding: o.padding, dilation: o.dilation, fill: -Infinity}),
  max(w, {dimension: rank(w)})
)
maxPool2d(x, sides, options) = let(
  s = defaults({sides: sides}, {}, {sides: "1, 2, … × 2"}).sides,
  o = defaults(options, {stride: s, padding: "valid", dilation: [1, 1]}),
  w = window(ofRank(x, [3]), s, {stride: o.stride, padding: o.padding, dilation: o.dilation, fill: -Infinity}),
  max(w, {dimension: [rank(w) - 1, rank(w)]})
)

# The zeros of a padded border count.
averagePool1d(x, width, options) = let(
  o = defaults(options, {stride: width, padding: "valid"}),
  w = window(ofRank(x, [2]), width, {stride: o.stride, padding: o.padding}),
  mean(w, rank(w))
)
averagePool2d(x, sides, options) = let(
  s = defaults({sides: sides}, {}, {sides: "1, 2, … × 2"}).sides,
  o = defaults(options, {stride: s, padding: "valid"}),
  w = window(ofRank(x, [3]), s, {stride: o.stride, padding: o.padding}),
  mean(w, [rank(w) - 1, rank(w)])
)

# Of each channel as a whole.
globalMaxPool(x) = max(ofRank(x, [2, 3]), {dimension: 2:rank(x)})
globalAveragePool(x) = mean(ofRank(x, [2, 3]), 2:rank(x))
`;
