import type { Node } from "../graph/index.ts";
import { countProgram, type Precision, type Program, type ScheduleName } from "../program/index.ts";
import { assemble, type Assembled, type Sink } from "./assemble.ts";
import { bytecodeLimit, predictBytecode } from "./predict.ts";
import { longestRow } from "./rewrites/rows.ts";
import { tripCount } from "./rewrites/unroll.ts";
import { piecewiseSteps, rowsSteps, runSteps, tiledSteps, unrolledSteps } from "./schedule.ts";
import { visitStatements } from "./traverse.ts";

export interface LowerOptions {
  /** `loss`, `gradient`, `trainStep`, `predict`. */
  readonly name: string;
  readonly sinks: readonly Sink[];
  /** Names for people; not every node has one. */
  readonly names: ReadonlyMap<Node, string>;
  readonly schedule: ScheduleName | "auto";
  /** The usual number of samples. */
  readonly batchSize: number;
  /** In which memory keeps reals; `f64` if undefined. */
  readonly precision?: Precision;
}

/** A function stays this far below V8's limit, because the prediction is off by up to a tenth. */
const safeBytecode = 54_000;

/** A sample of more operations than this is not even tried in straight line: it would take about 17 bytes for each. */
const mostUnrolled = 5_000;

/** With `unrolled` asked for, the program is cut into pieces up to here; beyond, no compiler is patient enough. */
const mostInPieces = 40_000;

/** From so many samples on, transposing a matrix for all of them pays. What `predict` and `loss` get may be one. */
const manySamples = 16;

/** The program that computes `sinks`, all of whose operations have been expanded. */
export function lowerProgram(options: LowerOptions): Program {
  const { sinks, names, batchSize, schedule } = options;
  const tiled = tiledSteps({
    overOld: options.precision !== "f32",
    manySamples: batchSize >= manySamples && options.name !== "predict" && options.name !== "loss",
  });
  const plan = (batchOrder: "sample" | "nest"): Assembled =>
    assemble({ sinks, names, batchOrder, batchSize });
  const tile = (reason: string): Scheduled => scheduled("tiled", runSteps(plan("nest"), tiled), reason);
  const chosen = schedule === "tiled" ? tile("asked for") : choose(plan, schedule, tile);
  return { name: options.name, ...chosen };
}

type Scheduled = Omit<Program, "name">;

function scheduled(schedule: ScheduleName, { buffers, body }: Assembled, scheduleReason: string): Scheduled {
  return { buffers, body, schedule, scheduleReason };
}

function choose(
  plan: (order: "sample" | "nest") => Assembled,
  asked: "auto" | "unrolled" | "rows",
  tile: (reason: string) => Scheduled,
): Scheduled {
  const plain = plan("sample");
  const operations = operationsOf(plain);
  if (asked === "rows") return scheduled("rows", runSteps(plain, rowsSteps), "asked for");
  if (operations <= mostUnrolled) {
    const unrolled = runSteps(plain, unrolledSteps);
    const size = predictBytecode(unrolled.body);
    if (size <= safeBytecode) {
      const reason = `in straight line it takes about ${kilobytes(size)} of bytecode, and V8 optimises up to ${kilobytes(bytecodeLimit)}`;
      return scheduled("unrolled", unrolled, asked === "auto" ? reason : "asked for");
    }
  }
  if (asked === "unrolled" && operations <= mostInPieces) {
    const reason = `asked for; in pieces, because V8 optimises functions up to ${kilobytes(bytecodeLimit)} of bytecode only`;
    return scheduled("unrolled", runSteps(plan("sample"), piecewiseSteps(safeBytecode / 2)), reason);
  }
  const why = `one sample takes ${operations} operations, too many for straight-line code that V8 optimises (${kilobytes(bytecodeLimit)} of bytecode)`;
  const row = longestLoop(plain);
  if (row <= longestRow) {
    return scheduled(
      "rows",
      runSteps(plan("sample"), rowsSteps),
      `${why}; rows of up to ${row} elements fit in straight line`,
    );
  }
  return tile(`${why}, and rows of up to ${row} elements too long to unroll`);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KB`;
}

/** Scalar operations that one sample goes through. */
function operationsOf({ body, buffers, batchVariable }: Assembled): number {
  const loops = body.filter((statement) => statement.kind === "loop" && statement.variable === batchVariable);
  const program: Program = { name: "", buffers, body: loops, schedule: "rows", scheduleReason: "" };
  return countProgram(program, 1).total;
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
