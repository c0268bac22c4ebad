import { OptionError } from "./diagnostics/index.ts";
import { vectorLanes } from "./emit/index.ts";
import {
  countProgram,
  type ModuleProgram,
  type ScalarOperation,
  type TargetChoice,
  type TargetName,
} from "./program/index.ts";

/**
 * What is to compute in a module.
 *
 * @param asked `auto` leaves the choice to the predicted time of a training step.
 * @param kernelPages Tells how much memory a kernel needs, in pages of 64 KiB.
 * @throws {OptionError} if a kernel is asked for that needs more memory than there can be.
 */
export function chooseTarget(
  asked: TargetName | "auto" | undefined,
  module: ModuleProgram,
  kernelPages: () => number,
): TargetChoice {
  if (asked === undefined) return { name: "typescript", reason: "by default" };
  if (asked === "typescript") return { name: asked, reason: "as asked" };
  const pages = kernelPages();
  if (asked === "wasm") {
    if (pages > mostPages) throw tooMuchMemory(pages, module);
    return { name: asked, reason: "as asked" };
  }
  if (pages > mostPages)
    return {
      name: "typescript",
      reason: `a kernel would need ${gibibytes(pages)}, and WebAssembly has 4 GiB`,
    };
  const { typescript, wasm } = predictStep(module);
  const samples = module.batchSize === 1 ? "one sample" : `${module.batchSize} samples`;
  const reason = `a step of ${samples} takes about ${say(wasm)} in WebAssembly and ${say(typescript)} in TypeScript`;
  return { name: wasm < typescript ? "wasm" : "typescript", reason };
}

/** An address has 32 bits. */
const mostPages = 65536;

function tooMuchMemory(pages: number, { batchSize }: ModuleProgram): OptionError {
  return new OptionError([
    {
      code: "too-large",
      severity: "error",
      message: `A kernel for batches of ${batchSize} needs ${gibibytes(pages)} of memory; WebAssembly has at most 4 GiB.`,
      hint: "use a smaller batchSize, or the target typescript",
    },
  ]);
}

function gibibytes(pages: number): string {
  return `${(Math.ceil(pages / 1638.4) / 10).toFixed(1)} GiB`; // rounded up, so that too much reads as more
}

/** Nanoseconds that a training step takes. */
export interface StepTimes {
  readonly typescript: number;
  readonly wasm: number;
}

/**
 * By the operations of a step on a full batch, each at what it costs in a step that is much larger than its loops and calls.
 * Memory is not counted: both targets read and write the same.
 */
export function predictStep({ programs, batchSize, precision }: ModuleProgram): StepTimes {
  let [typescript, wasm] = [0, callTime];
  // Of samples in lanes, the last vector costs as much as any. Loops over whole batches have other lanes.
  const isStraight = programs.trainStep.schedule === "unrolled";
  const vectors = Math.ceil(batchSize / vectorLanes[precision]);
  const paid = isStraight ? (vectors * vectorLanes[precision]) / batchSize : 1;
  for (const program of [programs.trainStep, programs.update]) {
    if (program === undefined) continue;
    for (const [name, count] of Object.entries(countProgram(program, batchSize).operations)) {
      const times = operationTimes[name as ScalarOperation | "random"]; // its keys are operations
      typescript += count * times.typescript;
      wasm += count * times[precision] * paid;
    }
  }
  return { typescript, wasm };
}

/** Nanoseconds of an operation: in TypeScript, and in the lanes of a kernel of either precision. */
interface OperationTimes {
  readonly typescript: number;
  readonly f64: number;
  readonly f32: number;
}

/*
 * Measured with Node 20 on a 2-core server, as `npm run bench` does: steps of MNIST, LeNet, an LSTM and a GPT, divided by their
 * operations, and elementary functions by themselves (bench/elementary.ts). What counts is how the columns compare.
 */

/** Nanoseconds to check a batch's arrays, to find that they are the kernel's own, and to call it. */
const callTime = 5;
const arithmetic: OperationTimes = { typescript: 0.15, f64: 0.06, f32: 0.03 };
const division: OperationTimes = { typescript: 1, f64: 0.8, f32: 0.4 };
const elementary: OperationTimes = { typescript: 7, f64: 4, f32: 1.6 };
/** A dozen operations on integers. */
const draw: OperationTimes = { typescript: 4, f64: 1.6, f32: 0.8 };

const operationTimes: Readonly<Record<ScalarOperation | "random", OperationTimes>> = {
  add: arithmetic,
  subtract: arithmetic,
  multiply: arithmetic,
  divide: division,
  negate: arithmetic,
  power: elementary,
  abs: arithmetic,
  sign: arithmetic,
  floor: arithmetic,
  ceil: arithmetic,
  round: arithmetic,
  sqrt: division,
  exp: elementary,
  expm1: elementary,
  log: elementary,
  log1p: elementary,
  sin: elementary,
  cos: elementary,
  tan: elementary,
  asin: elementary,
  acos: elementary,
  atan: elementary,
  sinh: elementary,
  cosh: elementary,
  tanh: elementary,
  asinh: elementary,
  acosh: elementary,
  atanh: elementary,
  erf: elementary,
  sigmoid: elementary,
  maximum: arithmetic,
  minimum: arithmetic,
  less: arithmetic,
  lessEqual: arithmetic,
  equal: arithmetic,
  notEqual: arithmetic,
  and: arithmetic,
  or: arithmetic,
  not: arithmetic,
  select: arithmetic,
  random: draw,
};

function say(nanoseconds: number): string {
  const [unit, size] = nanoseconds < 1000 ? ["ns", 1] : nanoseconds < 1e6 ? ["µs", 1e3] : ["ms", 1e6];
  return `${Number((nanoseconds / size).toPrecision(2))} ${unit}`;
}
