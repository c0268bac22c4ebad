import type { Buffer, Statement } from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { unrollAndJam } from "../rewrites/jam.ts";
import { isConstant, isContraction, separateNest } from "../rewrites/separate.ts";
import { isParallel } from "../rewrites/parallel.ts";
import { unrollVectors } from "../rewrites/partial.ts";
import { inSequence, isSequence, type Part } from "../sequence.ts";
import type { Let, Loop } from "../traverse.ts";
import { iteration, laneCost, type Machine, tripsOf } from "./cost.ts";
import { candidatesOf, type Candidate, permuted, storedIn } from "./candidates.ts";
import { contractAlong, divideAmong, withRoom } from "./contract.ts";
import { costOfFarRows } from "./far.ts";
import { finishApart } from "./finish.ts";
import { type Packed, packOperands } from "./pack.ts";
import { inBlocks } from "./panels.ts";
import { isRepeatable } from "./repeatable.ts";
import { splitIntoLanes } from "./split.ts";
import { tilingOf } from "./tile.ts";

export interface VectoriseOptions extends Machine {
  readonly buffers: readonly Buffer[];
  readonly names: NameSupply;
  /** Whether what does not fill a vector is done in one all the same, where it may not be done twice. */
  readonly leavesIdle: boolean;
}

export interface Vectorised {
  readonly statements: readonly Statement[];
  /** All memory, that for operands that are copied included. */
  readonly buffers: readonly Buffer[];
}

/**
 * Puts one loop of each nest into lanes: the one with which the nest costs least. Sums are done in tiles of accumulators, so
 * that each load serves several of them; an operand that lies across the lanes is copied first where that pays.
 */
export function vectoriseNests(statements: readonly Statement[], options: VectoriseOptions): Vectorised {
  const scratch = options.buffers.filter(({ role }) => role === "scratch").map(({ name }) => name);
  const pass = new Vectoriser(options, divideAmong(statements, new Set(scratch)));
  const all = statements.flatMap(pass.whole);
  return { statements: all, buffers: [...withRoom(options.buffers, pass.contracted, all), ...pass.copies] };
}

class Vectoriser {
  readonly copies: Buffer[] = [];
  readonly contracted = new Set<string>();
  readonly #options: VectoriseOptions;
  /** For each statement at the top level, the scratch memory that no other one knows. */
  readonly #private: ReadonlyMap<Statement, ReadonlySet<string>>;
  /** Locals that are numbers, or computed of numbers. */
  readonly #constants = new Map<string, Let>();

  constructor(options: VectoriseOptions, own: ReadonlyMap<Statement, ReadonlySet<string>>) {
    this.#options = options;
    this.#private = own;
  }

  /** A statement at the top level; nests of sums as functions of their own. */
  readonly whole = (statement: Statement): readonly Statement[] => {
    if (statement.kind === "let" && isConstant(statement, this.#constants))
      this.#constants.set(statement.name, statement);
    const { before, statements } = this.#part(statement, this.#private.get(statement) ?? new Set());
    const all = [...before, ...statements];
    return statement.kind === "loop" && !isSteps(statement) && isContraction(statement)
      ? separateNest(statement, all, this.#constants, this.#options)
      : all;
  };

  /** `own`: scratch memory that no other statement knows. */
  #part(statement: Statement, own: ReadonlySet<string>): Part {
    if (statement.kind !== "loop") return { before: [], statements: [statement] };
    // Iterations that depend on each other, as steps do, may find in memory what one before has left there.
    const free = isParallel(statement) ? own : new Set<string>();
    if (isSteps(statement)) return inSequence(statement, this.#block(statement.body, free));
    const stored = storedIn([statement]);
    const contractible = new Set([...free].filter((buffer) => stored.has(buffer)));
    if (!this.#isApart(statement, contractible)) return this.#nest(statement);
    for (const buffer of contractible) this.contracted.add(buffer);
    const contracted = contractAlong(statement, contractible);
    return inSequence(contracted, this.#block(contracted.body, free));
  }

  /** Whether the loops inside go into lanes by themselves: where that costs less, or no more and memory can be contracted. */
  #isApart(loop: Loop, contractible: ReadonlySet<string>): boolean {
    if (!holdsSeveral(loop)) return false;
    const [apart, whole] = [this.#costApart(loop), this.#costOf(loop)];
    return apart < whole || (apart === whole && contractible.size > 0);
  }

  /** `own`: scratch memory that nothing beside the block knows. */
  #block(statements: readonly Statement[], own: ReadonlySet<string>): readonly Part[] {
    const divided = divideAmong(statements, own);
    return statements.map((statement) => this.#part(statement, divided.get(statement) ?? new Set()));
  }

  #nest(nest: Loop): Part {
    const best = this.#bestChoice(nest);
    if (best === undefined || best.cost >= laneCost([nest], undefined, this.#options)) {
      return { before: [], statements: [nest] };
    }
    for (const buffer of best.buffers) this.copies.push(buffer);
    const statements = this.#inLanes(best.candidate);
    return {
      before: best.copies.flatMap((copy) => this.#nest(copy).statements),
      statements: best.over === undefined ? statements : inBlocks(statements, best.over, this.#options.names),
    };
  }

  /** Of a nest with one of its loops in lanes, if that pays. */
  #costOf(nest: Loop): number {
    const plain = laneCost([nest], undefined, this.#options);
    return Math.min(plain, this.#bestChoice(nest)?.cost ?? Infinity);
  }

  /** Of a nest in which each loop inside goes into lanes by itself. */
  #costApart(nest: Loop): number {
    const parts = nest.body.map((each) => {
      if (each.kind !== "loop") return laneCost([each], undefined, this.#options);
      const whole = this.#costOf(each);
      return holdsSeveral(each) ? Math.min(whole, this.#costApart(each)) : whole;
    });
    const turn = parts.reduce((sum, cost) => sum + cost, iteration);
    return tripsOf(nest, this.#options) * turn;
  }

  #bestChoice(nest: Loop): Packed | undefined {
    let best: Packed | undefined;
    const consider = (choice: Packed): void => {
      const { candidate } = choice;
      const cost =
        choice.cost +
        laneCost([candidate.nest], candidate.loop.variable, this.#options) +
        costOfFarRows(candidate, tilingOf(candidate, this.#options), this.#options);
      if (best === undefined || cost < best.cost) best = { ...choice, cost };
    };
    for (const candidate of candidatesOf(nest)) {
      consider({ candidate, copies: [], buffers: [], cost: 0 });
      const packed = packOperands(candidate, this.#options);
      if (packed !== undefined) consider(packed);
    }
    return best;
  }

  #inLanes(candidate: Candidate): readonly Statement[] {
    const { width, names } = this.#options;
    const { nest, loop, kind } = candidate;
    const { sides, vectors } = tilingOf(candidate, this.#options);
    const leavesIdle = this.#options.leavesIdle && kind === "parallel";
    const isLone = kind === "sum" && sides.size === 0;
    return mapLoops([nest], (each, original) => {
      if (each.variable === loop.variable) {
        const split = {
          width,
          vectors,
          isIdempotent: isRepeatable(each),
          leavesIdle: leavesIdle && isParallel(each),
        };
        const parts = splitIntoLanes(each, split, names);
        return isLone ? parts.flatMap((part) => this.#wide(part)) : parts;
      }
      const together = sides.get(original) ?? 1;
      const isAround = candidate.parallel.includes(original) && original.body.includes(loop);
      const { sums, rest } = kind === "sum" && isAround ? this.#finished(each) : { sums: each, rest: [] };
      return [...(together === 1 ? [sums] : unrollAndJam(sums, together, names)), ...rest];
    });
  }

  /** A loop around a sum in lanes, and what becomes of its sums in lanes of its own. */
  #finished(around: Loop): { readonly sums: Loop; readonly rest: readonly Statement[] } {
    const { width, names } = this.#options;
    const apart = finishApart(around, this.#options);
    if (apart === undefined) return { sums: around, rest: [] };
    const split = { width, vectors: 1, isIdempotent: false };
    return { sums: apart.sums, rest: splitIntoLanes(apart.rest, split, names) };
  }

  /** A sum that shares its loads with no other: several vectors at a time, whose additions do not wait for each other. */
  #wide(part: Statement): readonly Statement[] {
    const isShort = part.kind === "loop" && part.body.every((each) => each.kind !== "loop");
    const { names } = this.#options;
    return isShort && part.lanes !== undefined ? unrollVectors(part, 4, names) : [part];
  }
}

/** A sequence whose loops in it cannot change places with it, either. */
function isSteps(loop: Loop): boolean {
  return isSequence(loop) && permuted(loop).length === 0;
}

/** Whether there is more than one loop in its innermost loop that holds any, as after nests have been joined. */
function holdsSeveral(nest: Loop): boolean {
  const loops = nest.body.filter((each) => each.kind === "loop");
  const [only] = loops;
  return loops.length > 1 || (only !== undefined && holdsSeveral(only));
}

/** Every loop replaced, those inside of it first; `original` is what it was before they were. */
function mapLoops(
  statements: readonly Statement[],
  map: (loop: Loop, original: Loop) => readonly Statement[],
): readonly Statement[] {
  return statements.flatMap((statement): readonly Statement[] =>
    statement.kind === "loop"
      ? map({ ...statement, body: mapLoops(statement.body, map) }, statement)
      : [statement],
  );
}
