/* eslint-disable @typescript-eslint/no-non-null-assertion -- the loops keep every index in range */
/*
 * 2-4-1: h = tanh(W1 x + b1), y = sigmoid(W2 h + b2), binary cross-entropy (from the logit, for its stability), plain
 * gradient descent. Constant sizes, memory made once, one pass a sample, the output's gradient fused with the hidden
 * layer's.
 */
const inputs = 2;
const hidden = 4;
const learningRate = 0.5;

/* Where each parameter begins in the flat array: W1 [4, 2], b1 [4], W2 [1, 4], b2 [1]. */
const b1 = hidden * inputs;
const W2 = b1 + hidden;
const b2 = W2 + hidden;

const gradients = new Float64Array(b2 + 1);
const h = new Float64Array(hidden);

export function initialState(): Float64Array {
  return new Float64Array(0);
}

export function trainStep(
  parameters: Float64Array,
  _state: Float64Array,
  x: Float64Array,
  t: Float64Array,
  count: number,
): number {
  gradients.fill(0);
  let loss = 0;
  for (let n = 0; n < count; n++) {
    const x0 = x[n * inputs]!;
    const x1 = x[n * inputs + 1]!;
    let logit = parameters[b2]!;
    for (let i = 0; i < hidden; i++) {
      const hi = Math.tanh(
        parameters[i * inputs]! * x0 + parameters[i * inputs + 1]! * x1 + parameters[b1 + i]!,
      );
      h[i] = hi;
      logit += parameters[W2 + i]! * hi;
    }
    const exponential = Math.exp(-Math.abs(logit));
    const y = logit >= 0 ? 1 / (1 + exponential) : exponential / (1 + exponential);
    // −t log y − (1 − t) log(1 − y) = max(z, 0) − t z + log1p(e^−|z|)
    loss += Math.max(logit, 0) - t[n]! * logit + Math.log1p(exponential);
    const dLogit = y - t[n]!;
    gradients[b2]! += dLogit;
    for (let i = 0; i < hidden; i++) {
      const hi = h[i]!;
      gradients[W2 + i]! += dLogit * hi;
      const da = dLogit * parameters[W2 + i]! * (1 - hi * hi);
      gradients[b1 + i]! += da;
      gradients[i * inputs]! += da * x0;
      gradients[i * inputs + 1]! += da * x1;
    }
  }
  const rate = learningRate / count;
  for (let k = 0; k < gradients.length; k++) parameters[k]! -= rate * gradients[k]!;
  return loss / count;
}
