import {
  countProgram,
  countVectors,
  type ModuleProgram,
  type ProgramCost,
  type ScalarOperation,
} from "./program/index.ts";

/*
 * How long a training step takes, for the choice between the targets. Each operation counts what it costs in a step much
 * larger than its loops and calls; memory goes along with the arithmetic, also where single precision is converted. The
 * constants, in nanoseconds, are rounded from a fit to steps of networks of all sizes with Node 20 on a 2-core server;
 * `npm run bench -- auto` holds them against what is measured. What counts is how the targets compare.
 */

/** What an operation takes, by what a machine makes of it. */
interface Times {
  /** One instruction: additions, products, comparisons. */
  readonly simple: number;
  /** And square roots. */
  readonly division: number;
  /** The exponential and the logarithm. */
  readonly exponential: number;
  /** Other elementary functions, which need one of them, or as much. */
  readonly elementary: number;
  readonly power: number;
  /** A random number: a dozen operations on integers. */
  readonly draw: number;
}

/** In code that V8 compiles. Powers are calls of `Math.pow`. */
const script: Times = { simple: 0.07, division: 1.2, exponential: 3, elementary: 5.5, power: 40, draw: 10 };
/** A value that has a name waits in a register or on the stack. What is read once has none. */
const local = 0.3;
/** Control of a loop, and the indices that follow it. */
const iteration = 0.7;
const scriptCall = 2;

/** A vector of a kernel: four numbers of single precision cost what two of double precision do, but for longer polynomials. */
const vector = { simple: 0.13, division: 2.5, exponential: 4.5, power: 40, draw: 5 };
const vectors: Readonly<Record<ModuleProgram["precision"], Times>> = {
  f32: { ...vector, elementary: 9.5 },
  f64: { ...vector, elementary: 13 },
};
/** What has no lanes: functions are vectors' all the same, and most of the rest waits for memory, or for lanes to be summed. */
const alone: Times = { simple: 0.6, division: 2, exponential: 27, elementary: 27, power: 27, draw: 2 };
/** To check a batch's arrays, to find that they are the kernel's own, and to call it. */
const kernelCall = 5;

/** Nanoseconds of a training step on a full batch, of a module lowered for TypeScript. */
export function predictTypeScript(module: ModuleProgram): number {
  return sumOf(module, (program, batch) => {
    const cost = countProgram(program, batch);
    return operationsTime(cost, script) + cost.locals * local + cost.iterations * iteration + scriptCall;
  });
}

/** The same of a module lowered for a kernel. */
export function predictWasm(module: ModuleProgram): number {
  const time = sumOf(module, (program, batch) => {
    const cost = countVectors(program, batch);
    return (
      operationsTime(cost.inLanes, vectors[module.precision]) +
      operationsTime(cost.alone, alone) +
      (cost.alone.loads + cost.alone.stores) * alone.simple
    );
  });
  return time + kernelCall;
}

type Counted = ModuleProgram["programs"]["trainStep"];

function sumOf(
  { programs, batchSize }: ModuleProgram,
  timeOf: (program: Counted, batch: number) => number,
): number {
  const { trainStep, update } = programs;
  return timeOf(trainStep, batchSize) + (update === undefined ? 0 : timeOf(update, batchSize));
}

function operationsTime({ operations }: ProgramCost, times: Times): number {
  return Object.entries(operations).reduce(
    (sum, [name, count]) => sum + count * times[kinds[name as ScalarOperation | "random"]], // its keys are operations
    0,
  );
}

const kinds: Readonly<Record<ScalarOperation | "random", keyof Times>> = {
  add: "simple",
  subtract: "simple",
  multiply: "simple",
  divide: "division",
  negate: "simple",
  power: "power",
  abs: "simple",
  sign: "simple",
  floor: "simple",
  ceil: "simple",
  round: "simple",
  sqrt: "division",
  exp: "exponential",
  expm1: "exponential",
  log: "exponential",
  log1p: "elementary",
  sin: "elementary",
  cos: "elementary",
  tan: "elementary",
  asin: "elementary",
  acos: "elementary",
  atan: "elementary",
  sinh: "elementary",
  cosh: "elementary",
  tanh: "elementary",
  asinh: "elementary",
  acosh: "elementary",
  atanh: "elementary",
  erf: "elementary",
  sigmoid: "elementary",
  maximum: "simple",
  minimum: "simple",
  less: "simple",
  lessEqual: "simple",
  equal: "simple",
  notEqual: "simple",
  and: "simple",
  or: "simple",
  not: "simple",
  select: "simple",
  random: "draw",
};
