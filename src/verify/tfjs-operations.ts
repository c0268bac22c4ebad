import type * as tensorFlow from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { invariant } from "../diagnostics/index.ts";
import { type Node, type NodeOf, type OperationName, sizeOf } from "../graph/index.ts";
import { at } from "./indexing.ts";
import { overlapping, placement, windows } from "./tfjs-windows.ts";

export type TensorFlow = typeof tensorFlow;

/** TensorFlow.js has no differentiable counterpart of the operation. */
export class Untranslatable extends Error {}

/**
 * The operation of `node` as TensorFlow.js says it. Batched tensors carry the batch as their first axis; an unbatched
 * operand of a batched node is repeated for each sample, because the gradients of `maximum`, `minimum`, `where` and `matMul`
 * in TensorFlow.js forget to sum over what they broadcast.
 */
export function translateOperation(
  tf: TensorFlow,
  node: Node,
  operands: readonly Tensor[],
  batchSize: number,
): Tensor {
  const aligned = operands.map((operand, k) =>
    node.type.batched && node.inputs[k]?.type.batched === false
      ? spread(tf, operand.expandDims(0), [batchSize, ...operand.shape])
      : operand,
  );
  // The table is indexed by the node's own operation.
  const translate = translations[node.operation] as Translation<OperationName>;
  return translate({ tf, node, operands: aligned, batchSize, lead: node.type.batched ? 1 : 0 });
}

interface Context<K extends OperationName> {
  readonly tf: TensorFlow;
  readonly node: NodeOf<K>;
  readonly operands: readonly Tensor[];
  readonly batchSize: number;
  /** How many axes come before those of one sample: 1 for batched nodes. */
  readonly lead: 0 | 1;
}

type Translation<K extends OperationName> = (context: Context<K>) => Tensor;

const translations: { readonly [K in OperationName]: Translation<K> } = {
  input: unbound,
  parameter: unbound,
  state: unbound,
  step: unbound,
  placeholder: unbound,
  delay: unbound,
  random: unbound,
  constant: ({ tf, node }) => tf.fill([...node.type.shape], node.attributes.value),
  literal: ({ tf, node }) => tf.tensor([...node.attributes.data], [...node.type.shape], "float32"),
  iota: ({ tf, node }) => {
    const { shape } = node.type;
    const axis = node.attributes.axis;
    const ends = shape.map((extent, k) => (k === axis ? extent : 1));
    return tf
      .range(0, at(shape, axis), 1, "int32")
      .reshape(ends)
      .tile(shape.map((extent, k) => (k === axis ? 1 : extent)));
  },
  batchSize: ({ tf, batchSize }) => tf.scalar(batchSize),

  negate: unary((tf, x) => tf.neg(x)),
  abs: unary((tf, x) => tf.abs(x)),
  sign: unary((tf, x) => tf.sign(x)),
  floor: unary((tf, x) => tf.floor(x)),
  ceil: unary((tf, x) => tf.ceil(x)),
  round: unary((tf, x) => tf.round(x)),
  exp: unary((tf, x) => tf.exp(x)),
  expm1: unary((tf, x) => tf.expm1(x)),
  log: unary((tf, x) => tf.log(x)),
  log1p: unary((tf, x) => tf.log1p(x)),
  sqrt: unary((tf, x) => tf.sqrt(x)),
  sin: unary((tf, x) => tf.sin(x)),
  cos: unary((tf, x) => tf.cos(x)),
  tan: unary((tf, x) => tf.tan(x)),
  asin: unary((tf, x) => tf.asin(x)),
  acos: unary((tf, x) => tf.acos(x)),
  atan: unary((tf, x) => tf.atan(x)),
  sinh: unary((tf, x) => tf.sinh(x)),
  cosh: unary((tf, x) => tf.cosh(x)),
  tanh: unary((tf, x) => tf.tanh(x)),
  asinh: unary((tf, x) => tf.asinh(x)),
  acosh: unary((tf, x) => tf.acosh(x)),
  atanh: unary((tf, x) => tf.atanh(x)),
  erf: unary((tf, x) => tf.erf(x)),
  sigmoid: unary((tf, x) => tf.sigmoid(x)),
  softplus: unary((tf, x) => tf.softplus(x)),
  not: unary((tf, x) => tf.logicalNot(x)),
  toReal: unary((tf, x) => tf.cast(x, "float32")),
  stopGradient: unary(detach),

  add: binary((tf, a, b) => tf.add(a, b)),
  subtract: binary((tf, a, b) => tf.sub(a, b)),
  multiply: binary((tf, a, b) => tf.mul(a, b)),
  divide: binary((tf, a, b) => tf.div(a, b)),
  power: binary((tf, a, b) => tf.pow(a, b)),
  maximum: binary((tf, a, b) => tf.maximum(a, b)),
  minimum: binary((tf, a, b) => tf.minimum(a, b)),
  less: binary((tf, a, b) => tf.less(detach(tf, a), detach(tf, b))),
  lessEqual: binary((tf, a, b) => tf.lessEqual(detach(tf, a), detach(tf, b))),
  greater: binary((tf, a, b) => tf.greater(detach(tf, a), detach(tf, b))),
  greaterEqual: binary((tf, a, b) => tf.greaterEqual(detach(tf, a), detach(tf, b))),
  equal: binary((tf, a, b) => tf.equal(detach(tf, a), detach(tf, b))),
  notEqual: binary((tf, a, b) => tf.notEqual(detach(tf, a), detach(tf, b))),
  and: binary((tf, a, b) => tf.logicalAnd(a, b)),
  or: binary((tf, a, b) => tf.logicalOr(a, b)),
  select: ({ tf, operands: [condition, a, b] }) => {
    invariant(condition && a && b, "select has three operands");
    return tf.where(condition, a, b);
  },
  whenTraining: ({ operands: [a] }) => {
    invariant(a, "whenTraining has two operands");
    return a;
  },

  broadcast: ({ tf, node, operands, lead }) => {
    const x = only(operands);
    const { axes, shape } = node.attributes;
    const kept = shape.map((extent, axis) => (axes.includes(axis) ? extent : 1));
    const batch = x.shape.slice(0, lead);
    return spread(tf, x.reshape([...batch, ...kept]), [...batch, ...shape]);
  },
  permute: ({ tf, node, operands, lead }) => {
    const order = node.attributes.order.map((axis) => axis + lead);
    return tf.transpose(only(operands), lead === 1 ? [0, ...order] : order);
  },
  reshape: ({ node, operands, lead }) => {
    const x = only(operands);
    return x.reshape([...x.shape.slice(0, lead), ...node.type.shape]);
  },
  slice: ({ tf, node, operands, lead }) => {
    const { starts, sizes, steps } = node.attributes;
    // stridedSlice has no gradient in TensorFlow.js, gather along one axis after another has.
    return starts.reduce<Tensor>((x, start, axis) => {
      const indices = Array.from({ length: at(sizes, axis) }, (_, k) => start + k * at(steps, axis));
      return tf.gather(x, tf.tensor1d(indices, "int32"), axis + lead);
    }, only(operands));
  },
  pad: ({ tf, node, operands, lead }) => {
    const { shape, starts, steps, value } = node.attributes;
    const operand = node.inputs[0]?.type.shape ?? [];
    // Step by step: each axis is a product with the matrix that puts element i at start + i · step.
    const placed = (whole: Tensor): Tensor =>
      shape.reduce<Tensor>((x, extent, axis) => {
        const indices = Array.from(
          { length: at(operand, axis) },
          (_, k) => at(starts, axis) + k * at(steps, axis),
        );
        return contractAxis(tf, x, axis + lead, placement(tf, indices, extent));
      }, whole);
    const x = only(operands);
    const inZeros = placed(x);
    if (value === undefined) return inZeros;
    return tf.where(placed(tf.ones(x.shape)).toBool(), inZeros, tf.fill(inZeros.shape, value));
  },
  window: ({ tf, node, operands, lead }) => windows(tf, node, only(operands), lead),
  overlapAdd: ({ tf, node, operands, lead }) =>
    overlapping(tf, node, only(operands), lead, (x, axis, matrix) => contractAxis(tf, x, axis, matrix)),
  concatenate: ({ tf, node, operands, lead }) => tf.concat([...operands], node.attributes.axis + lead),

  gather: (context) => {
    const [table, indices] = context.operands;
    return place(context, indices, table, false);
  },
  scatterAdd: (context) => {
    const [indices, added] = context.operands;
    return place(context, indices, added, true);
  },
  einsum: (context) => contract(context),
  reduce: ({ tf, node, operands, lead }) => {
    const axes = node.attributes.axes.map((axis) => axis + lead);
    const extremum = (f: typeof tf.max) => (x: Tensor) => shareTies(tf, x, f(x, axes, true), axes);
    const kinds: Readonly<Record<typeof node.attributes.kind, (x: Tensor) => Tensor>> = {
      sum: (x) => tf.sum(x, axes),
      max: extremum(tf.max),
      min: extremum(tf.min),
      logSumExp: (x) => tf.logSumExp(x, axes),
    };
    return kinds[node.attributes.kind](only(operands));
  },
  batchReduce: ({ tf, node, operands }) =>
    node.attributes.kind === "sum" ? tf.sum(only(operands), 0) : tf.mean(only(operands), 0),
};

/**
 * Rows chosen or added to by indices, as a product with their one-hot matrix: gather has a gradient in TensorFlow.js, but
 * not where every sample has its own table.
 */
function place(
  { tf, node, batchSize, lead }: Context<"gather" | "scatterAdd">,
  indices: Tensor | undefined,
  rows: Tensor | undefined,
  transposed: boolean,
): Tensor {
  invariant(indices && rows, "the operation has two operands");
  const samples = lead === 1 ? batchSize : 1;
  const extent = at((transposed ? node : node.inputs[0])?.type.shape ?? [], 0);
  const places = tf.oneHot(indices.toInt().flatten(), extent).toFloat();
  const matrix = places.reshape([samples, places.size / extent / samples, extent]);
  const count = transposed ? at(matrix.shape, 1) : extent;
  const table = rows.reshape([samples, count, rows.size / count / samples]);
  const product = tf.matMul(matrix, table, transposed);
  return product.reshape([...(lead === 1 ? [batchSize] : []), ...node.type.shape]);
}

/** As one batched matrix product: the letters common to all three, those of the left, of the right, and the summed. */
function contract(context: Context<"einsum">): Tensor {
  const { tf, node, operands, batchSize, lead } = context;
  const [inputs = "", output = ""] = node.attributes.specification.split("->");
  const [lettersA = "", lettersB = ""] = inputs.split(",");
  const [a, b] = operands;
  invariant(a && b, "einsum has two operands");
  const left = dropPrivateSums(tf, a, lettersA, lettersB + output, lead);
  const right = dropPrivateSums(tf, b, lettersB, lettersA + output, lead);
  const letters = Array.from(new Set([...Array.from(left.letters), ...Array.from(right.letters)]));
  const inLeft = (letter: string) => left.letters.includes(letter);
  const inRight = (letter: string) => right.letters.includes(letter);
  const both = letters.filter((letter) => inLeft(letter) && inRight(letter));
  const shared = both.filter((letter) => output.includes(letter));
  const summed = both.filter((letter) => !output.includes(letter));
  const onlyLeft = letters.filter((letter) => !inRight(letter));
  const onlyRight = letters.filter((letter) => !inLeft(letter));

  const arrange = (x: Tensor, own: string, order: readonly string[][]): Tensor => {
    const axes = order.flat().map((letter) => own.indexOf(letter) + lead);
    const [shared = 1, rows = 1, columns = 1] = order.map((group) =>
      sizeOf(group.map((letter) => at(x.shape, own.indexOf(letter) + lead))),
    );
    const turned = tf.transpose(x, lead === 1 ? [0, ...axes] : axes);
    return turned.reshape([(lead === 1 ? batchSize : 1) * shared, rows, columns]);
  };
  const extentOf = (letter: string): number =>
    inLeft(letter)
      ? at(left.x.shape, left.letters.indexOf(letter) + lead)
      : at(right.x.shape, right.letters.indexOf(letter) + lead);
  const product = tf.matMul(
    arrange(left.x, left.letters, [shared, onlyLeft, summed]),
    arrange(right.x, right.letters, [shared, summed, onlyRight]),
  );
  const order = [...shared, ...onlyLeft, ...onlyRight];
  const batch = lead === 1 ? [batchSize] : [];
  const unfolded = product.reshape([...batch, ...order.map(extentOf)]);
  const axes = Array.from(output, (letter) => order.indexOf(letter) + lead);
  return tf.transpose(unfolded, lead === 1 ? [0, ...axes] : axes);
}

/** Sums away the letters that only this operand has. */
function dropPrivateSums(
  tf: TensorFlow,
  x: Tensor,
  own: string,
  others: string,
  lead: number,
): { readonly x: Tensor; readonly letters: string } {
  const letters = Array.from(own);
  const axes = letters.flatMap((letter, axis) => (others.includes(letter) ? [] : [axis + lead]));
  return {
    x: axes.length === 0 ? x : tf.sum(x, axes),
    letters: letters.filter((letter) => others.includes(letter)).join(""),
  };
}

/**
 * The extremum of x along `axes` as the mean of the elements that attain it, so that these share its derivative: that of
 * `max` in TensorFlow.js goes to each of them in full.
 */
function shareTies(tf: TensorFlow, x: Tensor, extremum: Tensor, axes: number[]): Tensor {
  const attained = tf.equal(detach(tf, x), detach(tf, extremum));
  // Chosen, not multiplied by 0 or 1: windows are padded with −∞.
  const chosen = tf.where(attained, x, tf.zerosLike(x));
  return tf.div(tf.sum(chosen, axes), tf.sum(attained.toFloat(), axes));
}

/** x with its axis multiplied by `matrix` [extent of the axis, new extent]. */
function contractAxis(tf: TensorFlow, x: Tensor, axis: number, matrix: Tensor): Tensor {
  const axes = x.shape.map((_, k) => k);
  const last = [...axes.filter((k) => k !== axis), axis];
  const rest = x.shape.filter((_, k) => k !== axis);
  const rows = tf.transpose(x, last).reshape<tensorFlow.Tensor2D>([sizeOf(rest), at(x.shape, axis)]);
  const moved = tf.matMul(rows, matrix);
  const back = [...axes.slice(0, axis), axes.length - 1, ...axes.slice(axis, -1)];
  return tf.transpose(moved.reshape([...rest, at(matrix.shape, 1)]), back);
}

/** x along axes of extent 1. As a product, because the gradient of `tile` in TensorFlow.js ends at four axes. */
function spread(tf: TensorFlow, x: Tensor, shape: readonly number[]): Tensor {
  return tf.mul(x, tf.ones([...shape], x.dtype));
}

/** The same numbers without a past: TensorFlow.js fails on a comparison between it and a leaf, even in a condition. */
function detach(tf: TensorFlow, x: Tensor): Tensor {
  return tf.tensor(x.dataSync(), x.shape, x.dtype);
}

function unary(f: (tf: TensorFlow, x: Tensor) => Tensor): Translation<OperationName> {
  return ({ tf, operands }) => f(tf, only(operands));
}

function binary(f: (tf: TensorFlow, a: Tensor, b: Tensor) => Tensor): Translation<OperationName> {
  return ({ tf, operands: [a, b] }) => {
    invariant(a && b, "the operation has two operands");
    return f(tf, a, b);
  };
}

function only(operands: readonly Tensor[]): Tensor {
  const [x] = operands;
  invariant(x, "the operation has an operand");
  return x;
}

function unbound({ node }: Context<OperationName>): never {
  throw new Untranslatable(`the leaf ${node.operation}`);
}
