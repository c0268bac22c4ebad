import { invariant } from "../../diagnostics/index.ts";
import { affineVariable, fillsLanes, type Loop, type Statement, type Store } from "../../program/index.ts";
import type { LaneScope } from "./lane-scope.ts";
import { type LaneSumContext, laneSums, putTogether, storeNeighbours } from "./lane-sums.ts";
import { laneMask, type LaneType } from "./lane-type.ts";
import { boundValue, partOfLoop, wholeLoop } from "./loops.ts";
import { guardsGathers } from "./reach.ts";
import { accumulationsOf, sumStores } from "./sums.ts";
import { choose, i32, op, type Value } from "./value.ts";
import { laneLocals } from "./lane-locals.ts";

/** What loops in lanes are compiled with. */
export interface LaneLoopContext extends LaneSumContext {
  readonly lanes: LaneScope;
  /** Compiles the statements of a block. */
  readonly block: (statements: readonly Statement[]) => void;
}

/** Whether a loop is over what does not fill a vector, which runs once at most: its code had better be short. */
export function isRemainder(statement: Statement): boolean {
  return statement.kind === "loop" && !fillsLanes(statement);
}

/**
 * Loops in vectors one after the other that add to the same locals, which each lane may keep for itself meanwhile.
 *
 * @param start Where they begin among the statements.
 * @returns Empty if there is no such loop.
 */
export function laneLoopsFrom(
  statements: readonly Statement[],
  start: number,
  type: LaneType,
): readonly Loop[] {
  const loops: Loop[] = [];
  let common = "";
  for (let next = statements[start]; isInVectors(next, type); next = statements[start + loops.length]) {
    const added = accumulationsOf(next)
      .map(({ name, operation }) => `${name} ${operation}`)
      .sort()
      .join();
    if (loops.length > 0 && added !== common) break;
    common = added;
    loops.push(next);
  }
  return loops;
}

function isInVectors(statement: Statement | undefined, { width }: LaneType): statement is Loop {
  return statement?.kind === "loop" && statement.lanes === width && !guardsGathers(statement);
}

/**
 * Loops in vectors that add to the same locals. What they add to a local from outside, each lane adds for itself; afterwards
 * all of it is put together.
 *
 * @param before The statements before them in their block, and `after` those after them.
 * @returns How many of the statements after them this has taken care of, and which stores of those are left to do.
 */
export function laneLoops(
  loops: readonly Loop[],
  { before, after }: { readonly before: readonly Statement[]; readonly after: readonly Statement[] },
  context: LaneLoopContext,
): { readonly taken: number; readonly left: readonly Store[] } {
  const [first] = loops;
  invariant(first !== undefined, "there is a loop");
  const sums = laneSums(accumulationsOf(first), context, () => {
    for (const loop of loops) laneLoop(loop, context);
  });
  const added = sums.filter(({ operation }) => operation === "f64.add").map(({ name }) => name);
  const { stores, statements: taken } = sumStores(new Set(added), before, after);
  const stored = storeNeighbours(sums, stores, context);
  putTogether(
    sums.filter(({ name }) => !stored.has(name)),
    context,
  );
  return { taken, left: [...stores].filter(([name]) => !stored.has(name)).map(([, store]) => store) };
}

function laneLoop(loop: Loop, context: LaneLoopContext): void {
  const { lanes, locals, block } = context;
  const { read } = laneLocals(loop.variable, loop.body);
  const isRest = isRemainder(loop);
  locals.splatted(read, () => {
    lanes.within({ variable: loop.variable, isRemainder: isRest }, () => {
      wholeLoop(loop, context, () => {
        lanes.masked(isRest ? busyLanes(loop, context) : undefined, () => {
          block(loop.body);
        });
      });
    });
  });
}

/** The lanes that have not come to the loop's end. */
function busyLanes({ variable, to }: Loop, context: LaneLoopContext): Value {
  const { type, builder, accesses } = context;
  const iterations = accesses.integers(affineVariable(variable));
  const busy = op("i32x4.lt_s", iterations, op("i32x4.splat", boundValue(to, builder)));
  return builder.let(laneMask(busy, type));
}

/** As many iterations at each step as there are lanes, one after the other: for vectors of other machines, and for safety. */
export function laneAfterLane({ lanes = 1, ...loop }: Loop, context: LaneLoopContext): void {
  const { builder, block } = context;
  const first = builder.local("i32");
  const [from, to] = [boundValue(loop.from, builder), builder.let(boundValue(loop.to, builder))];
  const goesOn = (end: Value): Value => op("i32.lt_s", builder.get(first), end);
  builder.for(first, { from, to, step: i32(loop.step), goesOn }, false, () => {
    const own = builder.get(first);
    const next = builder.let(op("i32.add", own, i32(lanes)));
    const end = fillsLanes({ ...loop, lanes }) ? next : choose(op("i32.lt_s", next, to), next, to);
    partOfLoop({ ...loop, step: 1 }, { from: own, to: end, runs: true }, context, () => {
      block(loop.body);
    });
  });
}
