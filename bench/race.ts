import type { Contestant, Reals, Samples } from "./contestant.ts";

/** What every contestant starts from. */
export interface Start {
  readonly parameters: Reals;
  readonly data: readonly Samples[];
  readonly batch: number;
  readonly stepsFromStart: number;
}

/**
 * Whether contestants take the same steps: the greatest relative difference of losses and of parameters over the first
 * few steps, against the first contestant.
 */
export function greatestDifference(contestants: readonly Contestant[], start: Start): number {
  const paths = contestants.map((contestant) => {
    const parameters = start.parameters.slice();
    const state = contestant.initialState();
    const losses = Array.from({ length: 5 }, () =>
      contestant.run(1, parameters, state, start.data, start.batch),
    );
    return [...losses, ...parameters];
  });
  const [reference = [], ...others] = paths;
  const scale = reference.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
  const differences = others.map((path) =>
    path.reduce((most, value, at) => Math.max(most, Math.abs(value - (reference[at] ?? NaN))), 0),
  );
  return Math.max(...differences) / scale;
}

const repetitions = 21;
const leastMillisecondsARepetition = 40;

/**
 * Median µs a step of each contestant. Repetitions are interleaved, in alternating order, so that whatever slows the
 * machine down for a while slows all of them down.
 */
export function race(contestants: readonly Contestant[], start: Start): readonly number[] {
  const times = contestants.map((): number[] => []);
  for (const contestant of contestants) timeOnce(contestant, start); // warm-up
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const order = contestants.map((contestant, index) => ({ contestant, index }));
    if (repetition % 2 === 1) order.reverse();
    for (const { contestant, index } of order) times[index]?.push(timeOnce(contestant, start));
  }
  return times.map(median);
}

/** µs a step, over as many runs from the start as fill the least duration. */
function timeOnce(contestant: Contestant, { parameters, data, batch, stepsFromStart }: Start): number {
  let spent = 0;
  let steps = 0;
  const current = parameters.slice();
  while (spent < leastMillisecondsARepetition) {
    current.set(parameters);
    const state = contestant.initialState();
    const before = performance.now();
    const loss = contestant.run(stepsFromStart, current, state, data, batch);
    spent += performance.now() - before;
    steps += stepsFromStart;
    if (!Number.isFinite(loss)) throw new Error(`${contestant.name} diverged`);
  }
  return (spent * 1000) / steps;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}
