/* eslint-disable @typescript-eslint/no-non-null-assertion -- the loops keep every index in range */
/*
 * 4-16-3: h = relu(W1 x + b1), logits = W2 h + b2, softmax cross-entropy, Adam. Constant sizes, memory made once, the
 * four inputs held in locals, gradients of both layers in one sweep over the hidden units.
 */
const inputs = 4;
const hidden = 16;
const classes = 3;
const learningRate = 0.01;
const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-8;

/* Where each parameter begins in the flat array: W1 [16, 4], b1 [16], W2 [3, 16], b2 [3]. */
const b1 = hidden * inputs;
const W2 = b1 + hidden;
const b2 = W2 + classes * hidden;
const parameterCount = b2 + classes;

const gradients = new Float64Array(parameterCount);
const h = new Float64Array(hidden);
const logits = new Float64Array(classes);

/* The state: the number of steps taken, then Adam's m, then its v. */
const m = 1;
const v = 1 + parameterCount;

export function initialState(): Float64Array {
  return new Float64Array(v + parameterCount);
}

export function trainStep(
  parameters: Float64Array,
  state: Float64Array,
  x: Float64Array,
  t: Int32Array,
  count: number,
): number {
  gradients.fill(0);
  let loss = 0;
  for (let n = 0; n < count; n++) {
    const x0 = x[n * inputs]!;
    const x1 = x[n * inputs + 1]!;
    const x2 = x[n * inputs + 2]!;
    const x3 = x[n * inputs + 3]!;
    for (let i = 0; i < hidden; i++) {
      const row = i * inputs;
      const a =
        parameters[row]! * x0 +
        parameters[row + 1]! * x1 +
        (parameters[row + 2]! * x2 + parameters[row + 3]! * x3) +
        parameters[b1 + i]!;
      h[i] = a > 0 ? a : 0;
    }
    let greatest = -Infinity;
    for (let k = 0; k < classes; k++) {
      const row = W2 + k * hidden;
      let sum0 = parameters[b2 + k]!;
      let sum1 = 0;
      for (let i = 0; i < hidden; i += 2) {
        sum0 += parameters[row + i]! * h[i]!;
        sum1 += parameters[row + i + 1]! * h[i + 1]!;
      }
      const logit = sum0 + sum1;
      logits[k] = logit;
      if (logit > greatest) greatest = logit;
    }
    const label = t[n]!;
    const labelled = logits[label]!;
    let total = 0;
    for (let k = 0; k < classes; k++) {
      const exponential = Math.exp(logits[k]! - greatest);
      logits[k] = exponential;
      total += exponential;
    }
    loss += greatest + Math.log(total) - labelled;
    const scale = 1 / total;
    const d0 = logits[0]! * scale - (label === 0 ? 1 : 0);
    const d1 = logits[1]! * scale - (label === 1 ? 1 : 0);
    const d2 = logits[2]! * scale - (label === 2 ? 1 : 0);
    gradients[b2]! += d0;
    gradients[b2 + 1]! += d1;
    gradients[b2 + 2]! += d2;
    for (let i = 0; i < hidden; i++) {
      const hi = h[i]!;
      const w = W2 + i;
      const da =
        hi > 0 ? d0 * parameters[w]! + d1 * parameters[w + hidden]! + d2 * parameters[w + 2 * hidden]! : 0;
      gradients[w]! += d0 * hi;
      gradients[w + hidden]! += d1 * hi;
      gradients[w + 2 * hidden]! += d2 * hi;
      gradients[b1 + i]! += da;
      const row = i * inputs;
      gradients[row]! += da * x0;
      gradients[row + 1]! += da * x1;
      gradients[row + 2]! += da * x2;
      gradients[row + 3]! += da * x3;
    }
  }
  adam(parameters, state, 1 / count);
  return loss / count;
}

/** Kingma and Ba 2015, algorithm 1, with the bias corrections taken out of the loop. */
function adam(parameters: Float64Array, state: Float64Array, scale: number): void {
  const steps = state[0]! + 1;
  state[0] = steps;
  const correction1 = 1 / (1 - beta1 ** steps);
  const correction2 = 1 / (1 - beta2 ** steps);
  for (let k = 0; k < parameterCount; k++) {
    const g = gradients[k]! * scale;
    const mk = beta1 * state[m + k]! + (1 - beta1) * g;
    const vk = beta2 * state[v + k]! + (1 - beta2) * g * g;
    state[m + k] = mk;
    state[v + k] = vk;
    parameters[k]! -= (learningRate * (mk * correction1)) / (Math.sqrt(vk * correction2) + epsilon);
  }
}
