import type { Buffer, Loop, Statement } from "../../program/index.ts";
import { shareExponentials } from "../rewrites/exponentials.ts";
import { groupCalls } from "../rewrites/group.ts";
import { keepInLocals } from "../rewrites/keep.ts";
import { cutIntoPieces } from "../rewrites/pieces.ts";
import { compareLabels } from "../rewrites/scatter.ts";
import { skipSilentUnits } from "../rewrites/silent.ts";
import { isNumber } from "../rewrites/simplify.ts";
import { stretchBatch } from "../rewrites/stretch.ts";
import { testOperandsOfMaxima } from "../rewrites/tested.ts";
import { tripCount, unrollLoops } from "../rewrites/unroll.ts";
import { visitExpression, visitStatements } from "../traverse.ts";
import {
  condense,
  dropLocals,
  dropStores,
  forward,
  forwardAll,
  inline,
  rename,
  share,
  shrink,
  simplify,
  straighten,
  tidy,
} from "./shared.ts";
import { inBatchLoops, type Step, statementStep } from "./step.ts";

export const keepAcrossBatch = statementStep(
  "keep in locals across the batch",
  (body, { buffers, names, batchVariable }) => {
    const byName = new Map(buffers.map((buffer) => [buffer.name, buffer]));
    return body.flatMap((statement) =>
      statement.kind === "loop" && statement.variable === batchVariable
        ? keepInLocals(statement, byName, names)
        : [statement],
    );
  },
);

/** Not in the loop over what a rounded batch leaves, which hardly runs. */
const groupInBatchLoops: Step = {
  name: "group calls of elementary functions",
  apply: (program) => {
    const buffers = [...program.buffers];
    const body = program.body.map((statement) =>
      statement.kind === "loop" && statement.variable === program.batchVariable && statement.from === 0
        ? { ...statement, body: groupCalls(statement.body, buffers, program.names) }
        : statement,
    );
    return { ...program, buffers, body };
  },
};

/**
 * Straight-line code inside one loop over the samples, as plain as unrolling leaves it: `leastBytecode` tells from it
 * whether `condensingSteps` are worth their time. Memory is to become locals, but for buffers of the `resident` roles:
 * where there are many of them, locals do not stay in registers anyway.
 */
export function flatteningSteps(resident: readonly Buffer["role"][]): readonly Step[] {
  const compare = inBatchLoops("compare labels", (body, { buffers }) => compareLabels(body, buffers));
  return [shrink, ...flatten(resident, compare)];
}

/** Memory becomes locals but for buffers of the `resident` roles; `compare` is the step that compares labels. */
export function flatten(resident: readonly Buffer["role"][], compare: Step): readonly Step[] {
  return [
    inBatchLoops("unroll loops over a sample", (body, { names }) => unrollLoops(body, () => true, names)),
    compare,
    markResident(resident),
    statementStep("unroll loops over parameters", (body, { buffers, names }) =>
      unrollLoops(body, (loop) => isWorthUnrolling(loop) && !zeroesResident(loop, buffers), names),
    ),
    simplify,
    straighten,
    forwardAll,
    dropStores,
  ];
}

function markResident(roles: readonly Buffer["role"][]): Step {
  return {
    name: "mark resident memory",
    apply: (program) => ({
      ...program,
      buffers: program.buffers.map((buffer) =>
        roles.includes(buffer.role) ? { ...buffer, resident: true } : buffer,
      ),
    }),
  };
}

/** What follows `flatteningSteps`: memory becomes locals, and what is equal is computed once. */
export const condensingSteps: readonly Step[] = [
  keepAcrossBatch,
  share,
  dropLocals,
  statementStep("test operands of maxima", testOperandsOfMaxima),
  inline,
  statementStep("share exponentials", shareExponentials),
  statementStep("several samples at a time", (body, { names, batchVariable, batchSize }) =>
    stretchBatch(body, batchVariable, batchSize, names),
  ),
  share,
  groupInBatchLoops,
  ...condense,
  statementStep("skip silent units", (body, { buffers, names }) => skipSilentUnits(body, buffers, names)),
  rename,
];

/** Every loop over one sample; of those over parameters (updates) the ones that stay small. */
function isWorthUnrolling(loop: Loop): boolean {
  return isShortUpdate(countOperations(loop), tripCount(loop) ?? Infinity);
}

/** Whether so many elements of so many operations each are written in straight line. */
export function isShortUpdate(operations: number, elements: number): boolean {
  return operations <= cheapUpdate || operations * elements <= smallUpdate;
}

/** Zeros that a target may fill in at once. */
function zeroesResident(loop: Loop, buffers: readonly Buffer[]): boolean {
  const resident = new Set(buffers.filter((buffer) => buffer.resident === true).map(({ name }) => name));
  let onlyZeros = true;
  visitStatements(loop.body, (statement) => {
    if (statement.kind === "loop" || statement.kind === "comment") return;
    const isZero = statement.kind === "store" && !statement.accumulate && isNumber(statement.value, 0);
    onlyZeros &&= isZero && resident.has(statement.buffer);
  });
  return onlyZeros;
}

/** An update of so few operations an element is shorter in straight line than the memory traffic of a loop. */
const cheapUpdate = 6;
const smallUpdate = 256;

function countOperations(loop: Loop): number {
  let count = 0;
  visitStatements(loop.body, (statement) => {
    if (statement.kind === "loop" || statement.kind === "piece" || statement.kind === "comment") return;
    visitExpression(statement.value, (part) => {
      if (part.kind === "apply") count += 1;
    });
  });
  return count;
}

/**
 * Straight-line code, too, for steps that one function cannot hold: each sample goes through several, none of which exceeds
 * `limit` bytes of bytecode.
 */
export function piecewiseSteps(limit: number): readonly Step[] {
  return [
    shrink,
    inBatchLoops("unroll loops over a sample", (body, { names }) => unrollLoops(body, () => true, names)),
    simplify,
    straighten,
    cut(limit),
    forward,
    dropStores,
    ...tidy,
  ];
}

function cut(limit: number): Step {
  return {
    name: "cut into pieces",
    apply: (program) => {
      const carried: Buffer[] = [];
      const body = program.body.flatMap((statement): readonly Statement[] => {
        if (statement.kind !== "loop" || statement.variable !== program.batchVariable) return [statement];
        const pieces = cutIntoPieces(statement.body, limit, "sample", program.names);
        for (const buffer of pieces.carried) carried.push(buffer);
        return [...pieces.before, { ...statement, body: pieces.statements }];
      });
      return { ...program, body, buffers: [...program.buffers, ...carried] };
    },
  };
}
