/*
 * The training steps in jax-js. Ids become one-hot rows: the gradient of its gather cannot be traced. Every function takes what it
 * is given; what is used again is given as `.ref`.
 */
import { type Array, lax, nn, numpy as np } from "@jax-js/jax";
import type { Parameters, Training } from "./jax-trainer.ts";
import type { Job, Samples } from "./program.ts";

function reals(samples: Samples): Array {
  return np.array(Float32Array.from(samples.values), { shape: samples.shape });
}

/** A row for each id, of `count` elements; of shape `shape` and `count`. */
function oneHot(samples: Samples, count: number): Array {
  const rows = new Float32Array(samples.values.length * count);
  samples.values.forEach((id, row) => (rows[row * count + id] = 1));
  return np.array(rows, { shape: [...samples.shape, count] });
}

/** Of what `parameters` calls `name`. */
function use(parameters: Parameters, name: string): Array {
  const parameter = parameters[name];
  if (parameter === undefined) throw new Error(`no parameter ${name}`);
  return parameter.ref;
}

/** x Wᵀ + b along the last dimension of `x`. */
function dense(parameters: Parameters, name: string, x: Array): Array {
  const weight = use(parameters, `${name}.weight`);
  return np.matmul(x, weight.transpose()).add(use(parameters, `${name}.bias`));
}

/** The mean of the losses of all rows. */
function crossEntropy(logits: Array, t: Array): Array {
  const [...sides] = logits.shape;
  const rows = sides.slice(0, -1).reduce((product, side) => product * side, 1);
  return np.negative(nn.logSoftmax(logits).mul(t).sum()).div(rows);
}

export function linearRegression(job: Job): Training {
  return {
    loss: (p, x, y) => {
      const residual = y.sub(use(p, "w1").mul(x)).sub(use(p, "w2"));
      return np.square(residual).sum().div(2);
    },
    x: reals(job.input),
    t: reals(job.target),
    optimizer: { kind: "sgd", rate: 0.004 },
  };
}

export function xor(job: Job): Training {
  return {
    loss: (p, x, t) => {
      const h = np.tanh(np.matmul(x, use(p, "W1").transpose()).add(use(p, "b1")));
      const z = np.matmul(h, use(p, "W2").transpose()).add(use(p, "b2"));
      const linear = np.maximum(z.ref, 0).sub(z.ref.mul(t));
      return linear.add(np.log1p(np.exp(np.negative(np.abs(z))))).mean();
    },
    x: reals(job.input),
    t: reals(job.target),
    optimizer: { kind: "sgd", rate: 0.5 },
  };
}

export function iris(job: Job): Training {
  return {
    loss: (p, x, t) => {
      const h = nn.relu(np.matmul(x, use(p, "W1").transpose()).add(use(p, "b1")));
      return crossEntropy(np.matmul(h, use(p, "W2").transpose()).add(use(p, "b2")), t);
    },
    x: reals(job.input),
    t: oneHot(job.target, 3),
    optimizer: { kind: "adam", rate: 0.01, weightDecay: 0 },
  };
}

export function mnist(job: Job): Training {
  return {
    loss: (p, x, t) => crossEntropy(dense(p, "logits", nn.relu(dense(p, "hidden", x))), t),
    x: reals(job.input),
    t: oneHot(job.target, 10),
    optimizer: { kind: "sgd", rate: 0.1 },
  };
}

export function lenet(job: Job): Training {
  const layer = (p: Parameters, name: string, x: Array, filters: number, side: number): Array => {
    const y = lax.conv(x, use(p, `${name}.weight`), [1, 1], "VALID");
    const active = nn.relu(y.add(use(p, `${name}.bias`).reshape([filters, 1, 1])));
    return np.max(active.reshape([32, filters, side, 2, side, 2]), [3, 5]);
  };
  return {
    loss: (p, x, t) => {
      const s2 = layer(p, "c2", layer(p, "c1", x, 8, 12), 16, 4);
      return crossEntropy(dense(p, "logits", s2.reshape([32, 256])), t);
    },
    x: reals(job.input),
    t: oneHot(job.target, 10),
    optimizer: { kind: "momentum", rate: 0.01, decay: 0.9 },
  };
}

export function lstm(job: Job): Training {
  return {
    loss: (p, ids, t) => {
      const inputs = dense(p, "h", np.matmul(ids, use(p, "x.table")));
      const recurrent = use(p, "h.recurrentWeight").transpose();
      let h = np.zeros([16, 64]);
      let c = np.zeros([16, 64]);
      const all: Array[] = [];
      for (let step = 0; step < 32; step++) {
        const gates = inputs.ref.slice([], step).add(np.matmul(h, recurrent.ref));
        const gate = (k: number): Array => gates.ref.slice([], [64 * k, 64 * (k + 1)]);
        const candidate = nn.sigmoid(gate(0)).mul(np.tanh(gate(2)));
        c = nn.sigmoid(gate(1)).mul(c).add(candidate);
        h = nn.sigmoid(gate(3)).mul(np.tanh(c.ref));
        all.push(h.ref);
      }
      return crossEntropy(dense(p, "logits", np.stack(all, 1)), t);
    },
    x: oneHot(job.input, 32),
    t: oneHot(job.target, 32),
    optimizer: { kind: "adam", rate: 0.003, weightDecay: 0 },
  };
}

export function gpt(job: Job): Training {
  return {
    loss: (p, ids, t) => {
      const tokens = np.matmul(ids, use(p, "tokens.table"));
      let h = tokens.add(use(p, "positions.table"));
      h = block(p, "h.1", h);
      h = block(p, "h.2", h);
      return crossEntropy(dense(p, "logits", layerNorm(p, "final", h)), t);
    },
    x: oneHot(job.input, 64),
    t: oneHot(job.target, 64),
    optimizer: { kind: "adam", rate: 0.001, weightDecay: 0.01 },
  };
}

function layerNorm(p: Parameters, name: string, x: Array): Array {
  const standard = nn.standardize(x, -1, { epsilon: 1e-5 });
  return standard.mul(use(p, `${name}.scale`)).add(use(p, `${name}.shift`));
}

function block(p: Parameters, name: string, x: Array): Array {
  const normal = layerNorm(p, `${name}.attentionNorm`, x.ref);
  const heads = (part: string): Array =>
    dense(p, `${name}.attention.${part}`, normal.ref).reshape([8, 32, 4, 16]).transpose([0, 2, 1, 3]);
  const keys = heads("key").transpose([0, 1, 3, 2]);
  const scores = np.matmul(heads("query"), keys).div(4);
  const future = np.tri(32).sub(1).mul(1e9);
  const mixed = np.matmul(nn.softmax(scores.add(future)), heads("value"));
  const together = mixed.transpose([0, 2, 1, 3]).reshape([8, 32, 64]);
  const attended = x.add(dense(p, `${name}.attention.output`, together));
  const up = dense(p, `${name}.mlp.up`, layerNorm(p, `${name}.mlpNorm`, attended.ref));
  return attended.add(dense(p, `${name}.mlp.down`, nn.gelu(up, { approximate: false })));
}
