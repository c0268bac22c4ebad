import type { Buffer, Statement } from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { unrollAndJam } from "../rewrites/jam.ts";
import { isConstant, isContraction, separateNest } from "../rewrites/separate.ts";
import { isParallel } from "../rewrites/parallel.ts";
import { unrollVectors } from "../rewrites/partial.ts";
import { type Let, type Loop, visitAccesses } from "../traverse.ts";
import { accumulatorsOf } from "../accumulators.ts";
import { iteration, laneCost, type Machine, tripsOf } from "./cost.ts";
import { candidatesOf, type Candidate, permuted, storedIn } from "./candidates.ts";
import { contractAlong, divideAmong, withRoom } from "./contract.ts";
import { type Packed, packOperands } from "./pack.ts";
import { isRepeatable } from "./repeatable.ts";
import { splitIntoLanes } from "./split.ts";
import { bestTile, type Side, sideOf, type Tile } from "./tile.ts";

export interface VectoriseOptions extends Machine {
  readonly buffers: readonly Buffer[];
  readonly names: NameSupply;
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

interface Part {
  /** What must be done before the loop over steps that this is part of. */
  readonly before: readonly Statement[];
  readonly statements: readonly Statement[];
}

class Vectoriser {
  readonly copies: Buffer[] = [];
  readonly contracted = new Set<string>();
  readonly #options: VectoriseOptions;
  readonly #private: ReadonlyMap<Statement, ReadonlySet<string>>;
  /** Scratch memory of the statement at hand alone; in loops over steps nothing, as they find there what the step before has left. */
  #own: ReadonlySet<string> = new Set();

  constructor(options: VectoriseOptions, own: ReadonlyMap<Statement, ReadonlySet<string>>) {
    this.#options = options;
    this.#private = own;
  }

  /** Locals that are numbers, or computed of numbers. */
  readonly #constants = new Map<string, Let>();

  /** A statement at the top level; nests of sums as functions of their own. */
  readonly whole = (statement: Statement): readonly Statement[] => {
    if (statement.kind === "let" && isConstant(statement, this.#constants))
      this.#constants.set(statement.name, statement);
    this.#own = this.#private.get(statement) ?? new Set();
    const { before, statements } = this.#part(statement);
    const all = [...before, ...statements];
    return statement.kind === "loop" && !isSequence(statement) && isContraction(statement)
      ? separateNest(statement, all, this.#constants, this.#options)
      : all;
  };

  #part(statement: Statement): Part {
    if (statement.kind !== "loop") return { before: [], statements: [statement] };
    if (isSequence(statement)) {
      this.#own = new Set();
      return this.#sequence(statement);
    }
    const isApart = holdsSeveral(statement) && this.#costApart(statement) < this.#costOf(statement);
    return isApart ? this.#sequence(this.#contracted(statement)) : this.#nest(statement);
  }

  #contracted(loop: Loop): Loop {
    if (!isParallel(loop)) return loop;
    const own = new Set([...storedIn([loop])].filter((buffer) => this.#own.has(buffer)));
    for (const buffer of own) this.contracted.add(buffer);
    return contractAlong(loop, own);
  }

  #block(statements: readonly Statement[]): Part {
    const own = divideAmong(statements, this.#own);
    const parts = statements.map((statement) => {
      this.#own = own.get(statement) ?? new Set();
      return this.#part(statement);
    });
    return {
      before: parts.flatMap(({ before }) => before),
      statements: parts.flatMap((part) => part.statements),
    };
  }

  /** Each nest by itself. Operands that no iteration changes are copied once for all of them. */
  #sequence(loop: Loop): Part {
    const { before, statements } = this.#block(loop.body);
    const stored = storedIn(loop.body);
    const isSteady = (copy: Statement): boolean => {
      let steady = true;
      visitAccesses([copy], ({ kind, buffer, offset }) => {
        if (kind !== "load") return;
        const moves = offset.terms.some(
          ({ atom }) => atom.kind === "variable" && atom.name === loop.variable,
        );
        if (moves || stored.has(buffer)) steady = false;
      });
      return steady;
    };
    return {
      before: before.filter(isSteady),
      statements: [{ ...loop, body: [...before.filter((copy) => !isSteady(copy)), ...statements] }],
    };
  }

  #nest(nest: Loop): Part {
    const best = this.#bestChoice(nest);
    if (best === undefined || best.cost >= laneCost([nest], undefined, this.#options)) {
      return { before: [], statements: [nest] };
    }
    for (const buffer of best.buffers) this.copies.push(buffer);
    return {
      before: best.copies.flatMap((copy) => this.#nest(copy).statements),
      statements: this.#inLanes(best.candidate),
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
      const cost = choice.cost + laneCost([candidate.nest], candidate.loop.variable, this.#options);
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
    const { sides, vectors } = this.#tile(candidate);
    const isLone = kind === "sum" && sides.size === 0;
    return mapLoops([nest], (each) => {
      if (each.variable === loop.variable) {
        const parts = splitIntoLanes(each, { width, vectors, isIdempotent: isRepeatable(each) }, names);
        return isLone ? parts.flatMap((part) => this.#wide(part)) : parts;
      }
      const together = sides.get(each.variable) ?? 1;
      return together === 1 ? [each] : unrollAndJam(each, together, names);
    });
  }

  /** A sum that shares its loads with no other: several vectors at a time, whose additions do not wait for each other. */
  #wide(part: Statement): readonly Statement[] {
    const isShort = part.kind === "loop" && part.body.every((each) => each.kind !== "loop");
    const { names } = this.#options;
    return isShort && part.lanes !== undefined ? unrollVectors(part, 4, names) : [part];
  }

  /** How many iterations of which loops are done side by side, and how many vectors. */
  #tile({ loop, sum, parallel, kind }: Candidate): Tiling {
    if (sum === undefined) return { sides: new Map(), vectors: 1 };
    const sides = parallel.map((each) => sideOf(each, this.#options));
    if (kind === "parallel") {
      const { rows, tile } = bestRows(sum, sides, sideOf(loop, this.#options, this.#options.width));
      return {
        sides: new Map(rows === undefined ? [] : [[rows.variable, tile.rows]]),
        vectors: tile.columns,
      };
    }
    const choices = sides.map((columns, k) => ({ columns, ...bestRows(sum, sides.slice(0, k), columns) }));
    const [best] = choices.toSorted((a, b) => a.cost - b.cost);
    if (best === undefined) return { sides: new Map(), vectors: 1 };
    const { rows, columns, tile } = best;
    const ofRows: readonly (readonly [string, number])[] =
      rows === undefined ? [] : [[rows.variable, tile.rows]];
    return { sides: new Map([...ofRows, [columns.variable, tile.columns]]), vectors: 1 };
  }
}

interface Tiling {
  readonly sides: ReadonlyMap<string, number>;
  readonly vectors: number;
}

/** The rows with which a tile needs the fewest operations for all of the sums. */
function bestRows(
  sum: Loop,
  choices: readonly Side[],
  columns: Side,
): { readonly rows: Side | undefined; readonly tile: Tile; readonly cost: number } {
  const all = choices.reduce((product, { count }) => product * count, 1);
  const tiles = [undefined, ...choices.filter((side) => side !== columns)].map((rows) => {
    const tile = bestTile(sum, rows, columns);
    return { rows, tile, cost: (tile.cost * all) / (rows?.count ?? 1) };
  });
  return tiles.reduce((best, each) => (each.cost < best.cost ? each : best));
}

/** A loop over steps, each of which reads what the one before has stored: its body holds the nests. */
function isSequence(loop: Loop): boolean {
  const holdsLoops = loop.body.some(({ kind }) => kind === "loop");
  return holdsLoops && accumulatorsOf(loop).size === 0 && !isParallel(loop) && permuted(loop).length === 0;
}

/** Whether there is more than one loop in its innermost loop that holds any, as after nests have been joined. */
function holdsSeveral(nest: Loop): boolean {
  const loops = nest.body.filter((each) => each.kind === "loop");
  const [only] = loops;
  return loops.length > 1 || (only !== undefined && holdsSeveral(only));
}

/** Every loop replaced, those inside of it first. */
function mapLoops(
  statements: readonly Statement[],
  map: (loop: Loop) => readonly Statement[],
): readonly Statement[] {
  return statements.flatMap((statement): readonly Statement[] =>
    statement.kind === "loop" ? map({ ...statement, body: mapLoops(statement.body, map) }) : [statement],
  );
}
