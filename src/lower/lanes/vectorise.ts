import type { Buffer, Statement } from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { unrollAndJam } from "../rewrites/jam.ts";
import { isConstant, isContraction, separateNest } from "../rewrites/separate.ts";
import { isParallel } from "../rewrites/parallel.ts";
import { unrollVectors } from "../rewrites/partial.ts";
import { type Let, type Loop, visitAccesses } from "../traverse.ts";
import { accumulatorsOf, laneCost, type Machine } from "./cost.ts";
import { candidatesOf, type Candidate, permuted, storedIn } from "./candidates.ts";
import { type Packed, packOperands } from "./pack.ts";
import { splitIntoLanes } from "./split.ts";
import { bestTile, type Side, sideOf, type Tile } from "./tile.ts";

export interface VectoriseOptions extends Machine {
  readonly buffers: readonly Buffer[];
  readonly names: NameSupply;
}

export interface Vectorised {
  readonly statements: readonly Statement[];
  /** Memory for operands that are copied. */
  readonly buffers: readonly Buffer[];
}

/**
 * Puts one loop of each nest into lanes: the one with which the nest costs least. Sums are done in tiles of accumulators, so
 * that each load serves several of them; an operand that lies across the lanes is copied first where that pays.
 */
export function vectoriseNests(statements: readonly Statement[], options: VectoriseOptions): Vectorised {
  const pass = new Vectoriser(options);
  return { statements: statements.flatMap(pass.whole), buffers: pass.buffers };
}

interface Part {
  /** What must be done before the loop over steps that this is part of. */
  readonly before: readonly Statement[];
  readonly statements: readonly Statement[];
}

class Vectoriser {
  readonly buffers: Buffer[] = [];
  readonly #options: VectoriseOptions;

  constructor(options: VectoriseOptions) {
    this.#options = options;
  }

  /** Locals that are numbers, or computed of numbers. */
  readonly #constants = new Map<string, Let>();

  /** A statement at the top level; nests of sums as functions of their own. */
  readonly whole = (statement: Statement): readonly Statement[] => {
    if (statement.kind === "let" && isConstant(statement, this.#constants))
      this.#constants.set(statement.name, statement);
    const { before, statements } = this.#part(statement);
    const all = [...before, ...statements];
    return statement.kind === "loop" && !isSequence(statement) && isContraction(statement)
      ? separateNest(statement, all, this.#constants, this.#options)
      : all;
  };

  #part(statement: Statement): Part {
    if (statement.kind !== "loop") return { before: [], statements: [statement] };
    return isSequence(statement) ? this.#sequence(statement) : this.#nest(statement);
  }

  #block(statements: readonly Statement[]): Part {
    const parts = statements.map((statement) => this.#part(statement));
    return {
      before: parts.flatMap(({ before }) => before),
      statements: parts.flatMap((part) => part.statements),
    };
  }

  /** Operands that no step changes are copied once for all of them. */
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
    const isIdempotent = isRepeatable(nest);
    const best = this.#bestChoice(nest, isIdempotent);
    if (best === undefined || best.cost >= laneCost([nest], undefined, this.#options, false)) {
      return { before: [], statements: [nest] };
    }
    for (const buffer of best.buffers) this.buffers.push(buffer);
    return {
      before: best.copies.flatMap((copy) => this.#nest(copy).statements),
      statements: this.#inLanes(best.candidate, isIdempotent),
    };
  }

  #bestChoice(nest: Loop, isIdempotent: boolean): Packed | undefined {
    let best: Packed | undefined;
    const consider = (choice: Packed): void => {
      const { candidate } = choice;
      const cost =
        choice.cost + laneCost([candidate.nest], candidate.loop.variable, this.#options, isIdempotent);
      if (best === undefined || cost < best.cost) best = { ...choice, cost };
    };
    for (const candidate of candidatesOf(nest)) {
      consider({ candidate, copies: [], buffers: [], cost: 0 });
      const packed = packOperands(candidate, this.#options);
      if (packed !== undefined) consider(packed);
    }
    return best;
  }

  #inLanes(candidate: Candidate, isIdempotent: boolean): readonly Statement[] {
    const { width, names } = this.#options;
    const { nest, loop, kind } = candidate;
    const { sides, vectors } = this.#tile(candidate);
    const split = { width, vectors, isIdempotent: isIdempotent && kind === "parallel" };
    const isLone = kind === "sum" && sides.size === 0;
    return mapLoops([nest], (each) => {
      if (each.variable === loop.variable) {
        const parts = splitIntoLanes(each, split, names);
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

/** Whether doing some of it again changes nothing: it reads nothing that it stores. */
function isRepeatable(nest: Loop): boolean {
  const stored = storedIn([nest]);
  let fits = true;
  visitAccesses([nest], ({ kind, buffer }) => {
    if (kind === "accumulate" || (kind === "load" && stored.has(buffer))) fits = false;
  });
  return accumulatorsOf(nest).size === 0 && fits;
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
