import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import type { ScheduleName } from "../../src/program/index.ts";
import { loadModule } from "../../src/verify/index.ts";

/*
 * Twenty steps of generated training beside the algorithms as PyTorch's documentation states them, one parameter at a
 * time. Both see the generated gradient, which other tests judge: here it is the update, its states and its step count.
 */

/** The next value of one parameter; `state` starts empty and is the algorithm's own, `t` counts from 1. */
type Algorithm = (w: number, g: number, state: Record<string, number>, t: number) => number;

function sgd({ lr = 0.01, momentum = 0, nesterov = false, decay = 0 } = {}): Algorithm {
  return (w, g, state) => {
    g += decay * w;
    if (momentum === 0) return w - lr * g;
    state["buffer"] = state["buffer"] === undefined ? g : momentum * state["buffer"] + g;
    return w - lr * (nesterov ? g + momentum * state["buffer"] : state["buffer"]);
  };
}

function adagrad({ lr = 0.01, eps = 1e-10, decay = 0 } = {}): Algorithm {
  return (w, g, state) => {
    g += decay * w;
    state["sum"] = (state["sum"] ?? 0) + g ** 2;
    return w - (lr * g) / (Math.sqrt(state["sum"]) + eps);
  };
}

function rmsprop({ lr = 0.01, alpha = 0.99, eps = 1e-8, decay = 0 } = {}): Algorithm {
  return (w, g, state) => {
    g += decay * w;
    state["average"] = alpha * (state["average"] ?? 0) + (1 - alpha) * g ** 2;
    return w - (lr * g) / (Math.sqrt(state["average"]) + eps);
  };
}

function adam({
  lr = 0.001,
  beta1 = 0.9,
  beta2 = 0.999,
  eps = 1e-8,
  decay = 0,
  decoupled = 0,
} = {}): Algorithm {
  return (w, g, state, t) => {
    const decayed = w - lr * decoupled * w;
    g += decay * w;
    state["m"] = beta1 * (state["m"] ?? 0) + (1 - beta1) * g;
    state["v"] = beta2 * (state["v"] ?? 0) + (1 - beta2) * g ** 2;
    const mHat = state["m"] / (1 - beta1 ** t);
    const vHat = state["v"] / (1 - beta2 ** t);
    return decayed - (lr * mHat) / (Math.sqrt(vHat) + eps);
  };
}

function adadelta({ lr = 1, rho = 0.9, eps = 1e-6, decay = 0 } = {}): Algorithm {
  return (w, g, state) => {
    g += decay * w;
    state["average"] = rho * (state["average"] ?? 0) + (1 - rho) * g ** 2;
    const delta = (Math.sqrt((state["deltas"] ?? 0) + eps) / Math.sqrt(state["average"] + eps)) * g;
    state["deltas"] = rho * (state["deltas"] ?? 0) + (1 - rho) * delta ** 2;
    return w - lr * delta;
  };
}

function adamax({ lr = 0.002, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, decay = 0 } = {}): Algorithm {
  return (w, g, state, t) => {
    g += decay * w;
    state["m"] = beta1 * (state["m"] ?? 0) + (1 - beta1) * g;
    state["u"] = Math.max(beta2 * (state["u"] ?? 0), Math.abs(g) + eps);
    return w - (lr / (1 - beta1 ** t)) * (state["m"] / state["u"]);
  };
}

function nadam({
  lr = 0.002,
  beta1 = 0.9,
  beta2 = 0.999,
  eps = 1e-8,
  psi = 0.004,
  decay = 0,
} = {}): Algorithm {
  const mu = (t: number) => beta1 * (1 - 0.5 * 0.96 ** (t * psi));
  return (w, g, state, t) => {
    g += decay * w;
    state["m"] = beta1 * (state["m"] ?? 0) + (1 - beta1) * g;
    state["v"] = beta2 * (state["v"] ?? 0) + (1 - beta2) * g ** 2;
    let product = 1; // of μ₁ … μ_t
    for (let each = 1; each <= t; each += 1) product *= mu(each);
    const mHat = (mu(t + 1) * state["m"]) / (1 - product * mu(t + 1)) + ((1 - mu(t)) * g) / (1 - product);
    const vHat = state["v"] / (1 - beta2 ** t);
    return w - (lr * mHat) / (Math.sqrt(vHat) + eps);
  };
}

function radam({ lr = 0.001, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, decay = 0 } = {}): Algorithm {
  const rhoInfinity = 2 / (1 - beta2) - 1;
  return (w, g, state, t) => {
    g += decay * w;
    state["m"] = beta1 * (state["m"] ?? 0) + (1 - beta1) * g;
    state["v"] = beta2 * (state["v"] ?? 0) + (1 - beta2) * g ** 2;
    const mHat = state["m"] / (1 - beta1 ** t);
    const rho = rhoInfinity - (2 * t * beta2 ** t) / (1 - beta2 ** t);
    if (rho <= 5) return w - lr * mHat;
    const l = Math.sqrt(1 - beta2 ** t) / (Math.sqrt(state["v"]) + eps);
    const r = Math.sqrt(
      (((rho - 4) / (rhoInfinity - 4)) * ((rho - 2) / (rhoInfinity - 2)) * rhoInfinity) / rho,
    );
    return w - lr * mHat * r * l;
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
  ["adamw", adam({ decoupled: 0.01 })],
  ["adamw({learningRate: 0.1, weightDecay: 0.5})", adam({ lr: 0.1, decoupled: 0.5 })],
  ["adadelta", adadelta()],
  ["adadelta({learningRate: 0.5, decay: 0.5, epsilon: 0.01})", adadelta({ lr: 0.5, rho: 0.5, eps: 0.01 })],
  ["adamax", adamax()],
  [
    "adamax({learningRate: 0.1, beta1: 0.5, beta2: 0.75, epsilon: 0.01})",
    adamax({ lr: 0.1, beta1: 0.5, beta2: 0.75, eps: 0.01 }),
  ],
  ["nadam", nadam()],
  [
    "nadam({learningRate: 0.1, beta1: 0.5, beta2: 0.75, epsilon: 0.01, momentumDecay: 0.5})",
    nadam({ lr: 0.1, beta1: 0.5, beta2: 0.75, eps: 0.01, psi: 0.5 }),
  ],
  ["radam", radam()],
  // The variance of v is never bounded with the second, whose average is too short; with the third soon.
  ["radam({learningRate: 0.1, beta2: 0.5})", radam({ lr: 0.1, beta2: 0.5 })],
  [
    "radam({learningRate: 0.1, beta1: 0.5, beta2: 0.9, epsilon: 0.01})",
    radam({ lr: 0.1, beta1: 0.5, beta2: 0.9, eps: 0.01 }),
  ],
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

/** With the gradient of (c/2) w² added to every gradient, before anything else is done to it. */
const decaying: readonly (readonly [string, Algorithm])[] = [
  ["sgd({weightDecay: 0.3})", sgd({ decay: 0.3 })],
  ["momentum({weightDecay: 0.3})", sgd({ momentum: 0.9, decay: 0.3 })],
  ["nesterov({weightDecay: 0.3})", sgd({ momentum: 0.9, nesterov: true, decay: 0.3 })],
  ["adagrad({weightDecay: 0.3})", adagrad({ decay: 0.3 })],
  ["rmsprop({weightDecay: 0.3})", rmsprop({ decay: 0.3 })],
  ["adadelta({weightDecay: 0.3})", adadelta({ decay: 0.3 })],
  ["adam({weightDecay: 0.3})", adam({ decay: 0.3 })],
  ["adamax({weightDecay: 0.3})", adamax({ decay: 0.3 })],
  ["nadam({weightDecay: 0.3})", nadam({ decay: 0.3 })],
  ["radam({weightDecay: 0.3})", radam({ decay: 0.3 })],
];

/** Holds twenty generated steps against the algorithm. */
async function compareSteps(optimizer: string, algorithm: Algorithm, schedule: ScheduleName): Promise<void> {
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
}

const byDefault = optimizers.filter(([optimizer]) => !optimizer.includes("("));

describe.each(byDefault)("%s", (optimizer, algorithm) => {
  it.each(["unrolled", "rows", "tiled"] as const)("for twenty steps, %s", (schedule) =>
    compareSteps(optimizer, algorithm, schedule),
  );
});

const configured = optimizers.filter(([optimizer]) => optimizer.includes("("));

it.each([...configured, ...decaying])("%s for twenty steps", (optimizer, algorithm) =>
  compareSteps(optimizer, algorithm, "unrolled"),
);
