/* ŷ = w1·x + w2, loss = ½ Σ (t − ŷ)², plain gradient descent. */
#define PARAMETERS 2
#define INPUTS 10
#define TARGETS 10
#define TARGET REAL
#include "program.h"

static const REAL learningRate = 0.004;

static REAL w1, w2;

static void reset(void) {
  w1 = (REAL)initial[0];
  w2 = (REAL)initial[1];
}

static double step(void) {
  REAL loss = 0, dw1 = 0, dw2 = 0;
#pragma GCC unroll 10
  for (int n = 0; n < 10; n++) {
    const REAL residual = t[n] - w1 * x[n] - w2;
    loss += residual * residual;
    dw1 -= residual * x[n];
    dw2 -= residual;
  }
  w1 -= learningRate * dw1;
  w2 -= learningRate * dw2;
  return (double)loss / 2;
}
