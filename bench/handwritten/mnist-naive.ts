/* eslint-disable @typescript-eslint/no-non-null-assertion -- the loops keep every index in range */
/* 784-128-10 as the formulas read, three nested loops a product: the reference for what tuning by hand gains. */
const inputs = 784;
const hidden = 128;
const classes = 10;
const batch = 64;
const learningRate = 0.1;

/* Where each parameter begins in the flat array: W1 [128, 784], b1 [128], W2 [10, 128], b2 [10]. */
const b1 = hidden * inputs;
const W2 = b1 + hidden;
const b2 = W2 + classes * hidden;

const gradients = new Float64Array(b2 + classes);
const h = new Float64Array(batch * hidden);
const dh = new Float64Array(batch * hidden);
const dLogits = new Float64Array(batch * classes);

export function initialState(): Float64Array {
  return new Float64Array(0);
}

export function trainStep(
  parameters: Float64Array,
  _state: Float64Array,
  x: Float64Array,
  t: Int32Array,
  count: number,
): number {
  let loss = 0;
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < hidden; i++) {
      let sum = parameters[b1 + i]!;
      for (let j = 0; j < inputs; j++) sum += parameters[i * inputs + j]! * x[n * inputs + j]!;
      h[n * hidden + i] = Math.max(sum, 0);
    }
    let greatest = -Infinity;
    for (let k = 0; k < classes; k++) {
      let sum = parameters[b2 + k]!;
      for (let i = 0; i < hidden; i++) sum += parameters[W2 + k * hidden + i]! * h[n * hidden + i]!;
      dLogits[n * classes + k] = sum;
      greatest = Math.max(greatest, sum);
    }
    let total = 0;
    for (let k = 0; k < classes; k++) total += Math.exp(dLogits[n * classes + k]! - greatest);
    loss += greatest + Math.log(total) - dLogits[n * classes + t[n]!]!;
    for (let k = 0; k < classes; k++) {
      const p = Math.exp(dLogits[n * classes + k]! - greatest) / total;
      dLogits[n * classes + k] = (p - (k === t[n]! ? 1 : 0)) / count;
    }
    for (let i = 0; i < hidden; i++) {
      let sum = 0;
      for (let k = 0; k < classes; k++) sum += dLogits[n * classes + k]! * parameters[W2 + k * hidden + i]!;
      dh[n * hidden + i] = h[n * hidden + i]! > 0 ? sum : 0;
    }
  }
  gradients.fill(0);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < hidden; i++) {
      for (let j = 0; j < inputs; j++) gradients[i * inputs + j]! += dh[n * hidden + i]! * x[n * inputs + j]!;
      gradients[b1 + i]! += dh[n * hidden + i]!;
    }
    for (let k = 0; k < classes; k++) {
      for (let i = 0; i < hidden; i++) {
        gradients[W2 + k * hidden + i]! += dLogits[n * classes + k]! * h[n * hidden + i]!;
      }
      gradients[b2 + k]! += dLogits[n * classes + k]!;
    }
  }
  for (let k = 0; k < gradients.length; k++) parameters[k]! -= learningRate * gradients[k]!;
  return loss / count;
}
