/*
 * What mathjs and other languages have functions for and this one has none: how to write it here, or that it cannot be
 * written. Without these, the nearest name would be suggested, and `std` is no slip for `sgd`.
 */

const spread = "x - mean(x)";

/** Expressions that mean the same, of x, y, A and B; a test computes each. */
export const writtenHere: ReadonlyMap<string, string> = new Map([
  // mathjs's functions for operators.
  ["add", "x + y"],
  ["subtract", "x - y"],
  ["multiply", "A * B"],
  ["matmul", "A * B"],
  ["divide", "x ./ y"],
  ["dotMultiply", "x .* y"],
  ["dotDivide", "x ./ y"],
  ["dotPow", "x .^ y"],
  ["power", "x .^ y"],
  ["unaryMinus", "-x"],
  // Of numbers, element by element.
  ["cbrt", "sign(x) .* abs(x) .^ (1 / 3)"],
  ["hypot", "sqrt(x .^ 2 + y .^ 2)"],
  ["ln", "log(x)"],
  ["exp2", "2 .^ x"],
  ["fix", "sign(x) .* floor(abs(x))"],
  ["sec", "1 ./ cos(x)"],
  ["csc", "1 ./ sin(x)"],
  ["cot", "1 ./ tan(x)"],
  ["sech", "1 ./ cosh(x)"],
  ["csch", "1 ./ sinh(x)"],
  ["coth", "1 ./ tanh(x)"],
  ["erfc", "1 - erf(x)"],
  ["logit", "log(x ./ (1 - x))"],
  ["clip", "min(max(x, 0), 1)"],
  ["clamp", "min(max(x, 0), 1)"],
  ["relu6", "min(max(x, 0), 6)"],
  ["swish", "silu(x)"],
  // Of vectors.
  ["variance", `sum((${spread}) .^ 2) / (count(x) - 1)`],
  ["var", `sum((${spread}) .^ 2) / (count(x) - 1)`],
  ["std", `sqrt(sum((${spread}) .^ 2) / (count(x) - 1))`],
  ["average", "mean(x)"],
  ["length", "count(x)"],
  ["len", "count(x)"],
  ["shape", "size(x)"],
  ["diff", "x[2:end] - x[1:end - 1]"],
  ["cross", "[x[2] * y[3] - x[3] * y[2], x[3] * y[1] - x[1] * y[3], x[1] * y[2] - x[2] * y[1]]"],
  ["stack", "[x, y]"],
  ["tile", "concat(x, x)"],
  ["normalize", "x / norm(x)"],
  ["normalise", "x / norm(x)"],
]);

const noAlgebra = "there are no inverses, decompositions or solvers";
const noSorting = "there is no sorting; max(x) and min(x) give the extremes";
const notAvailable = "it is not available, and cannot be written with what is";

/** The others, in words. */
const saidHere: ReadonlyMap<string, string> = new Map([
  ["if", "write condition ? a : b, or where(condition, a, b)"],
  ["map", "functions act on every element by themselves: write exp(x)"],
  ["atan2", "write 2 * atan(y ./ (sqrt(x .^ 2 + y .^ 2) + x)), which lacks only y = 0 beside a negative x"],
  ["nthRoot", "write x .^ (1 / n) for numbers that are not negative"],
  ["cumsum", "multiply by a triangle of ones: constant([1, 0, 0; 1, 1, 0; 1, 1, 1]) * x for three elements"],
  ["diag", "write x .* y for diag(x) * y, and [A[1, 1], A[2, 2]] for the diagonal of A"],
  ["trace", "write the sum of the diagonal: A[1, 1] + A[2, 2]"],
  ["eye", "write constant([1, 0; 0, 1])"],
  ["range", "write first:last, as in 1:3"],
  ["linspace", "write first:step:last, as in 0:0.5:2"],
  ["resize", "write reshape(x, [rows, columns])"],
  ["det", `${noAlgebra}; of a 2×2 matrix write A[1, 1] * A[2, 2] - A[1, 2] * A[2, 1]`],
  ...["inv", "pinv", "lusolve", "solve", "eigs", "expm", "sqrtm"].map((name) => [name, noAlgebra] as const),
  ...["sort", "median", "mode", "quantileSeq"].map((name) => [name, noSorting] as const),
  ...["argmax", "argmin"].map((name) => [name, "leave it to the program that calls predict"] as const),
  ...["rand", "uniform"].map((name) => [name, "write random([n])"] as const),
  ...["randn", "normal"].map((name) => [name, "write randomNormal([n])"] as const),
  ...["maxPool", "maxPooling2D", "max_pool2d"].map((name) => [name, "write maxPool2d(x, 2)"] as const),
  ...["avgPool", "avgPool2d", "averagePool"].map((name) => [name, "write averagePool2d(x, 2)"] as const),
  ...["convolution", "conv", "correlate", "depthwiseConv2d", "separableConv2d"].map(
    (name) =>
      [
        name,
        "write conv2d(x, {filters: 8, kernel: 3}); groups: channels gives each channel its own",
      ] as const,
  ),
  ...["unfold", "im2col"].map((name) => [name, "write window(x, [3, 3])"] as const),
  ...["fold", "col2im"].map((name) => [name, "write overlapAdd(windows, 2)"] as const),
  [
    "pad",
    "write concat(zeros([n]), x) for n zeros before x; window and convolutions have the option padding",
  ],
  ...["permute", "swapaxes", "moveaxis"].map(
    (name) => [name, 'write einsum("ij->ji", A), with a letter for each dimension'] as const,
  ),
  ...["upsample", "upsample2d", "upSampling2d", "UpSampling2D", "interpolate", "resizeNearest"].map(
    (name) =>
      [
        name,
        "write convolveTranspose(x, ones([channels, 1, 2, 2]), {stride: 2, groups: channels}), which repeats each pixel 2 by 2 times",
      ] as const,
  ),
  ...["instanceNorm", "instanceNorm1d", "instanceNorm2d"].map(
    (name) => [name, "write groupNorm(x, size(x)[1]): a group for each channel"] as const,
  ),
  ...["prelu", "PReLU"].map(
    (name) => [name, "write where(x > 0, x, slope * x) with slope = parameter({init: 0.25})"] as const,
  ),
  ...["repeatVector", "expand", "broadcast"].map(
    (name) => [name, "shapes are spread by themselves: ones([n, 1]) .* x gives n rows of x"] as const,
  ),
  ...["unsqueeze", "expandDims", "squeeze", "view"].map(
    (name) => [name, "write reshape(x, [1, -1]), with the shape that is wanted"] as const,
  ),
  ...["factorial", "gamma", "lgamma"].map((name) => [name, notAvailable] as const),
]);

/** How to write here what another language calls `name`; nothing when the name is not known for that. */
export function elsewhereHint(name: string): string | undefined {
  const expression = writtenHere.get(name);
  return expression === undefined ? saidHere.get(name) : `write ${expression}`;
}
