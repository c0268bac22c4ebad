import { DiagnosticError } from "../diagnostics/index.ts";
import { type DerivedNetwork, type Network, type Node, trainable } from "../graph/index.ts";
import type { ModuleProgram } from "../program/index.ts";
import { type BatchSizes, batchSizes, roundingsOf, usualRoundings } from "./batches.ts";
import {
  type Check,
  checkOf,
  type Comparison,
  type Judge,
  judges,
  noteOf,
  type Precision,
  sizeFloor,
  tolerances,
  worstOf,
} from "./compare.ts";
import { Random } from "./data.ts";
import { judgeDirections } from "./directions.ts";
import { type GeneratedNetwork, runGenerated } from "./generated.ts";
import { judgeSteps, judgeValues } from "./interpreted.ts";
import { plainDerived, plainNetwork } from "./plain.ts";
import { drawPoint, type Point } from "./point.ts";
import { type MeasuredGradients, measureGradients } from "./tape.ts";
import { tensorFlowGradients } from "./tfjs.ts";

/** What to verify, and how thoroughly. */
export interface VerifyOptions {
  /** The network as the language read it: what the judges differentiate. */
  readonly network: Network;
  /** The generated TypeScript. */
  readonly code: string;
  /** Default: all of them. */
  readonly against?: readonly Judge[];
  /** The rewritten network; `interpreter` compares with it too where it is given. */
  readonly derived?: DerivedNetwork;
  /** The program that the code was printed from: which batches would run all of its loops. Default: any program. */
  readonly program?: ModuleProgram;
  /** Of the random parameters and data. Default 0. */
  readonly seed?: number;
  /** The largest batch that is tried. Default: the module's batch size, or a few samples more. */
  readonly batch?: number;
}

/** What the judges said: `ok` if all agree. */
export interface Verification {
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

/** What every judge is told. */
export interface Trial {
  readonly network: Network;
  readonly derived: DerivedNetwork | undefined;
  readonly generated: GeneratedNetwork;
  readonly point: Point;
  readonly random: Random;
  /** What the tape says at the point. */
  readonly measured: MeasuredGradients;
  /** The least size that a judge may hold the gradient of a parameter against: see `sizeFloor`. */
  readonly floorOf: (parameter: Node, judge: Judge) => number;
  readonly toleranceOf: (judge: Judge) => number;
}

/**
 * Runs generated code on random parameters and data, and compares what it computes with each judge, parameter by
 * parameter, in batches that together run every loop of the code (see `batchSizes`). A row reports the worst of them.
 *
 * @param options The network and the code; a `Compilation` has both.
 * @returns A row for each judge and quantity.
 * @throws {DiagnosticError} `missing-package` when `tfjs` is asked for and not installed.
 */
export async function verifyModule(options: VerifyOptions): Promise<Verification> {
  const { against = judges, seed = 0 } = options;
  const network = plainNetwork(options.network);
  const derived = options.derived && plainDerived(options.derived, network);
  const generated = await runGenerated(network, options.code);
  if (generated.mismatch !== undefined) return failure(against, generated, generated.mismatch);
  const { all, few } = sizesFor(generated, options);
  const checks: Check[] = [];
  for (const batchSize of new Set([...all, ...few])) {
    const random = new Random(seed * 1009 + batchSize);
    const point = drawPoint(network, batchSize, random, generated.precision);
    if (point === undefined)
      return failure(against, generated, "no random point was found where loss and gradients are finite");
    const trial = trialAt(point, { network, derived, generated, random });
    for (const judge of against) {
      if (!(expensive.has(judge) ? few : all).includes(batchSize)) continue;
      checks.push(...(await ask(judge, trial)));
    }
  }
  const rows = worstOf(checks).toSorted((a, b) => against.indexOf(a.against) - against.indexOf(b.against));
  // Where every judge skipped everything, nothing was found right: that is not a pass.
  const isCompared = rows.some(({ skipped }) => skipped !== true);
  return { ok: isCompared && rows.every(({ ok }) => ok), checks: rows };
}

function trialAt(point: Point, given: Pick<Trial, "network" | "derived" | "generated" | "random">): Trial {
  const { network, generated } = given;
  const parameters = network.parameters.map(({ node }) => node);
  const measured = measureGradients(network.loss, parameters, point);
  return {
    ...given,
    point,
    measured,
    floorOf: (parameter, judge) =>
      sizeFloor(measured.termSizes.get(parameter) ?? 0, judge, generated.precision),
    toleranceOf: (judge) => tolerances[generated.precision][judge],
  };
}

function sizesFor(generated: GeneratedNetwork, { batch, program }: VerifyOptions): BatchSizes {
  const { batchSize } = generated;
  const usual = Math.min(batch ?? batchSize, batchSize);
  const most = batch ?? (generated.takes(batchSize + 1) ? Infinity : batchSize);
  return batchSizes(program === undefined ? usualRoundings : roundingsOf(program), usual, most);
}

const expensive: ReadonlySet<Judge> = new Set(["dual", "finite-difference", "tfjs"]);

/** A judge that fails gives no pass, and takes nothing from the others. */
async function ask(judge: Judge, trial: Trial): Promise<readonly Check[]> {
  const { precision } = trial.generated;
  try {
    const comparisons = await askers[judge](trial);
    return comparisons.map((comparison) => checkOf(judge, comparison, precision));
  } catch (problem) {
    if (problem instanceof DiagnosticError) throw problem; // what the user can mend: a package that is missing
    return [failed(judge, precision, `failed: ${noteOf(problem)}`)];
  }
}

type Asker = (trial: Trial) => readonly Comparison[] | Promise<readonly Comparison[]>;

const askers: Readonly<Record<Judge, Asker>> = {
  tape: (trial) => {
    const own = trial.generated.gradient(trial.point);
    return [
      ...compareGradients("tape", trial, own.gradients, trial.measured.gradients),
      { quantity: "loss", generated: [own.loss], judged: [trial.measured.loss] },
    ];
  },
  dual: (trial) => judgeDirections("dual", trial),
  "finite-difference": (trial) => judgeDirections("finite-difference", trial),
  interpreter: (trial) => [...judgeValues(trial), ...judgeSteps(trial)],
  tfjs: async (trial) => {
    const { network, generated, point } = trial;
    const parameters = network.parameters.map(({ node }) => node);
    const judged = await tensorFlowGradients(network.loss, parameters, point);
    if (judged.kind === "skipped")
      return trainable(network.parameters).map(({ name }) => ({ quantity: name, skipped: judged.reason }));
    return compareGradients("tfjs", trial, generated.gradient(point).gradients, judged.gradients);
  },
};

type Gradients = ReadonlyMap<Node, ArrayLike<number>>;

export function compareGradients(
  judge: Judge,
  { network, floorOf }: Trial,
  generated: Gradients,
  judged: Gradients,
): readonly Comparison[] {
  return trainable(network.parameters).map(({ name, node }) => ({
    quantity: name,
    generated: generated.get(node) ?? [],
    judged: judged.get(node) ?? [],
    floor: floorOf(node, judge),
  }));
}

/** Nothing could be compared at all: that is not a pass. */
function failure(against: readonly Judge[], { precision }: GeneratedNetwork, note: string): Verification {
  return { ok: false, checks: against.map((judge) => failed(judge, precision, note)) };
}

function failed(against: Judge, precision: Precision, note: string): Check {
  const tolerance = tolerances[precision][against];
  return { against, parameter: "all", maxRelativeError: Infinity, tolerance, ok: false, note };
}
