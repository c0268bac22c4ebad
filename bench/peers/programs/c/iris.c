/*
 * 4-16-3: h = relu(W1 x + b1), logits = W2 h + b2, softmax cross-entropy, Adam. Constant extents; the sixteen hidden
 * units, or the sixteen samples, are neighbours in memory wherever a loop goes along them, so that they fill vectors.
 */
#define PARAMETERS 131
#define INPUTS 64
#define TARGETS 16
#define TARGET int
#define LABELS
#include "program.h"

enum { batch = 16, inputs = 4, hidden = 16, classes = 3 };
static const double learningRate = 0.01;
static const REAL beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;

/* W1 by columns; the rest as the network has it. */
enum { atB1 = inputs * hidden, atW2 = atB1 + hidden, atB2 = atW2 + classes * hidden };

static REAL w[PARAMETERS] __attribute__((aligned(64)));
static REAL g[PARAMETERS] __attribute__((aligned(64)));
static REAL m[PARAMETERS] __attribute__((aligned(64)));
static REAL v[PARAMETERS] __attribute__((aligned(64)));
static double power1, power2;

static void reset(void) {
  for (int k = 0; k < PARAMETERS; k++) {
    w[k] = (REAL)initial[k < atB1 ? (k % hidden) * inputs + k / hidden : k];
    m[k] = v[k] = 0;
  }
  power1 = power2 = 1;
}

static void adam(void) {
  power1 *= 0.9;
  power2 *= 0.999;
  const REAL rate = (REAL)(learningRate / (1 - power1));
  const REAL scale = (REAL)(1 / sqrt(1 - power2));
  for (int k = 0; k < PARAMETERS; k++) {
    const REAL gk = g[k] / batch;
    m[k] = beta1 * m[k] + (1 - beta1) * gk;
    v[k] = beta2 * v[k] + (1 - beta2) * gk * gk;
    w[k] -= rate * m[k] / (scale * SQRT(v[k]) + epsilon);
  }
}

static double step(void) {
  REAL h[batch][hidden], d[classes][batch], total[batch], greatest[batch];
  for (int n = 0; n < batch; n++) {
    const REAL *xn = x + inputs * n;
#pragma GCC unroll 16
    for (int i = 0; i < hidden; i++) {
      const REAL a = w[i] * xn[0] + w[hidden + i] * xn[1] + w[2 * hidden + i] * xn[2] +
                     w[3 * hidden + i] * xn[3] + w[atB1 + i];
      h[n][i] = a > 0 ? a : 0;
    }
  }
  for (int k = 0; k < classes; k++) {
    for (int n = 0; n < batch; n++) d[k][n] = w[atB2 + k];
    for (int i = 0; i < hidden; i++) {
      const REAL wi = w[atW2 + k * hidden + i];
      for (int n = 0; n < batch; n++) d[k][n] += wi * h[n][i];
    }
  }
  double loss = 0;
  for (int n = 0; n < batch; n++) {
    const REAL greater = d[0][n] > d[1][n] ? d[0][n] : d[1][n];
    greatest[n] = greater > d[2][n] ? greater : d[2][n];
    loss -= d[t[n]][n];
  }
  for (int k = 0; k < classes; k++)
    for (int n = 0; n < batch; n++) d[k][n] = EXP(d[k][n] - greatest[n]);
  for (int n = 0; n < batch; n++) {
    total[n] = d[0][n] + d[1][n] + d[2][n];
    loss += greatest[n] + LOG(total[n]);
  }
  for (int k = 0; k < classes; k++)
    for (int n = 0; n < batch; n++) d[k][n] /= total[n];
  for (int n = 0; n < batch; n++) d[t[n]][n] -= 1;
  memset(g, 0, sizeof g);
  for (int n = 0; n < batch; n++) {
    const REAL *xn = x + inputs * n;
    const REAL d0 = d[0][n], d1 = d[1][n], d2 = d[2][n];
#pragma GCC unroll 16
    for (int i = 0; i < hidden; i++) {
      const REAL hi = h[n][i];
      const REAL dh = d0 * w[atW2 + i] + d1 * w[atW2 + hidden + i] + d2 * w[atW2 + 2 * hidden + i];
      const REAL da = hi > 0 ? dh : 0;
      g[i] += da * xn[0];
      g[hidden + i] += da * xn[1];
      g[2 * hidden + i] += da * xn[2];
      g[3 * hidden + i] += da * xn[3];
      g[atB1 + i] += da;
      g[atW2 + i] += d0 * hi;
      g[atW2 + hidden + i] += d1 * hi;
      g[atW2 + 2 * hidden + i] += d2 * hi;
    }
    g[atB2] += d0;
    g[atB2 + 1] += d1;
    g[atB2 + 2] += d2;
  }
  adam();
  return loss / batch;
}
