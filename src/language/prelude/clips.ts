/**
 * What becomes of the gradient g of one parameter before the optimizer sees it; `total` is the norm of all gradients
 * together, those of frozen parameters left out. A gradient within the limit stays as it is, to the bit; one that is not
 * finite does not become so.
 */
export const clips = String.raw`
# Each element by itself.
clipByValue(options) = let(
  o = defaults(options, {}, {limit: "(0, Infinity)"}),
  clip(g) = min(max(g, -o.limit), o.limit),
  clip
)

# Each parameter's gradient as a whole: its direction stays.
clipByNorm(options) = let(
  o = defaults(options, {}, {limit: "(0, Infinity)"}),
  clip(g) = g * (o.limit / max(sqrt(sum(g .* g)), o.limit)),
  clip
)

# Pascanu, Mikolov and Bengio 2013, algorithm 1: all gradients together.
clipByGlobalNorm(options) = let(
  o = defaults(options, {}, {limit: "(0, Infinity)"}),
  clip(g, total) = g * (o.limit / max(total, o.limit)),
  clip
)
`;
