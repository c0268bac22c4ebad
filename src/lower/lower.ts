import { type Node, reachableFrom, unitsOf } from "../graph/index.ts";
import {
  type Buffer,
  countProgram,
  countVectors,
  type Precision,
  type Program,
  type ScheduleName,
  type Statement,
} from "../program/index.ts";
import { assemble, type Assembled } from "./assemble.ts";
import type { Sink } from "./sink.ts";
import { leastBytecode } from "./least-bytecode.ts";
import { bytecodeLimit, predictBytecode } from "./predict.ts";
import { longestRow } from "./rewrites/rows.ts";
import { tripCount } from "./rewrites/unroll.ts";
import { rowsSteps, tiledSteps } from "./schedules/loops.ts";
import { spellOut } from "./schedules/shared.ts";
import { runSteps, type Step } from "./schedules/step.ts";
import { condensingSteps, flatteningSteps, piecewiseSteps } from "./schedules/unrolled.ts";
import { flatteningInLanes, laneSteps, vectorSteps } from "./schedules/vectors.ts";
import { visitStatements } from "./traverse.ts";
import { unrolledSize } from "./unrolled-size.ts";

export interface LowerOptions {
  /** `loss`, `gradient`, `trainStep`, `predict`. */
  readonly name: string;
  readonly sinks: readonly Sink[];
  /** Names for people; not every node has one. */
  readonly names: ReadonlyMap<Node, string>;
  readonly schedule: ScheduleName | "auto";
  /** The usual number of samples. */
  readonly batchSize: number;
  /** In which reals are kept, without lanes only those of the caller; `f64` if undefined. */
  readonly precision?: Precision;
  /**
   * Whether straight-line code leaves parameters, and the sums of their gradients, in memory: there are too many of them
   * for registers. Only for a program that does not overwrite the parameters.
   */
  readonly inMemory?: boolean;
  /** Lanes of a vector of the machine that the program is for; `undefined` where it has none. */
  readonly lanes?: number | undefined;
}

/** A function stays this far below V8's limit, because a function may take a fifth more than predicted (a test compares). */
export const safeBytecode = 51_000;

/** A sample of more operations than this is not even tried in straight line: it would take about 17 bytes for each. */
const mostUnrolled = 5_000;

/** Nor is what comes to more statements than this, most of which only move elements or clear them. */
const mostStatements = 25_000;

/** With `unrolled` asked for, the program is cut into pieces up to here; beyond, no compiler is patient enough. */
const mostInPieces = 40_000;

/** From so many samples on, transposing a matrix for all of them pays. What `predict` and `loss` get may be one. */
const manySamples = 16;

/** The program that computes `sinks`, all of whose operations have been expanded. */
export function lowerProgram(options: LowerOptions): Program {
  if (options.lanes !== undefined) return lowerForVectors(options, options.lanes);
  const { sinks, names, batchSize, schedule, precision } = options;
  const flattening = flatteningSteps(residentRoles(options));
  const tiled = tiledSteps({
    overOld: options.precision !== "f32",
    manySamples: batchSize >= manySamples && options.name !== "predict" && options.name !== "loss",
  });
  const plan = (batchOrder: "sample" | "nest"): Assembled =>
    spellOut.apply(assemble({ sinks, names, batchOrder, batchSize, precision }));
  const tile = (reason: string): Scheduled => scheduled("tiled", runSteps(plan("nest"), tiled), reason);
  const candidates = { flattening, tile };
  const chosen =
    schedule === "tiled"
      ? tile("asked for")
      : stepsMixSamples(sinks)
        ? tile("a step of a recurrence needs all samples of the batch, so they take it together")
        : choose(plan, schedule, candidates);
  return { name: options.name, ...chosen };
}

/** A sample of more operations than this goes through loops: straight-line code for it is long, and no faster. */
const mostInLanes = 4_000;

/**
 * Where it waits for sums over the batch, as batch normalisation does, what is known of it by then goes through memory, and straight-line
 * code loses its lead sooner: at 460 operations the two are level, at 2,000 loops take from a fifth to a half of the time.
 */
const mostBetweenSums = 500;

function lowerForVectors(options: LowerOptions, width: number): Program {
  const { name, sinks, names, batchSize, schedule, precision } = options;
  const plan = (batchOrder: "sample" | "nest"): Assembled =>
    assemble({ sinks, names, batchOrder, batchSize, precision });
  const tile = (reason: string): Program => ({
    name,
    ...scheduled("tiled", runSteps(plan("nest"), vectorSteps(width)), reason),
  });
  if (schedule === "tiled") return tile("asked for");
  if (stepsMixSamples(sinks)) {
    return tile("a step of a recurrence needs all samples of the batch, so they take it together");
  }
  const plain = plan("sample");
  if (schedule === "rows") return { name, ...scheduled("rows", runSteps(plain, rowsSteps), "asked for") };
  const operations = operationsOf(plain);
  const mostStraight = batchLoops(plain).length > 1 ? mostBetweenSums : mostInLanes;
  const most = schedule === "unrolled" ? mostInPieces : mostStraight;
  if (operations > most || unrolledSize(plain).statements > mostStatements) {
    return tile(`a sample takes ${operations} operations, for which loops over whole batches are faster`);
  }
  const unrolled = runSteps(runSteps(plain, flatteningInLanes), laneSteps(width));
  if (schedule === "unrolled") return { name, ...scheduled("unrolled", unrolled, "asked for") };
  const reason = `${width} samples at a time, one in each lane of a vector`;
  const straight: Program = { name, ...scheduled("unrolled", unrolled, reason) };
  if (!isOftenAlone(straight, batchSize)) return straight;
  const loops = tile(
    "what follows the samples, as an update that waits for norms, goes through vectors in loops alone",
  );
  return workOf(loops, batchSize) < 0.75 * workOf(straight, batchSize) ? loops : straight;
}

/** What an operation by itself takes beside one of a vector, with its conversions. */
const alone = 4;

/** Whether loops outside of vectors are left, which do enough to ask if they would go into them. */
function isOftenAlone(program: Program, batchSize: number): boolean {
  const cost = countVectors(program, batchSize);
  return cost.alone.iterations > 0 && alone * cost.alone.total > cost.inLanes.total;
}

/** In operations of vectors. */
function workOf(program: Program, batchSize: number): number {
  const cost = countVectors(program, batchSize);
  return cost.inLanes.total + alone * cost.alone.total;
}

/** Whether a sum over the batch is part of a recurrence: then no sample can go through all steps by itself. */
function stepsMixSamples(sinks: readonly Sink[]): boolean {
  return unitsOf(reachableFrom(sinks.map(({ node }) => node))).some(
    (unit) => unit.kind === "loop" && unit.nodes.some(({ operation }) => operation === "batchReduce"),
  );
}

/** What straight-line code leaves in memory. */
function residentRoles({ inMemory }: LowerOptions): readonly Buffer["role"][] {
  return inMemory === true ? ["parameter", "gradient"] : [];
}

type Scheduled = Omit<Program, "name">;

/** What the choice of a schedule chooses from. */
interface Candidates {
  /** The first steps to straight-line code. */
  readonly flattening: readonly Step[];
  readonly tile: (reason: string) => Scheduled;
}

function scheduled(schedule: ScheduleName, { buffers, body }: Assembled, scheduleReason: string): Scheduled {
  return { buffers, body, schedule, scheduleReason };
}

function choose(
  plan: (order: "sample" | "nest") => Assembled,
  asked: "auto" | "unrolled" | "rows",
  candidates: Candidates,
): Scheduled {
  const plain = plan("sample");
  const operations = operationsOf(plain);
  if (asked === "rows") return scheduled("rows", runSteps(plain, rowsSteps), "asked for");
  const unrolled = operations <= mostUnrolled ? unrollWhole(plain, candidates.flattening) : undefined;
  if (unrolled !== undefined) {
    const size = kilobytes(predictBytecode(unrolled.body, unrolled.buffers));
    const reason = `in straight line it takes about ${size} of bytecode, and V8 optimises up to ${kilobytes(bytecodeLimit)}`;
    return scheduled("unrolled", unrolled, asked === "auto" ? reason : "asked for");
  }
  if (asked === "unrolled" && operations <= mostInPieces) {
    const reason = `asked for; in pieces, because V8 optimises functions up to ${kilobytes(bytecodeLimit)} of bytecode only`;
    return scheduled("unrolled", runSteps(plan("sample"), piecewiseSteps(safeBytecode / 2)), reason);
  }
  const why = `straight-line code for a sample would be longer than V8 optimises (${kilobytes(bytecodeLimit)} of bytecode)`;
  const row = longestLoop(plain);
  if (row <= longestRow) {
    return scheduled(
      "rows",
      runSteps(plan("sample"), rowsSteps),
      `${why}; rows of up to ${row} elements fit in straight line`,
    );
  }
  return candidates.tile(`${why}, and rows of up to ${row} elements too long to unroll`);
}

/** Straight-line code that V8 optimises, if there is such; gives up as soon as it is certain to be too long. */
function unrollWhole(plain: Assembled, flattening: readonly Step[]): Assembled | undefined {
  const { statements, leastBytes } = unrolledSize(plain);
  if (statements > mostStatements || leastBytes > safeBytecode) return undefined;
  const flat = runSteps(plain, flattening);
  if (leastBytecode(flat.body, flat.buffers) > safeBytecode) return undefined;
  const unrolled = runSteps(flat, condensingSteps);
  return predictBytecode(unrolled.body, unrolled.buffers) <= safeBytecode ? unrolled : undefined;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KB`;
}

/** Scalar operations that one sample goes through. */
function operationsOf(plain: Assembled): number {
  const { buffers } = plain;
  const body = batchLoops(plain);
  return countProgram({ name: "", buffers, body, schedule: "rows", scheduleReason: "" }, 1).total;
}

/** More than one, where what becomes of a sample depends on sums over all. */
function batchLoops({ body, batchVariable }: Assembled): readonly Statement[] {
  return body.filter((statement) => statement.kind === "loop" && statement.variable === batchVariable);
}

/** The longest innermost loop over part of a sample. */
function longestLoop({ body }: Assembled): number {
  let longest = 0;
  visitStatements(body, (statement) => {
    if (statement.kind !== "loop" || statement.body.some((inner) => inner.kind === "loop")) return;
    longest = Math.max(longest, tripCount(statement) ?? 0);
  });
  return longest;
}
