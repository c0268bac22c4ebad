/* The training steps in TensorFlow.js. Ids become one-hot rows: its WebAssembly cannot differentiate `gather`. */
import * as tf from "@tensorflow/tfjs";
import type { Job, Samples } from "./program.ts";
import type { Training, Variables } from "./tfjs-trainer.ts";

function reals<R extends tf.Rank>(samples: Samples, shape: readonly number[] = samples.shape): tf.Tensor<R> {
  return tf.tensor<R>(Float32Array.from(samples.values), [...shape] as tf.ShapeMap[R]); // as the caller says
}

/** A row for each id, of `count` elements. */
function oneHot(samples: Samples, count: number): tf.Tensor2D {
  return tf.oneHot(tf.tensor1d(Int32Array.from(samples.values), "int32"), count).toFloat() as tf.Tensor2D;
}

export function linearRegression(job: Job, variables: Variables): Training {
  const w1 = variables.get("w1", []);
  const w2 = variables.get("w2", []);
  const x = reals(job.input);
  const y = reals(job.target);
  return {
    loss: () => tf.div<tf.Scalar>(tf.sum(tf.square(tf.sub(tf.sub(y, tf.mul(w1, x)), w2))), 2),
    optimizer: () => tf.train.sgd(0.004),
  };
}

export function xor(job: Job, variables: Variables): Training {
  const w1 = variables.get<tf.Rank.R2>("W1", [1, 0]);
  const b1 = variables.get("b1", [0]);
  const w2 = variables.get<tf.Rank.R2>("W2", [1, 0]);
  const b2 = variables.get("b2", [0]);
  const x = reals<tf.Rank.R2>(job.input);
  const t = reals(job.target);
  return {
    loss: () => {
      const h = tf.tanh<tf.Tensor2D>(tf.add(tf.matMul(x, w1), b1));
      return tf.losses.sigmoidCrossEntropy<tf.Tensor, tf.Scalar>(t, tf.add(tf.matMul(h, w2), b2));
    },
    optimizer: () => tf.train.sgd(0.5),
  };
}

export function iris(job: Job, variables: Variables): Training {
  const w1 = variables.get<tf.Rank.R2>("W1", [1, 0]);
  const b1 = variables.get("b1", [0]);
  const w2 = variables.get<tf.Rank.R2>("W2", [1, 0]);
  const b2 = variables.get("b2", [0]);
  const x = reals<tf.Rank.R2>(job.input);
  const t = oneHot(job.target, 3);
  return {
    loss: () => {
      const h = tf.relu<tf.Tensor2D>(tf.add(tf.matMul(x, w1), b1));
      return tf.losses.softmaxCrossEntropy<tf.Tensor, tf.Scalar>(t, tf.add(tf.matMul(h, w2), b2));
    },
    optimizer: () => tf.train.adam(0.01, 0.9, 0.999, 1e-8),
  };
}

export function mnist(job: Job, variables: Variables): Training {
  const hidden = variables.dense("hidden");
  const logits = variables.dense("logits");
  const x = reals<tf.Rank.R2>(job.input);
  const t = oneHot(job.target, 10);
  return {
    loss: () => tf.losses.softmaxCrossEntropy<tf.Tensor, tf.Scalar>(t, logits(tf.relu(hidden(x)))),
    optimizer: () => tf.train.sgd(0.1),
  };
}

/** Channels come last here: in images, in kernels, and in what is flattened. */
export function lenet(job: Job, variables: Variables): Training {
  const kernel1 = variables.get<tf.Rank.R4>("c1.weight", [2, 3, 1, 0]);
  const bias1 = variables.get("c1.bias", [0]);
  const kernel2 = variables.get<tf.Rank.R4>("c2.weight", [2, 3, 1, 0]);
  const bias2 = variables.get("c2.bias", [0]);
  const byChannel = tf.tensor(Float32Array.from(job.parameter("logits.weight")), [10, 16, 4, 4]);
  const weight = variables.add<tf.Rank.R2>(byChannel.transpose([2, 3, 1, 0]).reshape([256, 10]));
  const bias = variables.get("logits.bias", [0]);
  const x = reals<tf.Rank.R4>(job.input, [32, 28, 28, 1]);
  const t = oneHot(job.target, 10);
  const layer = (from: tf.Tensor4D, kernel: tf.Tensor4D, shift: tf.Tensor): tf.Tensor4D =>
    tf.maxPool(tf.relu<tf.Tensor4D>(tf.add(tf.conv2d(from, kernel, 1, "valid"), shift)), 2, 2, "valid");
  return {
    loss: () => {
      const s2 = layer(layer(x, kernel1, bias1), kernel2, bias2);
      const logits = tf.add(tf.matMul(tf.reshape<tf.Rank.R2>(s2, [32, 256]), weight), bias);
      return tf.losses.softmaxCrossEntropy<tf.Tensor, tf.Scalar>(t, logits);
    },
    optimizer: () => tf.train.momentum(0.01, 0.9),
  };
}

export function lstm(job: Job, variables: Variables): Training {
  const table = variables.get<tf.Rank.R2>("x.table", [0, 1]);
  const weight = variables.get<tf.Rank.R2>("h.weight", [1, 0]);
  const recurrent = variables.get<tf.Rank.R2>("h.recurrentWeight", [1, 0]);
  const bias = variables.get("h.bias", [0]);
  const logits = variables.dense("logits");
  const ids = oneHot(job.input, 32);
  const t = oneHot(job.target, 32);
  return {
    loss: () => {
      const inputs = tf.add(tf.matMul(tf.matMul(ids, table), weight), bias).reshape([16, 32, 256]);
      let h = tf.zeros<tf.Rank.R2>([16, 64]);
      let c: tf.Tensor = tf.zeros([16, 64]);
      const all: tf.Tensor[] = [];
      for (const input of tf.unstack(inputs, 1)) {
        const gates = tf.split(tf.add(input, tf.matMul(h, recurrent)), 4, 1);
        const [admit, forget, candidate, emit] = gates as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        c = tf.add(tf.mul(tf.sigmoid(forget), c), tf.mul(tf.sigmoid(admit), tf.tanh(candidate)));
        h = tf.mul<tf.Tensor2D>(tf.sigmoid(emit), tf.tanh(c));
        all.push(h);
      }
      const rows = tf.reshape<tf.Rank.R2>(tf.stack(all, 1), [16 * 32, 64]);
      return tf.losses.softmaxCrossEntropy<tf.Tensor, tf.Scalar>(t, logits(rows));
    },
    optimizer: () => tf.train.adam(0.003, 0.9, 0.999, 1e-8),
  };
}

const rows = 8 * 32;
const width = 64;

export function gpt(job: Job, variables: Variables): Training {
  const table = variables.get<tf.Rank.R2>("tokens.table", [0, 1]);
  const positions = variables.get("positions.table", [0, 1]);
  const blocks = [block(variables, "h.1"), block(variables, "h.2")];
  const final = layerNorm(variables, "final");
  const logits = variables.dense("logits");
  const ids = oneHot(job.input, 64);
  const t = oneHot(job.target, 64);
  return {
    loss: () => {
      const tokens = tf.reshape(tf.matMul(ids, table), [8, 32, width]);
      const x = tf.reshape<tf.Rank.R2>(tf.add(tokens, positions), [rows, width]);
      const h = blocks.reduce((each, layer) => layer(each), x);
      return tf.losses.softmaxCrossEntropy<tf.Tensor, tf.Scalar>(t, logits(final(h)));
    },
    optimizer: () => tf.train.adam(0.001, 0.9, 0.999, 1e-8),
    kept: 1 - 0.001 * 0.01,
  };
}

type Layer = (x: tf.Tensor2D) => tf.Tensor2D;

function layerNorm(variables: Variables, name: string): Layer {
  const scale = variables.get(`${name}.scale`, [0]);
  const shift = variables.get(`${name}.shift`, [0]);
  return (x) => {
    const { mean, variance } = tf.moments(x, -1, true);
    const standard = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)));
    return tf.add(tf.mul(standard, scale), shift);
  };
}

/** `x` is places by width, the places of one sequence after those of another. */
function block(variables: Variables, name: string): Layer {
  const norm1 = layerNorm(variables, `${name}.attentionNorm`);
  const [query, key, value, output] = ["query", "key", "value", "output"].map((part) =>
    variables.dense(`${name}.attention.${part}`),
  ) as [Layer, Layer, Layer, Layer]; // as many as there are names
  const norm2 = layerNorm(variables, `${name}.mlpNorm`);
  const up = variables.dense(`${name}.mlp.up`);
  const down = variables.dense(`${name}.mlp.down`);
  const future = tf.mul(tf.sub(1, tf.linalg.bandPart(tf.ones([32, 32]), -1, 0)), -1e9);
  const heads = (x: tf.Tensor2D): tf.Tensor => tf.transpose(tf.reshape(x, [8, 32, 4, 16]), [0, 2, 1, 3]);
  return (x) => {
    const normal = norm1(x);
    const scores = tf.div(tf.matMul(heads(query(normal)), heads(key(normal)), false, true), 4);
    const weights = tf.softmax(tf.add(scores, future));
    const mixed = tf.transpose(tf.matMul(weights, heads(value(normal))), [0, 2, 1, 3]);
    const attended = tf.add<tf.Tensor2D>(x, output(tf.reshape<tf.Rank.R2>(mixed, [rows, width])));
    return tf.add(attended, down(gelu(up(norm2(attended)))));
  };
}

function gelu(x: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.div(x, Math.SQRT2)), 1));
}
