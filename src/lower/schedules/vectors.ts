import { splitIntoLanes } from "../lanes/split.ts";
import { transposeScratch } from "../lanes/transpose-scratch.ts";
import { vectoriseNests } from "../lanes/vectorise.ts";
import { fuseNests } from "../rewrites/fuse.ts";
import { compareLabels } from "../rewrites/scatter.ts";
import { condense, dropLocals, inline, join, rename, share, tidy } from "./shared.ts";
import { inBatchLoops, type Step, statementStep } from "./step.ts";
import { flatten, keepAcrossBatch } from "./unrolled.ts";

const fuse = statementStep("fuse nests", (body, { names }) => fuseNests(body, names));

/** Straight-line code for one sample, before `laneSteps`; what stays in memory, each sample has to itself. */
export const flatteningInLanes: readonly Step[] = flatten(
  [],
  inBatchLoops("compare labels", (body, { buffers, batchVariable }) =>
    compareLabels(body, buffers, { batchVariable }),
  ),
);

/** Nothing jumps over silent units: one is hardly ever silent in all lanes at once. */
const condensingInLanes: readonly Step[] = [keepAcrossBatch, share, dropLocals, inline, share];

/**
 * Loops over whole batches for a machine with vectors of so many lanes.
 *
 * @param leavesIdle Whether what does not fill a vector, of a loop that may not be repeated, is done in one all the same.
 */
export function vectorSteps(width: number, leavesIdle = false): readonly Step[] {
  const vectorise: Step = {
    name: "vectorise",
    apply: ({ body, buffers, names, batchSize, ...program }) => {
      const vectorised = vectoriseNests(body, { buffers, names, batchSize, width, leavesIdle });
      return { ...program, names, batchSize, body: vectorised.statements, buffers: vectorised.buffers };
    },
  };
  const transpose = statementStep("transpose scratch memory", (body, { buffers, batchSize }) =>
    transposeScratch(body, buffers, { batchSize, width }),
  );
  return [join, fuse, vectorise, transpose, ...tidy];
}

/**
 * Straight-line code for as many samples at a time as a vector has lanes, one in each. Memory becomes locals wherever it can:
 * on such machines straight-line code has no limit, and no more registers are wanted than a loop would want.
 */
export function laneSteps(width: number): readonly Step[] {
  return [
    ...condensingInLanes,
    statementStep("samples in lanes", (body, { names, batchVariable }) =>
      body.flatMap((statement) =>
        statement.kind === "loop" && statement.variable === batchVariable
          ? splitIntoLanes(statement, { width, vectors: 1, isIdempotent: false, leavesIdle: true }, names)
          : [statement],
      ),
    ),
    ...condense,
    rename,
  ];
}
