import { didYouMean, OptionError } from "../diagnostics/index.ts";
import { type DerivedNetwork, type Node, reachableFrom } from "../graph/index.ts";
import { constantValue, operationTable } from "../operations/index.ts";
import {
  bufferLength,
  type DataSlot,
  type ModuleProgram,
  type OptimizerText,
  type Precision,
  type Program,
  type ScheduleName,
  type TargetChoice,
} from "../program/index.ts";
import { formulas, type FormulaSheet } from "./formulas.ts";
import type { Notation } from "./print.ts";

/** What a compilation must bring to be inspected. */
export interface Inspectable {
  readonly derived: DerivedNetwork;
  readonly program: ModuleProgram;
  readonly target: TargetChoice;
  readonly costs: OperationCosts;
}

/** Scalar operations per sample, averaged over a batch of the module's batch size. */
export interface OperationCosts {
  readonly loss: number;
  readonly lossAndGradients: number;
  /** The cheap-gradient principle promises about 4 (Griewank & Walther 2008, section 3.3). */
  readonly ratio: number;
}

/** All that `nabla inspect` says about a network, as data: what `--format json` prints. */
export interface NetworkReport {
  /** From the file's name. */
  readonly network: string;
  readonly precision: Precision;
  /** Samples per training step, unless a caller gives fewer. */
  readonly batchSize: number;
  readonly inputs: readonly DataSlot[];
  readonly targets: readonly DataSlot[];
  /** What `predict` computes; absent where every statement depends on a target. */
  readonly output?: DataSlot;
  readonly parameters: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly count: number;
    /** Whether the optimizer leaves it as it is; then it has no gradient. */
    readonly isFrozen?: boolean;
    /** Whether it is a state, which a training step changes by a rule of the network's own. */
    readonly isState?: boolean;
  }[];
  readonly parameterCount: number;
  readonly optimizer: OptimizerText;
  readonly formulas: FormulaSheet;
  readonly operations: OperationCosts;
  /** Why the ratio may be above 5; absent where it is not. */
  readonly ratioNote?: string;
  /** What computes, and why. */
  readonly target: TargetChoice;
  readonly schedules: readonly {
    readonly program: string;
    readonly schedule: ScheduleName;
    readonly reason: string;
  }[];
  readonly memory: MemoryReport;
  /** How often each rewrite rule fired, by pass, most often first. */
  readonly rewrites: readonly { readonly pass: string; readonly rule: string; readonly count: number }[];
  /** What the derivative is declared to be where there is none, for the operations that occur. */
  readonly conventions: readonly string[];
}

/** Bytes, at the module's batch size. */
export interface MemoryReport {
  readonly parameters: number;
  /** As many as parameters, where `gradient` leaves its results. */
  readonly gradients: number;
  /** Optimizer state, the step count included. */
  readonly state: number;
  /** Inputs and targets of one batch. */
  readonly batch: number;
  /** Intermediate values of the program that needs most of them, before buffers share memory. */
  readonly scratch: number;
}

export interface ReportOptions {
  /** A parameter, if only its gradient is wanted. */
  readonly gradient?: string;
  readonly notation?: Notation;
}

/** @throws {OptionError} when `gradient` is no parameter of the network. */
export function reportNetwork(
  { derived, program, target, costs }: Inspectable,
  options: ReportOptions = {},
): NetworkReport {
  const { gradient, notation } = options;
  if (gradient !== undefined) requireParameter(derived, gradient);
  const parameters = program.parameters.map(({ name, shape, length, isFrozen, isState }) => ({
    name,
    shape,
    count: length,
    ...(isFrozen === true ? { isFrozen } : {}),
    ...(isState === true ? { isState } : {}),
  }));
  const parameterCount = parameters.reduce((sum, { count }) => sum + count, 0);
  const ratioNote = explainRatio(costs, (2 * parameterCount) / program.batchSize);
  return {
    network: program.name,
    precision: program.precision,
    batchSize: program.batchSize,
    inputs: program.inputs,
    targets: program.targets,
    ...(program.output && { output: program.output }),
    parameters,
    parameterCount,
    optimizer: program.optimizer,
    formulas: formulas(derived, {
      ...(notation && { notation }),
      ...(gradient !== undefined && { parameters: [gradient] }),
    }),
    operations: costs,
    ...(ratioNote !== undefined && { ratioNote }),
    target,
    schedules: programsOf(program).map(({ name, schedule, scheduleReason }) => ({
      program: name,
      schedule,
      reason: scheduleReason,
    })),
    memory: memoryOf(program),
    rewrites: countRewrites(derived),
    conventions: conventionsOf(derived),
  };
}

/** `wholesale`: what a step does to all gradients whatever its samples reach, clearing and scaling, per sample. */
function explainRatio(
  { loss, lossAndGradients, ratio }: OperationCosts,
  wholesale: number,
): string | undefined {
  const high = 5;
  if (ratio <= high) return undefined;
  return (lossAndGradients - wholesale) / loss <= high
    ? `the ratio is above ${high} because each step clears and scales all gradients, however few of them its samples reach: a larger batch lowers it`
    : `the ratio is above ${high}, more than the cheap-gradient principle promises: some operation here is cheaper than its derivative, as the maximum over elements and indexing are`;
}

function requireParameter({ network }: DerivedNetwork, name: string): void {
  const names = network.parameters.map((parameter) => parameter.name);
  const frozen = network.parameters.find(
    (parameter) => parameter.name === name && parameter.isFrozen === true,
  );
  if (frozen !== undefined)
    throw new OptionError([
      {
        code: "unknown-parameter",
        severity: "error",
        ...(frozen.next === undefined
          ? {
              message: `${name} is frozen, so it has no gradient.`,
              hint: "leave it out of what training freezes",
            }
          : {
              message: `${name} is a state, so it has no gradient.`,
              hint: "ask for a parameter",
            }),
      },
    ]);
  if (names.includes(name)) return;
  throw new OptionError([
    {
      code: "unknown-parameter",
      severity: "error",
      message: `${network.source.name} has no parameter called ${JSON.stringify(name)}.`,
      hint: didYouMean(name, names) ?? `the parameters are ${names.join(", ")}`,
    },
  ]);
}

function programsOf({ programs }: ModuleProgram): readonly Program[] {
  const { loss, gradient, trainStep, predict } = programs;
  return [loss, gradient, trainStep, ...(predict ? [predict] : [])];
}

function memoryOf(module: ModuleProgram): MemoryReport {
  const real = module.precision === "f64" ? 8 : 4;
  const integer = 4;
  const parameters = module.parameters.reduce((sum, { length }) => sum + length, 0) * real;
  const states = module.states.reduce((sum, { length }) => sum + length, 1);
  const data = [...module.inputs, ...module.targets].reduce((sum, { shape, element }) => {
    const size = shape.reduce((product, extent) => product * extent, module.batchSize);
    return sum + size * (element === "real" ? real : integer);
  }, 0);
  const scratch = programsOf(module).map(({ buffers }) =>
    buffers
      .filter(({ role }) => role === "scratch")
      .reduce((sum, buffer) => sum + bufferLength(buffer, module.batchSize) * real, 0),
  );
  return {
    parameters,
    gradients: parameters,
    state: states * real,
    batch: data,
    scratch: Math.max(0, ...scratch),
  };
}

function countRewrites({ trace }: DerivedNetwork): NetworkReport["rewrites"] {
  const counts = new Map<string, { readonly pass: string; readonly rule: string; count: number }>();
  for (const { pass, rule } of trace) {
    const key = `${pass}/${rule}`;
    const known = counts.get(key) ?? { pass, rule, count: 0 };
    known.count += 1;
    counts.set(key, known);
  }
  const passes = [...new Set(trace.map(({ pass }) => pass))];
  return [...counts.values()].sort(
    (a, b) =>
      passes.indexOf(a.pass) - passes.indexOf(b.pass) || b.count - a.count || (a.rule < b.rule ? -1 : 1),
  );
}

/** What the derivatives of a network are declared to be where there are none, each said once. */
export function conventionsOf({ network, gradients }: DerivedNetwork): readonly string[] {
  const nodes = reachableFrom([network.loss, ...gradients.map(({ node }) => node)]);
  const conventions = nodes
    .filter(needsConvention)
    .map(({ operation }) => operationTable[operation].convention);
  return [...new Set(conventions.filter((convention) => convention !== undefined))];
}

/** Sums are smooth, of the reductions only the largest and smallest have ties; and so is a power like x². */
function needsConvention(node: Node): boolean {
  if (node.operation === "reduce") return node.attributes.kind === "max" || node.attributes.kind === "min";
  const [, exponent] = node.inputs;
  if (node.operation === "power" && exponent !== undefined) return !((constantValue(exponent) ?? 0) >= 1);
  return true;
}
