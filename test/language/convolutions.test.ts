import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { tapeGradients } from "../../src/verify/tape.ts";
import { type Node, sizeOf } from "../../src/graph/index.ts";
import { Builder } from "../../src/operations/index.ts";
import { evaluate } from "../../src/verify/index.ts";
import { read, statement } from "./support.ts";

/*
 * Convolution and pooling against TensorFlow.js's own operations: their values, and their derivatives by what they are applied
 * to and by the kernel. Those keep the channels last, so that everything is turned around on the way.
 */
type Tensors = readonly [tf.Tensor, tf.Tensor];

interface Case {
  readonly x: readonly number[];
  /** As the prelude wants it; absent for pooling. */
  readonly K?: readonly number[];
  readonly expression: string;
  /** Of x [height, width, channels] and K [height, width, in, out], or of vectors likewise. */
  readonly judge: (...tensors: Tensors) => tf.Tensor;
  /** TensorFlow.js has no gradients of dilated convolutions. */
  readonly isValueOnly?: true;
}

const image = (x: tf.Tensor): tf.Tensor3D => x as tf.Tensor3D;
const line = (x: tf.Tensor): tf.Tensor2D => x as tf.Tensor2D;
const kernel2 = (K: tf.Tensor): tf.Tensor4D => K as tf.Tensor4D;
const kernel1 = (K: tf.Tensor): tf.Tensor3D => K as tf.Tensor3D;

const cases: readonly Case[] = [
  {
    x: [2, 5, 6],
    K: [3, 2, 3, 2],
    expression: "convolve(x, K)",
    judge: (x, K) => tf.conv2d(image(x), kernel2(K), 1, "valid"),
  },
  {
    // Stride past the edge: the last column and rows are in no window.
    x: [2, 6, 8],
    K: [3, 2, 2, 3],
    expression: "convolve(x, K, {stride: [3, 2]})",
    judge: (x, K) => tf.conv2d(image(x), kernel2(K), [3, 2], "valid"),
  },
  {
    x: [1, 5, 7],
    K: [2, 1, 4, 3],
    expression: 'convolve(x, K, {stride: 2, padding: "same"})',
    judge: (x, K) => tf.conv2d(image(x), kernel2(K), 2, "same"),
  },
  {
    x: [2, 5, 5],
    K: [1, 2, 3, 3],
    expression: "convolve(x, K, {padding: [2, 1]})",
    judge: (x, K) => tf.conv2d(tf.pad(image(x), [[2, 2], [1, 1], [0, 0]]), kernel2(K), 1, "valid"), // prettier-ignore
  },
  {
    x: [2, 7, 6],
    K: [2, 2, 3, 2],
    expression: "convolve(x, K, {dilation: [2, 3]})",
    judge: (x, K) => tf.conv2d(image(x), kernel2(K), 1, "valid", "NHWC", [2, 3]),
    isValueOnly: true,
  },
  {
    x: [3, 4, 4],
    K: [2, 3, 1, 1],
    expression: "convolve(x, K)",
    judge: (x, K) => tf.conv2d(image(x), kernel2(K), 1, "valid"),
  },
  {
    // Each channel by itself, in two ways.
    x: [2, 5, 4],
    K: [4, 1, 3, 2],
    expression: "convolve(x, K, {groups: 2})",
    judge: (x, K) => tf.depthwiseConv2d(image(x), depthwise(kernel2(K), 2), 1, "valid"),
  },
  {
    x: [2, 9],
    K: [3, 2, 3],
    expression: "convolve(x, K, {stride: 2})",
    judge: (x, K) => tf.conv1d(line(x), kernel1(K), 2, "valid"),
  },
  {
    x: [2, 7],
    K: [1, 2, 2],
    expression: 'convolve(x, K, {padding: "same", dilation: 2})',
    judge: (x, K) => tf.conv1d(line(x), kernel1(K), 1, "same", "NWC", 2),
    isValueOnly: true,
  },
  {
    x: [2, 3, 4],
    K: [2, 3, 3, 2],
    expression: "convolveTranspose(x, K, {stride: 2})",
    judge: (x, K) => tf.conv2dTranspose(image(x), kernel2(K), [7, 8, 3], 2, "valid"),
  },
  {
    x: [2, 3, 4],
    K: [2, 1, 3, 4],
    expression: 'convolveTranspose(x, K, {stride: [2, 3], padding: "same"})',
    judge: (x, K) => tf.conv2dTranspose(image(x), kernel2(K), [6, 12, 1], [2, 3], "same"),
  },
  {
    x: [2, 6, 6],
    expression: "maxPool2d(x, 2)",
    judge: (x) => tf.maxPool(image(x), 2, 2, "valid"),
  },
  {
    x: [2, 5, 6],
    expression: 'maxPool2d(x, [3, 2], {stride: 2, padding: "same"})',
    judge: (x) => tf.maxPool(image(x), [3, 2], 2, "same"),
  },
  {
    x: [2, 5, 6],
    expression: "averagePool2d(x, 2, {stride: [2, 1]})",
    judge: (x) => tf.avgPool(image(x), 2, [2, 1], "valid"),
  },
  { x: [2, 4, 5], expression: "globalAveragePool(x)", judge: (x) => tf.mean(x, [0, 1]) },
  { x: [2, 4, 5], expression: "globalMaxPool(x)", judge: (x) => tf.max(x, [0, 1]) },
  {
    x: [2, 7],
    expression: "maxPool1d(x, 3, {stride: 2})",
    judge: (x) => tf.maxPool(image(x.expandDims(0)), [1, 3], [1, 2], "valid").squeeze([0]),
  },
  {
    x: [2, 8],
    expression: "averagePool1d(x, 2)",
    judge: (x) => tf.avgPool(image(x.expandDims(0)), [1, 2], [1, 2], "valid").squeeze([0]),
  },
];

/** Without channels in groups: a kernel for each channel, and its filters in order. */
function depthwise(K: tf.Tensor4D, channels: number): tf.Tensor4D {
  const [height, width, , filters] = K.shape;
  return K.reshape([height, width, channels, filters / channels]);
}

function irregular(size: number, seed: number): Float64Array {
  return Float64Array.from({ length: size }, (_, k) => Math.sin(12.9898 * (k + 1) + 78.233 * seed));
}

/** Channels last. */
function turned(x: tf.Tensor): tf.Tensor {
  return tf.transpose(x, [...x.shape.map((_, axis) => axis).slice(1), 0]);
}

/** [out, in, window…] to [window…, in, out]; of a transposed convolution both are the other way round. */
function turnedKernel(K: tf.Tensor): tf.Tensor {
  return tf.transpose(K, [...K.shape.map((_, axis) => axis).slice(2), 1, 0]);
}

describe("against TensorFlow.js", () => {
  it.each(cases)("$expression of $x and $K", ({ x, K = [1], expression, judge, isValueOnly }) => {
    const network = read(
      `x = input([${x.join(", ")}])\nK = parameter([${K.join(", ")}])\ny = ${expression}\nz = sum(y) + sum(K)`,
    );
    const y = statement(network, "y");
    const leafOf = (name: string): Node =>
      [...network.inputs, ...network.parameters].find((each) => each.name === name)?.node ?? y;
    const [leafX, leafK] = [leafOf("x"), leafOf("K")];
    const values = [irregular(sizeOf(x), 1), irregular(sizeOf(K), 2)] as const;
    const leaves = new Map<Node, Float64Array>([
      [leafX, values[0]],
      [leafK, values[1]],
      ...network.parameters
        .filter(({ name }) => name !== "K")
        .map(({ node }) => [node as Node, irregular(1, 3)] as const),
    ]);
    const build = new Builder(network.graph, { kind: "compiler", reason: "test" });
    const weights = irregular(sizeOf(y.type.shape), 4);
    const literal = build.leaf("literal", { data: [...weights] }, { ...y.type, batched: false });
    const product = build.multiply(y, literal);
    const loss = build.batchSum(
      build.sum(
        product,
        y.type.shape.map((_, axis) => axis),
      ),
    );
    const bindings = { batchSize: 1, leaves };
    const { gradients } = tapeGradients(loss, [leafX, leafK], bindings);

    const applied = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => {
      const [given, kernel] = [turned(a), K.length > 1 ? turnedKernel(b) : b];
      const result = judge(given, kernel);
      const axes = result.shape.map((_, axis) => axis);
      return tf.transpose(result, [axes.length - 1, ...axes.slice(0, -1)]);
    };
    const [tx, tK] = [tf.tensor([...values[0]], [...x]), tf.tensor([...values[1]], [...K])];
    const expected = applied(tx, tK);
    expect(y.type.shape).toEqual(expected.shape);
    expectClose(evaluate([y], bindings).get(y) ?? [], expected.dataSync());
    if (isValueOnly) return;
    const weighted = (a: tf.Tensor, b: tf.Tensor): tf.Scalar =>
      tf.sum(tf.mul(applied(a, b), tf.tensor([...weights], [...expected.shape])));
    const slopes = K.length > 1 ? tf.grads(weighted)([tx, tK]) : [tf.grad((a) => weighted(a, tK))(tx)];
    expectClose(gradients.get(leafX) ?? [], slopes[0]?.dataSync() ?? []);
    if (K.length > 1) expectClose(gradients.get(leafK) ?? [], slopes[1]?.dataSync() ?? []);
  });
});

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(found.length).toBe(expected.length);
  Array.from(found).forEach((value, k) => {
    expect(Math.abs(value - (expected[k] ?? NaN))).toBeLessThan(1e-5 * (1 + Math.abs(value)));
  });
}
