/** Sequences are matrices: a row a place. */
export const sequences = String.raw`
# A row of a table of parameters for each id.
embedding(ids, width, options) = let(
  o = defaults(options, {standardDeviation: 1}, {standardDeviation: "(0, Infinity)"}),
  n = defaults({width: width}, {}, {width: "1, 2, …"}).width,
  table = parameter([categories(ids), n], {init: "normal", standardDeviation: o.standardDeviation}),
  gather(table, ids)
)

# To be added to the rows of a sequence, so that they tell their place.
learnedPositions(length, width, options) = let(
  o = defaults(options, {standardDeviation: 0.02}, {standardDeviation: "(0, Infinity)"}),
  places = defaults({length: length, width: width}, {}, {length: "1, 2, …", width: "1, 2, …"}),
  table = parameter([places.length, places.width], {init: "normal", standardDeviation: o.standardDeviation}),
  table
)
# Vaswani et al. 2017, section 3.5: sin(i / 10000^(2k / width)) in column 2k, counted from 0, and the cosine in column 2k + 1.
sinusoidalPositions(length, width) = let(
  column = reshape(0:width - 1, [1, width]),
  pair = floor(column / 2),
  angle = reshape(0:length - 1, [length, 1]) .* 10000 .^ (-2 * pair / width),
  where(column == 2 * pair, sin(angle), cos(angle))
)

# Of the first n places of a sequence 1, of the others 0: a mask of what padding follows.
paddingMask(n, length) = where((1:length) <= n, 1, 0)

# Vaswani et al. 2017, section 3.2: softmax(q k' / sqrt(width)) v, for each head on its own part of the columns. A place i
# of q does not see the place j of k where the mask is 0 (or false), or, if causal, where j > i; the score is -Infinity then.
# What sees nothing at all gets zeros. With alibi, Press, Smith and Lewis 2022, scores sink with the distance |i - j|, the more
# steeply the lower the number of the head, so that no other positions are needed.
attention(q, k, v, options) = let(
  o = defaults(options, {heads: 1, causal: false, alibi: false, mask: []}, {heads: "1, 2, …"}),
  divides(part, whole) = part == floor(part) and whole / part == floor(whole / part),
  n = size(ofRank(q, [2]))[1],
  m = size(ofRank(k, [2]))[1],
  keys = check(k, size(k)[2] == size(q)[2], {
    message: "$0 is $found wide, but what attends to it is $width wide.",
    hint: "bring them to one width, with dense", found: size(k)[2], width: size(q)[2]
  }),
  values = check(ofRank(v, [2]), size(v)[1] == m, {
    message: "There are $m places to attend to, but values for $found.",
    hint: "give as many values as keys", found: size(v)[1], m: m
  }),
  heads = check(o.heads, divides(o.heads, size(q)[2]) and divides(o.heads, size(v)[2]), {
    message: "A width of $q, and one of $v for the values, cannot be split among $heads heads.",
    hint: "choose a whole number of heads that divides both", q: size(q)[2], v: size(v)[2], heads: o.heads
  }),
  split(x) = reshape(x, [size(x)[1], heads, -1]),
  queries = split(q),
  places = reshape(0:n - 1, [n, 1]),
  others = 0:m - 1,
  slopes = reshape(2 .^ (-8 * (1:heads) / heads), [heads, 1, 1]),
  alike = einsum("ihd,jhd->hij", queries, split(keys)) / sqrt(size(queries)[3]),
  scores = o.alibi ? alike - slopes .* abs(places - others) : alike,
  past = o.causal ? others <= places : true,
  mask = o.mask,
  isMasked = count(mask) > 0,
  kept = isMasked ? check(ofRank(mask, [1, 2]), size(mask)[end] == m and (rank(mask) == 1 or size(mask)[1] == n), {
    message: "The mask has $found elements, but $n places attend to $m.",
    hint: "give it $m elements, one a place to attend to, or $n rows of so many", found: size(mask), n: n, m: m
  }) : true,
  seen = past and (isMasked and not isCondition(kept) ? kept > 0 : kept),
  weights = softmax(where(seen, scores, -Infinity)),
  mixed = einsum("hij,jhd->ihd", isMasked ? where(seen, weights, 0) : weights, split(values)),
  reshape(mixed, [n, -1])
)
crossAttention(x, memory, options) = let(
  o = defaults(options, {heads: 1, causal: false, alibi: false, mask: [], bias: true}, {heads: "1, 2, …"}),
  width = size(ofRank(x, [2]))[2],
  query = dense(x, width, {bias: o.bias}),
  key = dense(memory, width, {bias: o.bias}),
  value = dense(memory, width, {bias: o.bias}),
  mixed = attention(query, key, value, {heads: o.heads, causal: o.causal, alibi: o.alibi, mask: o.mask}),
  output = dense(mixed, width, {bias: o.bias}),
  output
)
multiHeadAttention(x, options) = crossAttention(x, x, options)

# Each part sees its input normalised and is added to it (Xiong et al. 2020; Radford et al. 2019), where dropout may leave
# some of it out (Vaswani et al. 2017, section 5.4).
transformerBlock(x, options) = let(
  o = defaults(options, {heads: 1, causal: false, alibi: false, mask: [], expansion: 4, activation: gelu, dropout: 0},
    {heads: "1, 2, …", expansion: "(0, Infinity)", dropout: "[0, 1)"}),
  thinned(part) = o.dropout == 0 ? part : dropout(part, {rate: o.dropout}),
  width = size(ofRank(x, [2]))[2],
  attentionNorm = layerNorm(x),
  attention = multiHeadAttention(attentionNorm, {heads: o.heads, causal: o.causal, alibi: o.alibi, mask: o.mask}),
  attended = x + thinned(attention),
  mlpNorm = layerNorm(attended),
  mlp = let(
    up = dense(mlpNorm, o.expansion * width, {activation: o.activation}),
    down = dense(up, width),
    down
  ),
  attended + thinned(mlp)
)
`;
