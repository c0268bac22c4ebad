/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are in bounds by the loops around them; `!` costs nothing */
import type { Layout } from "./saving.ts";

/** Collects the gradients of steps. */
export interface GradientWatch {
  /** What `onGradient` of `TrainOptions` is to be. */
  readonly add: (gradient: Float64Array, parameters: Float64Array) => void;
  /** What the gradients since the last report were like, as after each epoch. */
  readonly report: () => GradientReport;
}

export interface GradientReport {
  readonly steps: number;
  readonly parameters: readonly GradientNorms[];
  /** What is amiss; see `GradientWarning`. */
  readonly warnings: readonly GradientWarning[];
}

/** The gradient of one parameter, over the steps of a report. */
export interface GradientNorms {
  readonly name: string;
  /** Root of the mean of its squared Euclidean norm. */
  readonly norm: number;
  /**
   * That norm, relative to the parameter's own: the part of itself by which a step at the rate 1 changes it. An element
   * counts as 0.01 at least on average, so that a bias that starts at zero does not look as if it exploded.
   */
  readonly relative: number;
  /** Indices along the first dimension, counted from 1, of which no step's gradient was other than zero. */
  readonly deadRows: readonly number[];
}

/**
 * - `exploding`: a relative norm above 100, or one that is not finite: at a rate of 0.01, usual for gradient descent, a step is
 *   larger than the parameter.
 * - `vanishing`: a relative norm below 1e-5 of the largest in the network: what a sigmoid does, whose derivative is at most
 *   1/4, eight times over. That all of them are small is no cause for a warning: so they are where a loss is least.
 * - `dead`: units of a relu that are off for every sample get no gradient and will not come on again; nor do rows of a table
 *   that no sample looks up.
 */
export interface GradientWarning {
  readonly kind: "exploding" | "vanishing" | "dead";
  readonly parameter: string;
  /** Of `dead`; counted from 1. */
  readonly rows: readonly number[];
  /** A sentence. */
  readonly message: string;
}

const explodingNorm = 100;
const vanishingPart = 1e-5;
const leastElement = 0.01;

/** Sums over the steps since the last report. */
interface ParameterSums {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
  readonly rows: number;
  squares: number;
  relativeSquares: number;
  /** By row: whether some element of some step was not zero. */
  readonly isAlive: Uint8Array;
}

/** Watches the gradients of the parameters that the layout describes; frozen ones have none. */
export function newGradientWatch(layout: Layout, frozen: readonly string[] = []): GradientWatch {
  const trained = Object.entries(layout).filter(([name]) => !frozen.includes(name));
  const sums = trained.map(([name, { offset, length, shape }]): ParameterSums => {
    const rows = shape.length < 2 ? 1 : shape[0]!;
    return { name, offset, length, rows, squares: 0, relativeSquares: 0, isAlive: new Uint8Array(rows) };
  });
  let steps = 0;
  return {
    add: (gradient, parameters) => {
      steps++;
      for (const sum of sums) addStep(sum, gradient, parameters);
    },
    report: () => {
      const norms = sums.map((sum) => normsOf(sum, steps));
      const report = { steps, parameters: norms, warnings: steps === 0 ? [] : warningsOf(norms, sums) };
      for (const sum of sums) {
        sum.squares = sum.relativeSquares = 0;
        sum.isAlive.fill(0);
      }
      steps = 0;
      return report;
    },
  };
}

function addStep(sum: ParameterSums, gradient: Float64Array, parameters: Float64Array): void {
  const { offset, length, rows, isAlive } = sum;
  const width = length / rows;
  let squares = 0;
  let size = 0;
  for (let row = 0, i = offset; row < rows; row++) {
    let alive = isAlive[row]!;
    for (const end = i + width; i < end; i++) {
      const [g, w] = [gradient[i]!, parameters[i]!];
      squares += g * g;
      size += w * w;
      if (g !== 0) alive = 1;
    }
    isAlive[row] = alive;
  }
  sum.squares += squares;
  sum.relativeSquares += squares / Math.max(size, length * leastElement * leastElement);
}

function normsOf({ name, squares, relativeSquares, isAlive }: ParameterSums, steps: number): GradientNorms {
  const deadRows = steps === 0 ? [] : Array.from(isAlive, (alive, row) => (alive === 0 ? row + 1 : 0));
  const count = Math.max(1, steps);
  return {
    name,
    norm: Math.sqrt(squares / count),
    relative: Math.sqrt(relativeSquares / count),
    deadRows: deadRows.filter((row) => row > 0),
  };
}

function warningsOf(
  norms: readonly GradientNorms[],
  sums: readonly ParameterSums[],
): readonly GradientWarning[] {
  const largest = norms.reduce((most, { relative }) => (relative > most ? relative : most), 0);
  return norms.flatMap(({ name, norm, relative, deadRows }, index): GradientWarning[] => {
    const warning = (
      kind: GradientWarning["kind"],
      message: string,
      rows: readonly number[] = [],
    ): GradientWarning[] => [{ kind, parameter: name, rows, message: `${name}${message}` }];
    if (!(relative <= explodingNorm))
      return warning(
        "exploding",
        `: the gradient explodes: its norm is ${digits(norm)}, ${digits(relative)} times the parameter's`,
      );
    if (norm === 0) return warning("dead", ": the gradient is zero for every sample", deadRows);
    if (relative < vanishingPart * largest) {
      const part = `${digits(relative)} of the parameter's, where the largest in the network is ${digits(largest)}`;
      return warning("vanishing", `: the gradient vanishes: its norm is ${digits(norm)}, ${part}`);
    }
    if (deadRows.length === 0 || sums[index]!.rows === 1) return [];
    const shown = deadRows.slice(0, 8).join(", ") + (deadRows.length > 8 ? ", …" : "");
    const which =
      deadRows.length === 1 ? `row ${shown}` : `${deadRows.length} rows of ${sums[index]!.rows} (${shown})`;
    return warning("dead", `, ${which}: the gradient is zero for every sample`, deadRows);
  });
}

/** Three significant digits. */
function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
