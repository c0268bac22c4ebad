import type { Buffer, Statement } from "../program/index.ts";
import type { Assembled } from "./assemble.ts";
import { dropDeadLocals, dropDeadStores } from "./rewrites/dead.ts";
import { shareExponentials } from "./rewrites/exponentials.ts";
import { forwardStores } from "./rewrites/forward.ts";
import { fuseNests } from "./rewrites/fuse.ts";
import { groupCalls } from "./rewrites/group.ts";
import { inlineSingleUse } from "./rewrites/inline.ts";
import { joinSums } from "./rewrites/join.ts";
import { keepInLocals } from "./rewrites/keep.ts";
import { cutIntoPieces } from "./rewrites/pieces.ts";
import { keepRows, unrollRows } from "./rewrites/rows.ts";
import { compareLabels } from "./rewrites/scatter.ts";
import { shareSubexpressions } from "./rewrites/share.ts";
import { shrinkScratch } from "./rewrites/shrink.ts";
import { isNumber, simplifyExpressions } from "./rewrites/simplify.ts";
import { skipSilentUnits } from "./rewrites/silent.ts";
import { spellOutSigmoids } from "./rewrites/spell-out.ts";
import { straightenAccumulators } from "./rewrites/straighten.ts";
import { renameLocals } from "./rewrites/rename.ts";
import { stretchBatch } from "./rewrites/stretch.ts";
import { tileNests } from "./rewrites/tile.ts";
import { tripCount, unrollLoops } from "./rewrites/unroll.ts";
import { splitIntoLanes } from "./lanes/split.ts";
import { vectoriseNests } from "./lanes/vectorise.ts";
import { type Loop, visitAccesses, visitExpression, visitStatements } from "./traverse.ts";

/** One named rewrite of a program; what it computes stays the same. */
export interface Step {
  readonly name: string;
  readonly apply: (program: Assembled) => Assembled;
}

function statementStep(
  name: string,
  rewrite: (statements: readonly Statement[], program: Assembled) => readonly Statement[],
): Step {
  return { name, apply: (program) => ({ ...program, body: rewrite(program.body, program) }) };
}

const simplify = statementStep("simplify expressions", simplifyExpressions);
const straighten = statementStep("straighten accumulators", (body, { names }) =>
  straightenAccumulators(body, names),
);
const forward = statementStep("forward stores", (body, { buffers, names, rounded }) =>
  forwardStores(body, buffers, names, rounded),
);
/** Where all memory becomes locals, no reader has anything rounded. */
const forwardAll = statementStep("forward all stores", (body, { buffers, names }) =>
  forwardStores(body, buffers, names),
);
const dropStores = statementStep("drop dead stores", (body, { buffers }) => dropDeadStores(body, buffers));
const share = statementStep("share subexpressions", (body, { buffers, names }) =>
  shareSubexpressions(body, buffers, names),
);
const inline = statementStep("inline single uses", inlineSingleUse);
const dropLocals = statementStep("drop dead locals", dropDeadLocals);

/** Before all else, on machines without vectors. */
export const spellOut = statementStep("spell out sigmoids", spellOutSigmoids);

/** A step that rewrites the bodies of the loops over the batch. */
function inBatchLoops(
  name: string,
  rewrite: (statements: readonly Statement[], program: Assembled) => readonly Statement[],
): Step {
  return statementStep(name, (body, program) =>
    body.map((statement) =>
      statement.kind === "loop" && statement.variable === program.batchVariable
        ? { ...statement, body: rewrite(statement.body, program) }
        : statement,
    ),
  );
}

const join = statementStep("join sums", joinSums);

const fuse = statementStep("fuse nests", (body, { names }) => fuseNests(body, names));

const shrink: Step = {
  name: "shrink scratch memory",
  apply: (program) => {
    const { buffers, statements } = shrinkScratch(
      { buffers: program.buffers, statements: program.body },
      program.batchVariable,
    );
    return { ...program, buffers, body: statements };
  },
};

const keepAcrossBatch = statementStep(
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

const dropBuffers: Step = {
  name: "drop unused memory",
  apply: (program) => {
    const used = new Set<string>();
    visitAccesses(program.body, ({ buffer }) => used.add(buffer));
    const isNeeded = ({ name, role }: Buffer): boolean =>
      used.has(name) || (role !== "scratch" && role !== "constant");
    return { ...program, buffers: program.buffers.filter(isNeeded) };
  },
};

const rename = statementStep("rename locals", (body, { buffers, names }) =>
  renameLocals(body, buffers, names),
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

/** Takes what is computed twice and what is computed for nothing out of a program. */
const condense: readonly Step[] = [
  simplify,
  straighten,
  forward,
  dropStores,
  share,
  dropLocals,
  inline,
  dropLocals,
  dropBuffers,
];

/** Names come last: blocks may then share them, which no other step expects. */
const tidy: readonly Step[] = [...condense, rename];

/**
 * Straight-line code inside one loop over the samples, as plain as unrolling leaves it: `leastBytecode` tells from it
 * whether `condensingSteps` are worth their time. Memory is to become locals, but for buffers of the `resident` roles:
 * where there are many of them, locals do not stay in registers anyway.
 */
export function flatteningSteps(resident: readonly Buffer["role"][]): readonly Step[] {
  const compare = inBatchLoops("compare labels", (body, { buffers }) => compareLabels(body, buffers));
  return [shrink, ...flatten(resident, compare)];
}

/** The same for samples in lanes: what stays in memory, each has to itself. */
export const flatteningInLanes: readonly Step[] = flatten(
  [],
  inBatchLoops("compare labels", (body, { buffers, batchVariable }) =>
    compareLabels(body, buffers, { batchVariable }),
  ),
);

function flatten(resident: readonly Buffer["role"][], compare: Step): readonly Step[] {
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

/** The same for a machine with vectors, which would rather not jump over what is silent in one lane only. */
const condensingInLanes: readonly Step[] = [keepAcrossBatch, share, dropLocals, inline, share];

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

export function runSteps(program: Assembled, steps: readonly Step[]): Assembled {
  return steps.reduce((current, step) => step.apply(current), program);
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

/** Loops over one sample's outer axes, rows in straight line. */
export const rowsSteps: readonly Step[] = [
  shrink,
  statementStep("unroll rows", (body, { names }) => unrollRows(body, names)),
  simplify,
  straighten,
  forward,
  dropStores,
  statementStep("keep in locals", (body, { buffers, names, rounded }) => {
    const inMemory = buffers.map((each) =>
      rounded?.has(each.name) === true ? { ...each, resident: true } : each,
    );
    return keepRows(body, inMemory, names);
  }),
  ...tidy,
];

export interface TiledOptions {
  /** Whether sums may grow on top of old values: single precision rounds too much for that. */
  readonly overOld: boolean;
  /** Whether the program usually runs on whole batches. */
  readonly manySamples: boolean;
}

/** Loops over whole batches, contractions in tiles of accumulators or in rows of sums. */
export function tiledSteps(options: TiledOptions): readonly Step[] {
  const tile: Step = {
    name: "tile",
    apply: ({ body, buffers, names, ...program }) => {
      const tiled = tileNests(body, { ...options, buffers, names });
      return { ...program, names, body: tiled.statements, buffers: [...buffers, ...tiled.buffers] };
    },
  };
  return [join, tile, ...tidy];
}

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
  return [join, fuse, vectorise, ...tidy];
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
