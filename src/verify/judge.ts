import { InvariantError } from "../diagnostics/index.ts";
import type { DerivedNetwork, Network } from "../graph/index.ts";
import type { ModuleProgram } from "../program/index.ts";
import { type BatchSizes, batchSizes, roundingsOf, usualRoundings } from "./batches.ts";
import {
  type Check,
  type Comparison,
  type Judge,
  judges,
  relativeErrors,
  tolerances,
  worstOf,
} from "./compare.ts";
import { Random } from "./data.ts";
import { judgeDirections } from "./directions.ts";
import { type GeneratedNetwork, runGenerated } from "./generated.ts";
import { judgeSteps, judgeValues } from "./interpreted.ts";
import { drawPoint, type Point } from "./point.ts";
import { tapeGradients } from "./tape.ts";
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
}

/** A judge's numbers beside the generated code's, or why it says nothing. */
export type Verdict =
  | { readonly kind: "compared"; readonly comparisons: readonly Comparison[]; readonly size: number }
  | { readonly kind: "skipped"; readonly reason: string };

/**
 * Runs generated code on random parameters and data, and compares what it computes with each judge, parameter by
 * parameter, in batches that together run every loop of the code (see `batchSizes`). A row reports the worst of them.
 *
 * @param options The network and the code; a `Compilation` has both.
 * @returns A row for each judge and quantity.
 * @throws {DiagnosticError} `missing-package` when `tfjs` is asked for and not installed.
 */
export async function verifyModule(options: VerifyOptions): Promise<Verification> {
  const { network, derived, against = judges, seed = 0 } = options;
  const generated = await runGenerated(network, options.code);
  if (generated.mismatch !== undefined) return failure(against, generated, generated.mismatch);
  const { all, few } = sizesFor(generated, options);
  const checks: Check[] = [];
  for (const batchSize of new Set([...all, ...few])) {
    const random = new Random(seed * 1009 + batchSize);
    const point = drawPoint(network, batchSize, random, generated.precision);
    if (point === undefined)
      return failure(against, generated, "no random point was found where loss and gradients are finite");
    for (const judge of against) {
      if (!(expensive.has(judge) ? few : all).includes(batchSize)) continue;
      const trial: Trial = { network, derived, generated, point, random };
      for (const verdict of await askers[judge](trial)) checks.push(...report(judge, verdict, trial));
    }
  }
  const rows = worstOf(checks).toSorted((a, b) => against.indexOf(a.against) - against.indexOf(b.against));
  return { ok: rows.every(({ ok }) => ok), checks: rows };
}

function sizesFor(generated: GeneratedNetwork, { batch, program }: VerifyOptions): BatchSizes {
  const { batchSize } = generated;
  const usual = Math.min(batch ?? batchSize, batchSize);
  const most = batch ?? (generated.takes(batchSize + 1) ? Infinity : batchSize);
  return batchSizes(program === undefined ? usualRoundings : roundingsOf(program), usual, most);
}

const expensive: ReadonlySet<Judge> = new Set(["dual", "finite-difference", "tfjs"]);

const askers: Readonly<Record<Judge, (trial: Trial) => readonly Verdict[] | Promise<readonly Verdict[]>>> = {
  tape: ({ network, generated, point }) => {
    const parameters = network.parameters.map(({ node }) => node);
    const judged = tapeGradients(network.loss, parameters, point);
    const own = generated.gradient(point);
    return [
      {
        kind: "compared",
        size: judged.loss,
        comparisons: compareGradients(network, own.gradients, judged.gradients),
      },
      {
        kind: "compared",
        size: 0,
        comparisons: [{ quantity: "loss", generated: [own.loss], judged: [judged.loss] }],
      },
    ];
  },
  dual: (trial) => [judgeDirections("dual", trial)],
  "finite-difference": (trial) => [judgeDirections("finite-difference", trial)],
  interpreter: (trial) => [...judgeValues(trial), ...judgeSteps(trial)],
  tfjs: async ({ network, generated, point }) => {
    const parameters = network.parameters.map(({ node }) => node);
    const judged = await tensorFlowGradients(network.loss, parameters, point);
    if (judged.kind === "skipped") return [judged];
    const own = generated.gradient(point);
    return [
      {
        kind: "compared",
        size: judged.loss,
        comparisons: compareGradients(network, own.gradients, judged.gradients),
      },
    ];
  },
};

export function compareGradients(
  network: Network,
  generated: ReadonlyMap<unknown, ArrayLike<number>>,
  judged: ReadonlyMap<unknown, ArrayLike<number>>,
): readonly Comparison[] {
  return network.parameters.map(({ name, node }) => ({
    quantity: name,
    generated: generated.get(node) ?? [],
    judged: judged.get(node) ?? [],
  }));
}

function report(against: Judge, verdict: Verdict, { network, generated }: Trial): readonly Check[] {
  const tolerance = tolerances[generated.precision][against];
  if (verdict.kind === "skipped") {
    // Nothing was found wrong, and nothing was found right: the note says so.
    const note = `skipped: ${verdict.reason}`;
    return network.parameters.map(({ name }) => ({
      against,
      parameter: name,
      maxRelativeError: 0,
      tolerance,
      ok: true,
      note,
    }));
  }
  const errors = relativeErrors(verdict.comparisons, verdict.size);
  return verdict.comparisons.map(({ quantity, note }, k) => {
    const maxRelativeError = errors[k];
    if (maxRelativeError === undefined) throw new InvariantError("each comparison has an error");
    const ok = maxRelativeError <= tolerance;
    return {
      against,
      parameter: quantity,
      maxRelativeError,
      tolerance,
      ok,
      ...(note === undefined ? {} : { note }),
    };
  });
}

/** Nothing could be compared at all: that is not a pass. */
function failure(against: readonly Judge[], { precision }: GeneratedNetwork, note: string): Verification {
  const checks = against.map((judge): Check => {
    const tolerance = tolerances[precision][judge];
    return { against: judge, parameter: "all", maxRelativeError: Infinity, tolerance, ok: false, note };
  });
  return { ok: false, checks };
}
