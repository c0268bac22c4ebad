/*
 * 784-128-10: h = relu(W1 x + b1), logits = W2 h + b2, softmax cross-entropy, plain gradient descent. Plain loops, in the order
 * in which the innermost goes along memory and adds to many sums at once, so that the compiler fills vectors.
 */
#define INPUTS (64 * 784)
#define PARAMETERS (128 * 784 + 128 + 10 * 128 + 10)
#define TARGETS 64
#define TARGET int
#define LABELS
#include "program.h"

enum { batch = 64, inputs = 784, hidden = 128, classes = 10 };
static const REAL learningRate = 0.1;

/* W1 by columns. */
static REAL W1[inputs][hidden] __attribute__((aligned(64)));
static REAL b1[hidden] __attribute__((aligned(64)));
static REAL W2[classes][hidden] __attribute__((aligned(64)));
static REAL b2[classes];
static REAL h[batch][hidden] __attribute__((aligned(64)));
static REAL dh[batch][hidden] __attribute__((aligned(64)));

static void reset(void) {
  const double *next = initial;
  for (int i = 0; i < hidden; i++)
    for (int j = 0; j < inputs; j++) W1[j][i] = (REAL)*next++;
  for (int i = 0; i < hidden; i++) b1[i] = (REAL)*next++;
  for (int k = 0; k < classes; k++)
    for (int i = 0; i < hidden; i++) W2[k][i] = (REAL)*next++;
  for (int k = 0; k < classes; k++) b2[k] = (REAL)*next++;
}

static void hiddenLayer(void) {
  for (int n = 0; n < batch; n++) {
    for (int i = 0; i < hidden; i++) h[n][i] = b1[i];
    for (int j = 0; j < inputs; j++) {
      const REAL xj = x[n * inputs + j];
      for (int i = 0; i < hidden; i++) h[n][i] += xj * W1[j][i];
    }
    for (int i = 0; i < hidden; i++) h[n][i] = h[n][i] > 0 ? h[n][i] : 0;
  }
}

/* Leaves softmax(logits) − onehot(t) in d; the loss of the sample. */
static double adjoint(int n, REAL *d) {
  REAL greatest = -INFINITY, total = 0;
  for (int k = 0; k < classes; k++) {
    REAL sums[16] = {0};
    for (int i = 0; i < hidden; i += 16)
      for (int lane = 0; lane < 16; lane++) sums[lane] += W2[k][i + lane] * h[n][i + lane];
    d[k] = b2[k];
    for (int lane = 0; lane < 16; lane++) d[k] += sums[lane];
    greatest = d[k] > greatest ? d[k] : greatest;
  }
  const REAL labelled = d[t[n]];
  for (int k = 0; k < classes; k++) total += d[k] = EXP(d[k] - greatest);
  for (int k = 0; k < classes; k++) d[k] /= total;
  d[t[n]] -= 1;
  return (double)(greatest + LOG(total) - labelled);
}

static double step(void) {
  const REAL rate = learningRate / batch;
  REAL d[batch][classes];
  double loss = 0;
  hiddenLayer();
  for (int n = 0; n < batch; n++) {
    loss += adjoint(n, d[n]);
    for (int i = 0; i < hidden; i++) dh[n][i] = 0;
    for (int k = 0; k < classes; k++)
      for (int i = 0; i < hidden; i++) dh[n][i] += d[n][k] * W2[k][i];
    for (int i = 0; i < hidden; i++) dh[n][i] = h[n][i] > 0 ? rate * dh[n][i] : 0;
  }
  for (int n = 0; n < batch; n++) {
    for (int k = 0; k < classes; k++) {
      for (int i = 0; i < hidden; i++) W2[k][i] -= rate * d[n][k] * h[n][i];
      b2[k] -= rate * d[n][k];
    }
    for (int i = 0; i < hidden; i++) b1[i] -= dh[n][i];
  }
  for (int j = 0; j < inputs; j++) {
    for (int n = 0; n < batch; n++) {
      const REAL xj = x[n * inputs + j];
      for (int i = 0; i < hidden; i++) W1[j][i] -= xj * dh[n][i];
    }
  }
  return loss / batch;
}
