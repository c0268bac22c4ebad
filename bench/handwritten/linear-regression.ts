/* eslint-disable @typescript-eslint/no-non-null-assertion -- the loops keep every index in range */
/*
 * ŷ = w1·x + w2, loss = ½ Σ (t − ŷ)², plain gradient descent. What one writes by hand for two weights: the sums in
 * locals, one pass over the samples.
 */
const learningRate = 0.004;

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
  const w1 = parameters[0]!;
  const w2 = parameters[1]!;
  let loss = 0;
  let dw1 = 0;
  let dw2 = 0;
  for (let n = 0; n < count; n++) {
    const xn = x[n]!;
    const residual = t[n]! - w1 * xn - w2;
    loss += residual * residual;
    dw1 -= residual * xn;
    dw2 -= residual;
  }
  parameters[0] = w1 - learningRate * dw1;
  parameters[1] = w2 - learningRate * dw2;
  return loss / 2;
}
