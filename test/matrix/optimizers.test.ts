import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { loadModule } from "../../src/verify/index.ts";

/*
 * Twenty steps of generated training beside the algorithms as PyTorch's documentation states them, one parameter at a
 * time. Both see the generated gradient, which other tests judge: here it is the update, its states and its step count.
 */

/** The next value of one parameter; `state` starts empty and is the algorithm's own, `t` counts from 1. */
type Algorithm = (w: number, g: number, state: Record<string, number>, t: number) => number;

function sgd({ lr = 0.01, momentum = 0, nesterov = false } = {}): Algorithm {
  return (w, g, state) => {
    if (momentum === 0) return w - lr * g;
    state["buffer"] = state["buffer"] === undefined ? g : momentum * state["buffer"] + g;
    return w - lr * (nesterov ? g + momentum * state["buffer"] : state["buffer"]);
  };
}

function adagrad({ lr = 0.01, eps = 1e-10 } = {}): Algorithm {
  return (w, g, state) => {
    state["sum"] = (state["sum"] ?? 0) + g ** 2;
    return w - (lr * g) / (Math.sqrt(state["sum"]) + eps);
  };
}

function rmsprop({ lr = 0.01, alpha = 0.99, eps = 1e-8 } = {}): Algorithm {
  return (w, g, state) => {
    state["average"] = alpha * (state["average"] ?? 0) + (1 - alpha) * g ** 2;
    return w - (lr * g) / (Math.sqrt(state["average"]) + eps);
  };
}

function adam({ lr = 0.001, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, decay = 0 } = {}): Algorithm {
  return (w, g, state, t) => {
    const decayed = w - lr * decay * w;
    state["m"] = beta1 * (state["m"] ?? 0) + (1 - beta1) * g;
    state["v"] = beta2 * (state["v"] ?? 0) + (1 - beta2) * g ** 2;
    const mHat = state["m"] / (1 - beta1 ** t);
    const vHat = state["v"] / (1 - beta2 ** t);
    return decayed - (lr * mHat) / (Math.sqrt(vHat) + eps);
  };
}

const optimizers: readonly (readonly [string, Algorithm])[] = [
  ["sgd", sgd()],
  ["sgd({learningRate: 0.3})", sgd({ lr: 0.3 })],
  ["momentum", sgd({ momentum: 0.9 })],
  ["momentum({learningRate: 0.1, momentum: 0.5})", sgd({ lr: 0.1, momentum: 0.5 })],
  ["nesterov", sgd({ momentum: 0.9, nesterov: true })],
  ["nesterov({learningRate: 0.1, momentum: 0.5})", sgd({ lr: 0.1, momentum: 0.5, nesterov: true })],
  ["adagrad", adagrad()],
  ["adagrad({learningRate: 0.1, epsilon: 0.01})", adagrad({ lr: 0.1, eps: 0.01 })],
  ["rmsprop", rmsprop()],
  ["rmsprop({learningRate: 0.1, decay: 0.5, epsilon: 0.01})", rmsprop({ lr: 0.1, alpha: 0.5, eps: 0.01 })],
  ["adam", adam()],
  [
    "adam({learningRate: 0.1, beta1: 0.5, beta2: 0.75, epsilon: 0.01})",
    adam({ lr: 0.1, beta1: 0.5, beta2: 0.75, eps: 0.01 }),
  ],
  ["adamw", adam({ decay: 0.01 })],
  ["adamw({learningRate: 0.1, weightDecay: 0.5})", adam({ lr: 0.1, decay: 0.5 })],
];

const text = `x = input([2])
t = target([2])
W = parameter([3, 2])
b = parameter([3], {init: 0.1})
V = parameter([2, 3])
loss = mse(V * tanh(W * x + b), t)
`;

const count = 5;
const x = Float64Array.from({ length: 2 * count }, (_, k) => Math.sin(k + 1));
const t = Float64Array.from({ length: 2 * count }, (_, k) => Math.cos(3 * k));

describe.each(optimizers)("%s", (optimizer, algorithm) => {
  it.each(["unrolled", "rows", "tiled"] as const)("for twenty steps, %s", async (schedule) => {
    const { code } = await compile({ name: "steps.nabla", text }, { optimizer, schedule, batchSize: 8 });
    const module = await loadModule(code);
    const trained = module.initialParameters(7);
    const state = module.initialState();
    const wanted = trained.slice();
    const gradients = new Float64Array(wanted.length);
    const states = Array.from(wanted, (): Record<string, number> => ({}));
    for (let step = 1; step <= 20; step += 1) {
      const before = module.gradient(wanted, x, t, gradients, count);
      const loss = module.trainStep(trained, state, x, t, count);
      expect(Math.abs(loss - before)).toBeLessThanOrEqual(1e-12);
      wanted.forEach((w, k) => {
        wanted[k] = algorithm(w, gradients[k] ?? NaN, states[k] ?? {}, step);
      });
      const distance = Math.max(...trained.map((w, k) => Math.abs(w - (wanted[k] ?? NaN))));
      expect(distance, `after step ${step}`).toBeLessThanOrEqual(1e-12);
    }
    expect(state[0]).toBe(20);
  });
});
