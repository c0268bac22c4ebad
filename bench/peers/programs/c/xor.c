/*
 * 2-4-1: h = tanh(W1 x + b1), y = sigmoid(W2 h + b2), binary cross-entropy, plain gradient descent. Constant extents,
 * all of which the compiler unrolls; the four samples are neighbours in memory, so that they fill a vector.
 */
#define PARAMETERS 17
#define INPUTS 8
#define TARGETS 4
#define TARGET REAL
#include "program.h"

enum { batch = 4, hidden = 4 };
static const REAL learningRate = 0.5;

/* W1 by columns. */
static REAL W1[2][hidden], b1[hidden], W2[hidden], b2;

static void reset(void) {
  for (int i = 0; i < hidden; i++) {
    W1[0][i] = (REAL)initial[2 * i];
    W1[1][i] = (REAL)initial[2 * i + 1];
    b1[i] = (REAL)initial[8 + i];
    W2[i] = (REAL)initial[12 + i];
  }
  b2 = (REAL)initial[16];
}

static REAL sum(const REAL *values) { return (values[0] + values[1]) + (values[2] + values[3]); }

static double step(void) {
  REAL x0[batch], x1[batch], h[hidden * batch], logit[batch], d[batch], loss[batch], da[batch], product[batch];
  for (int n = 0; n < batch; n++) {
    x0[n] = x[2 * n];
    x1[n] = x[2 * n + 1];
  }
  for (int i = 0; i < hidden; i++)
    for (int n = 0; n < batch; n++) h[i * batch + n] = W1[0][i] * x0[n] + W1[1][i] * x1[n] + b1[i];
  for (int k = 0; k < hidden * batch; k++) h[k] = TANH(h[k]);
  for (int n = 0; n < batch; n++)
    logit[n] = W2[0] * h[n] + W2[1] * h[batch + n] + (W2[2] * h[2 * batch + n] + W2[3] * h[3 * batch + n]) + b2;
  for (int n = 0; n < batch; n++) {
    const REAL z = logit[n];
    const REAL exponential = EXP(-FABS(z));
    const REAL y = (z >= 0 ? 1 : exponential) / (1 + exponential);
    /* −t log y − (1 − t) log(1 − y) = max(z, 0) − t z + log1p(e^−|z|) */
    loss[n] = (z > 0 ? z : 0) - t[n] * z + LOG1P(exponential);
    d[n] = y - t[n];
  }
  const REAL rate = learningRate / batch;
  for (int i = 0; i < hidden; i++) {
    for (int n = 0; n < batch; n++) {
      const REAL hn = h[i * batch + n];
      product[n] = d[n] * hn;
      da[n] = d[n] * W2[i] * (1 - hn * hn);
    }
    W2[i] -= rate * sum(product);
    b1[i] -= rate * sum(da);
    for (int n = 0; n < batch; n++) product[n] = da[n] * x0[n];
    W1[0][i] -= rate * sum(product);
    for (int n = 0; n < batch; n++) product[n] = da[n] * x1[n];
    W1[1][i] -= rate * sum(product);
  }
  b2 -= rate * sum(d);
  return (double)sum(loss) / batch;
}
