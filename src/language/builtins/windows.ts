import { formatShape, type Node } from "../../graph/index.ts";
import { windowCount } from "../../operations/index.ts";
import { knownNumber } from "../arrays.ts";
import { optionsOf } from "../options.ts";
import { Spoilt } from "../problem.ts";
import { isOrHas, nodeOf, realNode, requireReal, sayShape } from "../tensors.ts";
import { type Field, type Value, sayFound, tensor } from "../value.ts";
import type { Argument, Builtin, Call } from "./builtin.ts";

type Options = ReadonlyMap<string, Field>;

/** What lies around x along each axis that has windows, before it and after it. */
type Borders = readonly (readonly [before: number, after: number])[];

const windowOptions = ["stride", "padding", "dilation", "fill"] as const;

/**
 * `window(x, [3, 3], {stride: 2, padding: "same"})`: windows along the last dimensions, as many as there are sizes. Their
 * own elements are further dimensions at the end.
 */
const window: Builtin = {
  name: "window",
  usage: 'window(x, [3, 3], {stride: 1, padding: "valid", dilation: 1, fill: 0})',
  minimum: 2,
  maximum: 3,
  options: windowOptions,
  apply: (call): Value => {
    const [x, size, options] = call.arguments as readonly [Argument, Argument, Argument?]; // counted by the evaluator
    const node = nodeOf(call, x);
    const sizes = sizesOf(call, size);
    const { shape } = node.type;
    const first = shape.length - sizes.length;
    if (first < 0) throw tooFewDimensions(call, x, shape, sizes.length);
    const given = optionsOf(call, options, windowOptions);
    const strides = eachOf(call, "stride", given, sizes.length, 1);
    const dilations = eachOf(call, "dilation", given, sizes.length, 1);
    const extents = shape.slice(first);
    const borders = bordersOf(call, given, { extents, sizes, strides, dilations });
    const padded = extents.map((extent, k) => extent + pairAt(borders, k)[0] + pairAt(borders, k)[1]);
    const geometry = { axes: extents.map((_, k) => first + k), sizes, strides, dilations };
    const odd = padded.findIndex(
      (extent, k) => windowCount(extent, at(sizes, k), at(strides, k), at(dilations, k)) < 1,
    );
    if (odd >= 0) throw tooLarge(call, x, shape, { sizes, dilations, padded });
    const fill = fillOf(call, given);
    if (padded.some((extent, k) => extent !== at(extents, k))) {
      requireReal(call, x, node);
      if (!Number.isFinite(fill)) requireElements(call, x, { extents, borders, padded, geometry, fill });
    }
    return tensor(call.build.apply("window", [padding(call, node, borders, fill)], geometry));
  },
};

const overlapOptions = ["stride", "padding", "outputPadding", "dilation"] as const;

/**
 * `overlapAdd(y, 2, {stride: 2})`: windows put back and added up where they overlap; y has the shape that `window` gives
 * them. `padding` is what is cut off again, `outputPadding` how much longer the whole was than the windows reach.
 */
const overlapAdd: Builtin = {
  name: "overlapAdd",
  usage: "overlapAdd(windows, dimensions, {stride: 1, padding: 0, outputPadding: 0, dilation: 1})",
  minimum: 2,
  maximum: 3,
  options: overlapOptions,
  apply: (call): Value => {
    const [y, dimensions, options] = call.arguments as readonly [Argument, Argument, Argument?]; // counted by the evaluator
    const node = realNode(call, y);
    const count = knownNumber(call, dimensions);
    const { shape } = node.type;
    const rank = shape.length - count;
    if (!Number.isInteger(count) || count < 1 || count > rank)
      throw tooFewDimensions(call, y, shape, Number.isInteger(count) ? 2 * count : 2);
    const given = optionsOf(call, options, overlapOptions);
    const strides = eachOf(call, "stride", given, count, 1);
    const dilations = eachOf(call, "dilation", given, count, 1);
    const further = eachOf(call, "outputPadding", given, count, 0);
    const wrong = further.findIndex((each, k) => each >= at(strides, k));
    if (wrong >= 0) {
      const [found, stride] = [String(further[wrong]), String(strides[wrong])];
      throw call.problem(
        "wrong-option",
        `outputPadding must be below the stride, but ${found} is not below ${stride}: another window would fit.`,
        "make it smaller",
        given.get("outputPadding")?.span,
      );
    }
    const axes = strides.map((_, k) => rank - count + k);
    const sizes = shape.slice(rank);
    const reached = axes.map(
      (axis, k) => (at(shape, axis) - 1) * at(strides, k) + (at(sizes, k) - 1) * at(dilations, k) + 1,
    );
    // With "same", each window makes `stride` elements, and those that it does not reach are 0.
    const least = (k: number): number =>
      wordOf(given) === "same" ? at(strides, k) - (at(sizes, k) - 1) * at(dilations, k) - 1 : 0;
    const extents = reached.map((extent, k) => extent + Math.max(at(further, k), least(k)));
    const whole = call.build.apply("overlapAdd", [node], { axes, extents, strides, dilations });
    const cut = cutsOf(call, given, { extents: reached, sizes, strides, dilations });
    return tensor(cropped(call, whole, axes, cut));
  },
};

function sizesOf(call: Call, { value, expression }: Argument): readonly number[] {
  const sizes = value.kind === "number" ? [value.value] : value.kind === "array" ? value.data : [];
  if (sizes.length > 0 && sizes.every((each) => Number.isSafeInteger(each) && each > 0)) return sizes;
  throw call.problem(
    "wrong-argument",
    `A window cannot have ${sayFound(value)} as its size.`,
    "write a positive whole number, or an array of them, such as [3, 3]",
    expression.span,
  );
}

/** An option that is a whole number from `least`, or one for each dimension. */
function eachOf(
  call: Call,
  name: string,
  options: Options,
  count: number,
  least: 0 | 1,
  further = "",
): readonly number[] {
  const field = options.get(name);
  if (field === undefined) return Array.from({ length: count }, () => least);
  const { value } = field;
  if (value.kind === "poison") throw new Spoilt();
  const data =
    value.kind === "number"
      ? Array.from({ length: count }, () => value.value)
      : value.kind === "array" && value.shape.length === 1
        ? value.data
        : [];
  if (data.length === count && data.every((each) => Number.isSafeInteger(each) && each >= least)) return data;
  const several = count === 1 ? "" : `, or an array of ${String(count)}`;
  throw call.problem(
    "wrong-option",
    `${name} must be ${further}a whole number of at least ${String(least)}${several}, not ${sayFound(value)}.`,
    name === "padding" && value.kind === "string" && value.value === "causal"
      ? "put zeros before x: concat(zeros([channels, n]), x), with n = (kernel - 1) * dilation"
      : `write, for example, ${name}: ${String(least + 1)}`,
    field.span,
  );
}

interface Geometry {
  readonly extents: readonly number[];
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

const words = '"valid", "same", ';

/**
 * How much `padding` puts around x. "same" gives a window for every stride-th element; what cannot be shared equally goes
 * behind, as in TensorFlow and PyTorch.
 */
function bordersOf(call: Call, options: Options, geometry: Geometry): Borders {
  const { extents, sizes, strides, dilations } = geometry;
  const word = wordOf(options);
  if (word === "valid") return extents.map(() => [0, 0]);
  if (word !== "same") return symmetric(eachOf(call, "padding", options, extents.length, 0, words));
  return extents.map((extent, k) => {
    const reach = (at(sizes, k) - 1) * at(dilations, k) + 1;
    return shared((Math.ceil(extent / at(strides, k)) - 1) * at(strides, k) + reach - extent);
  });
}

/** How much of what windows add up to `padding` cuts off: with "same", stride times as much as there are windows stays. */
function cutsOf(call: Call, options: Options, geometry: Geometry): Borders {
  const { extents, sizes, strides, dilations } = geometry;
  const word = wordOf(options);
  if (word === "valid") return extents.map(() => [0, 0]);
  if (word !== "same") return symmetric(eachOf(call, "padding", options, extents.length, 0, words));
  return extents.map((_, k) => shared((at(sizes, k) - 1) * at(dilations, k) + 1 - at(strides, k)));
}

function wordOf(options: Options): string | undefined {
  const value = options.get("padding")?.value;
  if (value === undefined) return "valid";
  return value.kind === "string" ? value.value : undefined;
}

function symmetric(paddings: readonly number[]): Borders {
  return paddings.map((padding) => [padding, padding]);
}

function shared(total: number): readonly [number, number] {
  const before = Math.floor(Math.max(0, total) / 2);
  return [before, Math.max(0, total) - before];
}

function fillOf(call: Call, options: Options): number {
  const field = options.get("fill");
  if (field === undefined) return 0;
  const { value } = field;
  if (value.kind === "poison") throw new Spoilt();
  if (value.kind === "number" && !Number.isNaN(value.value)) return value.value;
  throw call.problem(
    "wrong-option",
    `fill must be a number, not ${sayFound(value)}.`,
    "leave it out for 0",
    field.span,
  );
}

function padding({ build }: Call, node: Node, borders: Borders, fill: number): Node {
  const { shape } = node.type;
  const first = shape.length - borders.length;
  const around = shape.map((_, axis) => (axis < first ? ([0, 0] as const) : pairAt(borders, axis - first)));
  if (around.every(([before, after]) => before + after === 0)) return node;
  return build.apply("pad", [node], {
    shape: shape.map((extent, axis) => extent + pairAt(around, axis)[0] + pairAt(around, axis)[1]),
    starts: around.map(([before]) => before),
    steps: shape.map(() => 1),
    ...(fill === 0 ? {} : { value: fill }),
  });
}

function cropped(call: Call, whole: Node, axes: readonly number[], cut: Borders): Node {
  const { shape } = whole.type;
  const around = shape.map((_, axis) =>
    axes.includes(axis) ? pairAt(cut, axes.indexOf(axis)) : ([0, 0] as const),
  );
  if (around.every(([before, after]) => before + after === 0)) return whole;
  const sizes = shape.map((extent, axis) => extent - pairAt(around, axis)[0] - pairAt(around, axis)[1]);
  if (sizes.every((size) => size > 0)) {
    const starts = around.map(([before]) => before);
    return call.build.apply("slice", [whole], { starts, sizes, steps: shape.map(() => 1) });
  }
  const axis = sizes.findIndex((size) => size <= 0);
  const [extent, [before, after]] = [at(shape, axis), pairAt(around, axis)];
  throw call.problem(
    "shape-mismatch",
    `The windows add up to ${sayShape(shape)}: along dimension ${String(axis + 1)} the padding takes away ${String(before + after)} of ${String(extent)}.`,
    extent < 3 ? "leave padding out" : `make padding at most ${String(Math.floor((extent - 1) / 2))}`,
  );
}

/** A window without any element of x would have no maximum. */
function requireElements(
  call: Call,
  x: Argument,
  {
    extents,
    borders,
    padded,
    geometry: { sizes, strides, dilations },
    fill,
  }: {
    readonly extents: readonly number[];
    readonly borders: Borders;
    readonly padded: readonly number[];
    readonly geometry: Omit<Geometry, "extents">;
    readonly fill: number;
  },
): void {
  const isEmpty = extents.some((extent, k) => {
    const [size, stride, dilation] = [at(sizes, k), at(strides, k), at(dilations, k)];
    const before = pairAt(borders, k)[0];
    return Array.from({ length: windowCount(at(padded, k), size, stride, dilation) }, (_, o) => o).some((o) =>
      Array.from({ length: size }, (_, offset) => o * stride + offset * dilation - before).every(
        (place) => place < 0 || place >= extent,
      ),
    );
  });
  if (!isEmpty) return;
  throw call.problem(
    "wrong-option",
    `With that much padding, some windows hold no element of ${x.label}, only ${String(fill)}.`,
    "make the padding at most half as large as the window",
  );
}

function tooFewDimensions(call: Call, x: Argument, shape: readonly number[], needed: number): Error {
  return call.problem(
    "shape-mismatch",
    `${x.label} ${isOrHas(shape)}: there are not ${String(needed)} dimensions for windows.`,
    "give it as many dimensions, with reshape, or fewer sizes",
  );
}

function tooLarge(
  call: Call,
  x: Argument,
  shape: readonly number[],
  {
    sizes,
    dilations,
    padded,
  }: Pick<Geometry, "sizes" | "dilations"> & { readonly padded: readonly number[] },
): Error {
  const reach = sizes.map((size, k) => (size - 1) * at(dilations, k) + 1);
  const spread = dilations.some((dilation) => dilation > 1) ? `, dilated to ${formatShape(reach)},` : "";
  const own = shape.slice(shape.length - sizes.length);
  const around = padded.some((extent, k) => extent !== at(own, k))
    ? `, padded to ${formatShape(padded)}`
    : "";
  return call.problem(
    "shape-mismatch",
    `${x.label} ${isOrHas(shape)}${around}: a window of ${formatShape(sizes)}${spread} does not fit.`,
    'make the window smaller, or the padding larger: padding: "same"',
  );
}

function at(values: readonly number[], k: number): number {
  return values[k] ?? 1;
}

function pairAt(pairs: Borders, k: number): readonly [number, number] {
  return pairs[k] ?? [0, 0];
}

export const windowBuiltins: readonly Builtin[] = [window, overlapAdd];
