/*
 * A contestant's side of the conversation with the bench, as in program.ts. The file that includes this has defined
 * PARAMETERS, INPUTS and TARGETS, the lengths of the arrays, and TARGET, the type of a target; it says what
 * `reset` and `step` do. REAL is given to the compiler.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef REAL
#define REAL float
#endif

/* The elementary functions of REAL's own precision. */
#define OF_REAL(name) _Generic((REAL)0, float : name##f, double : name)
#define EXP OF_REAL(exp)
#define LOG OF_REAL(log)
#define LOG1P OF_REAL(log1p)
#define TANH OF_REAL(tanh)
#define SQRT OF_REAL(sqrt)
#define FABS OF_REAL(fabs)

static double initial[PARAMETERS];
static REAL x[INPUTS] __attribute__((aligned(64)));
static TARGET t[TARGETS] __attribute__((aligned(64)));

/* Back to `initial`, and no step taken. */
static void reset(void);
/* Takes a step; the loss before it. */
static double step(void);

static void readAll(const char *path, void *values, size_t size, size_t count) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fread(values, size, count, file) != count) {
    fprintf(stderr, "cannot read %zu numbers from %s\n", count, path);
    exit(1);
  }
  fclose(file);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return 1e3 * (double)time.tv_sec + 1e-6 * (double)time.tv_nsec;
}

/* µs a step, over as many runs from the start as fill `milliseconds`. */
static double timeSteps(double milliseconds, long stepsFromStart, double *loss) {
  static double pace = 0;
  double spent = 0;
  long steps = 0;
  while (spent < milliseconds) {
    long times = pace > 0 ? (long)fmin((double)stepsFromStart, milliseconds / pace) : 1;
    if (times < 1) times = 1;
    reset();
    const double before = now();
    for (long n = 0; n < times; n++) *loss = step();
    const double took = now() - before;
    pace = took / (double)times;
    spent += took;
    steps += times;
  }
  return spent * 1e3 / (double)steps;
}

int main(int count, char **arguments) {
  if (count != 5) return 2;
  static union { double reals[INPUTS > TARGETS ? INPUTS : TARGETS]; int integers[TARGETS]; } raw;
  readAll(arguments[1], initial, sizeof initial[0], PARAMETERS);
  readAll(arguments[2], raw.reals, sizeof raw.reals[0], INPUTS);
  for (int k = 0; k < INPUTS; k++) x[k] = (REAL)raw.reals[k];
#ifdef LABELS
  readAll(arguments[3], raw.integers, sizeof raw.integers[0], TARGETS);
  for (int k = 0; k < TARGETS; k++) t[k] = raw.integers[k];
#else
  readAll(arguments[3], raw.reals, sizeof raw.reals[0], TARGETS);
  for (int k = 0; k < TARGETS; k++) t[k] = (TARGET)raw.reals[k];
#endif
  const long stepsFromStart = atol(arguments[4]);
  reset();
  double loss = step();
  printf("@{\"kind\": \"first\"}\n");
  fflush(stdout);
  printf("@{\"kind\": \"losses\", \"losses\": [%.17g", loss);
  for (int n = 1; n < 5; n++) printf(", %.17g", step());
  printf("]}\n");
  fflush(stdout);
  char line[80];
  while (fgets(line, sizeof line, stdin) != NULL) {
    const double microseconds = timeSteps(atof(line), stepsFromStart, &loss);
    printf("@{\"kind\": \"time\", \"microseconds\": %.17g, \"loss\": %.17g}\n", microseconds, loss);
    fflush(stdout);
  }
  return 0;
}
