/* eslint-disable @typescript-eslint/no-non-null-assertion -- the loops keep every index in range */
/*
 * 784-128-10: h = relu(W1 x + b1), logits = W2 h + b2, softmax cross-entropy, plain gradient descent, tuned by hand.
 * The two large products are blocked in registers: forward, two samples by four hidden units (eight accumulators a
 * pass); backward, two units by four samples, written straight into W1, whose old value nothing reads any more.
 */
const inputs = 784;
const hidden = 128;
const classes = 10;
const batch = 64;
const learningRate = 0.1;

/* Where each parameter begins in the flat array: W1 [128, 784], b1 [128], W2 [10, 128], b2 [10]. */
const b1 = hidden * inputs;
const W2 = b1 + hidden;
const b2 = W2 + classes * hidden;

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
  if (count % 4 !== 0 || count > batch)
    throw new RangeError("this step is written for up to 64 samples, by fours");
  hiddenLayer(parameters, x, count);
  const loss = outputLayer(parameters, t, count);
  hiddenAdjoint(parameters, count);
  updateOutputLayer(parameters, count);
  updateHiddenLayer(parameters, x, count);
  return loss;
}

/** h = relu(X · W1ᵀ + b1), in blocks of two samples by four units. */
function hiddenLayer(parameters: Float64Array, x: Float64Array, count: number): void {
  for (let i = 0; i < hidden; i += 4) {
    const w0 = i * inputs;
    const w1 = w0 + inputs;
    const w2 = w1 + inputs;
    const w3 = w2 + inputs;
    for (let n = 0; n < count; n += 2) {
      const x0 = n * inputs;
      const x1 = x0 + inputs;
      let s00 = parameters[b1 + i]!;
      let s01 = parameters[b1 + i + 1]!;
      let s02 = parameters[b1 + i + 2]!;
      let s03 = parameters[b1 + i + 3]!;
      let s10 = s00;
      let s11 = s01;
      let s12 = s02;
      let s13 = s03;
      for (let j = 0; j < inputs; j++) {
        const a = x[x0 + j]!;
        const b = x[x1 + j]!;
        const p0 = parameters[w0 + j]!;
        const p1 = parameters[w1 + j]!;
        const p2 = parameters[w2 + j]!;
        const p3 = parameters[w3 + j]!;
        s00 += a * p0;
        s01 += a * p1;
        s02 += a * p2;
        s03 += a * p3;
        s10 += b * p0;
        s11 += b * p1;
        s12 += b * p2;
        s13 += b * p3;
      }
      const h0 = n * hidden + i;
      const h1 = h0 + hidden;
      h[h0] = s00 > 0 ? s00 : 0;
      h[h0 + 1] = s01 > 0 ? s01 : 0;
      h[h0 + 2] = s02 > 0 ? s02 : 0;
      h[h0 + 3] = s03 > 0 ? s03 : 0;
      h[h1] = s10 > 0 ? s10 : 0;
      h[h1 + 1] = s11 > 0 ? s11 : 0;
      h[h1 + 2] = s12 > 0 ? s12 : 0;
      h[h1 + 3] = s13 > 0 ? s13 : 0;
    }
  }
}

/** Leaves (softmax(logits) − onehot(t)) / count in dLogits; the mean cross-entropy. */
function outputLayer(parameters: Float64Array, t: Int32Array, count: number): number {
  let loss = 0;
  for (let n = 0; n < count; n++) {
    const row = n * classes;
    const hn = n * hidden;
    let greatest = -Infinity;
    for (let k = 0; k < classes; k++) {
      const w = W2 + k * hidden;
      let s0 = parameters[b2 + k]!;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let i = 0; i < hidden; i += 4) {
        s0 += parameters[w + i]! * h[hn + i]!;
        s1 += parameters[w + i + 1]! * h[hn + i + 1]!;
        s2 += parameters[w + i + 2]! * h[hn + i + 2]!;
        s3 += parameters[w + i + 3]! * h[hn + i + 3]!;
      }
      const logit = s0 + s1 + (s2 + s3);
      dLogits[row + k] = logit;
      if (logit > greatest) greatest = logit;
    }
    const label = row + t[n]!;
    const labelled = dLogits[label]!;
    let total = 0;
    for (let k = row; k < row + classes; k++) {
      const exponential = Math.exp(dLogits[k]! - greatest);
      dLogits[k] = exponential;
      total += exponential;
    }
    loss += greatest + Math.log(total) - labelled;
    const scale = 1 / (total * count);
    for (let k = row; k < row + classes; k++) dLogits[k]! *= scale;
    dLogits[label]! -= 1 / count;
  }
  return loss / count;
}

/** dh = (dLogits · W2) where the unit was active. */
function hiddenAdjoint(parameters: Float64Array, count: number): void {
  for (let n = 0; n < count; n++) {
    const row = n * classes;
    const hn = n * hidden;
    for (let i = 0; i < hidden; i++) {
      if (h[hn + i]! <= 0) {
        dh[hn + i] = 0;
        continue;
      }
      let even = 0;
      let odd = 0;
      for (let k = 0; k < classes; k += 2) {
        even += dLogits[row + k]! * parameters[W2 + k * hidden + i]!;
        odd += dLogits[row + k + 1]! * parameters[W2 + (k + 1) * hidden + i]!;
      }
      dh[hn + i] = even + odd;
    }
  }
}

/** W2 −= η dLogitsᵀ · H and b2 −= η Σ dLogits, four samples a pass. */
function updateOutputLayer(parameters: Float64Array, count: number): void {
  for (let k = 0; k < classes; k++) {
    const w = W2 + k * hidden;
    for (let n = 0; n < count; n += 4) {
      const d0 = learningRate * dLogits[n * classes + k]!;
      const d1 = learningRate * dLogits[(n + 1) * classes + k]!;
      const d2 = learningRate * dLogits[(n + 2) * classes + k]!;
      const d3 = learningRate * dLogits[(n + 3) * classes + k]!;
      const h0 = n * hidden;
      const h1 = h0 + hidden;
      const h2 = h1 + hidden;
      const h3 = h2 + hidden;
      for (let i = 0; i < hidden; i++) {
        parameters[w + i]! -= d0 * h[h0 + i]! + d1 * h[h1 + i]! + (d2 * h[h2 + i]! + d3 * h[h3 + i]!);
      }
      parameters[b2 + k]! -= d0 + d1 + (d2 + d3);
    }
  }
}

/** W1 −= η dhᵀ · X and b1 −= η Σ dh, in blocks of two units by four samples. */
function updateHiddenLayer(parameters: Float64Array, x: Float64Array, count: number): void {
  for (let i = 0; i < hidden; i += 2) {
    const w0 = i * inputs;
    const w1 = w0 + inputs;
    for (let n = 0; n < count; n += 4) {
      const h0 = n * hidden + i;
      const h1 = h0 + hidden;
      const h2 = h1 + hidden;
      const h3 = h2 + hidden;
      const d00 = learningRate * dh[h0]!;
      const d10 = learningRate * dh[h1]!;
      const d20 = learningRate * dh[h2]!;
      const d30 = learningRate * dh[h3]!;
      const d01 = learningRate * dh[h0 + 1]!;
      const d11 = learningRate * dh[h1 + 1]!;
      const d21 = learningRate * dh[h2 + 1]!;
      const d31 = learningRate * dh[h3 + 1]!;
      const x0 = n * inputs;
      const x1 = x0 + inputs;
      const x2 = x1 + inputs;
      const x3 = x2 + inputs;
      for (let j = 0; j < inputs; j++) {
        const a = x[x0 + j]!;
        const b = x[x1 + j]!;
        const c = x[x2 + j]!;
        const d = x[x3 + j]!;
        parameters[w0 + j]! -= d00 * a + d10 * b + (d20 * c + d30 * d);
        parameters[w1 + j]! -= d01 * a + d11 * b + (d21 * c + d31 * d);
      }
      parameters[b1 + i]! -= d00 + d10 + (d20 + d30);
      parameters[b1 + i + 1]! -= d01 + d11 + (d21 + d31);
    }
  }
}
