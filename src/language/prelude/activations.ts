/** Element by element unless they say otherwise. */
export const activations = String.raw`
identity(x) = x
relu(x) = max(x, 0)
leakyRelu(x, options) = let(o = defaults(options, {slope: 0.01}, {slope: "(-Infinity, Infinity)"}), where(x > 0, x, o.slope * x))

# Clevert, Unterthiner and Hochreiter 2016. expm1 sees only what is negative, so it cannot overflow.
elu(x, options) = let(o = defaults(options, {alpha: 1}, {alpha: "[0, Infinity)"}), where(x > 0, x, o.alpha * expm1(min(x, 0))))

# Klambauer et al. 2017, the two constants of its equation 14.
selu(x) = 1.0507009873554805 * where(x > 0, x, 1.6732632423543772 * expm1(min(x, 0)))

# Hendrycks and Gimpel 2016: x times the standard normal distribution function, and its approximation by tanh.
gelu(x) = 0.5 * x .* (1 + erf(x / sqrt(2)))
geluTanh(x) = 0.5 * x .* (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x .* x .* x)))

silu(x) = x .* sigmoid(x)
softsign(x) = x ./ (1 + abs(x))

# Misra 2019.
mish(x) = x .* tanh(softplus(x))

# 0 below -3, 1 above 3, linear between (Howard et al. 2019).
hardSigmoid(x) = min(max(x / 6 + 0.5, 0), 1)

# A reduction along the last dimension, and the same with one element left there, to be spread over it again.
alongLast(f, x) = rank(x) < 2 ? f(x) : f(x, rank(x))
ofRows(f, x) = rank(x) < 2 ? f(x) : reshape(f(x, rank(x)), concat(size(x)[1:end - 1], [1]))

# Over the last dimension.
logSoftmax(x) = x - ofRows(logSumExp, x)
softmax(x) = exp(logSoftmax(x))

square(x) = x .^ 2
cube(x) = x .^ 3
log2(x) = log(x) / log(2)
log10(x) = log(x) / log(10)
`;
