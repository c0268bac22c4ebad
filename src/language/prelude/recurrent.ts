/**
 * Along the rows of a matrix, one row a step. What the weights make of the rows does not wait for the state: it is computed for all
 * steps at once. Gates and their order are PyTorch's, and so is where weights start; of its two biases, which add up, there
 * is one.
 */
export const recurrent = String.raw`
# What a state starts as: a vector with an element for each unit.
startingState(start, units) = check(start, rank(start) == 1 and count(start) == units, {
  message: "$0 has the shape [$found], but the state of a layer of $units units has $units elements.",
  hint: "give it $units elements, as zeros([$units]) has", found: size(start), units: units
})

# Elman 1990: h = activation(W x + b + R h).
rnn(x, units, options) = let(
  n = unitsOf(units),
  o = defaults(options, {activation: tanh, bias: true, reverse: false, initial: zeros([n])}),
  initial = o.initial,
  start = startingState(initial, n),
  k = 1 / sqrt(n),
  weight = parameter([n, size(ofRank(x, [2]))[2]], {init: "uniform", low: -k, high: k}),
  recurrentWeight = parameter([n, n], {init: "uniform", low: -k, high: k}),
  bias = o.bias ? parameter([n], {init: "uniform", low: -k, high: k}) : 0,
  inputs = x * weight' + bias,
  scan(step(h, a) = o.activation(a + recurrentWeight * h), start, inputs, {reverse: o.reverse})
)

# Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000: the gates i, f, g, o are the four parts of
# W x + b + R h; c = f c + i g and h = o tanh(c).
lstmStates(x, units, options) = let(
  n = unitsOf(units),
  o = defaults(options, {bias: true, reverse: false, initial: {h: zeros([n]), c: zeros([n])}}),
  initial = o.initial,
  start = {h: startingState(initial.h, n), c: startingState(initial.c, n)},
  k = 1 / sqrt(n),
  weight = parameter([4 * n, size(ofRank(x, [2]))[2]], {init: "uniform", low: -k, high: k}),
  recurrentWeight = parameter([4 * n, n], {init: "uniform", low: -k, high: k}),
  bias = o.bias ? parameter([4 * n], {init: "uniform", low: -k, high: k}) : 0,
  inputs = x * weight' + bias,
  step(s, a) = let(
    gates = a + recurrentWeight * s.h,
    admit = sigmoid(gates[1:n]),
    forget = sigmoid(gates[n + 1:2 * n]),
    candidate = tanh(gates[2 * n + 1:3 * n]),
    emit = sigmoid(gates[3 * n + 1:4 * n]),
    c = forget .* s.c + admit .* candidate,
    {h: emit .* tanh(c), c: c}
  ),
  scan(step, start, inputs, {reverse: o.reverse})
)
lstm(x, units, options) = lstmStates(x, units, options).h

# Cho et al. 2014, in the form that PyTorch and cuDNN have: the gates r, z are parts of W x + b + R h, the candidate is
# n = tanh(its part of W x + b + r (R h + its own bias)), and h = (1 - z) n + z h.
gru(x, units, options) = let(
  n = unitsOf(units),
  o = defaults(options, {bias: true, reverse: false, initial: zeros([n])}),
  initial = o.initial,
  start = startingState(initial, n),
  k = 1 / sqrt(n),
  weight = parameter([3 * n, size(ofRank(x, [2]))[2]], {init: "uniform", low: -k, high: k}),
  recurrentWeight = parameter([3 * n, n], {init: "uniform", low: -k, high: k}),
  bias = o.bias ? parameter([3 * n], {init: "uniform", low: -k, high: k}) : 0,
  candidateBias = o.bias ? parameter([n], {init: "uniform", low: -k, high: k}) : 0,
  inputs = x * weight' + bias,
  step(h, a) = let(
    recurrent = recurrentWeight * h,
    reset = sigmoid(a[1:n] + recurrent[1:n]),
    update = sigmoid(a[n + 1:2 * n] + recurrent[n + 1:2 * n]),
    candidate = tanh(a[2 * n + 1:3 * n] + reset .* (recurrent[2 * n + 1:3 * n] + candidateBias)),
    (1 - update) .* candidate + update .* h
  ),
  scan(step, start, inputs, {reverse: o.reverse})
)

# Forwards and backwards, side by side (Schuster and Paliwal 1997).
bidirectional(layer, x, units, options) = let(
  o = defaults(options, {bias: true}),
  forward = layer(x, units, {bias: o.bias}),
  backward = layer(x, units, {bias: o.bias, reverse: true}),
  concat(forward, backward, 2)
)

# One on top of another.
stacked(layers, layer, x, units, options) = repeat(layers, each(z) = layer(z, units, options), x)
`;
