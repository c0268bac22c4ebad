import {
  type Affine,
  affineConstant,
  addAffine,
  type Buffer,
  scaleAffine,
  type Statement,
} from "../../program/index.ts";
import { tripCount } from "../rewrites/unroll.ts";
import { type Access, type Loop, mapOffsets, visitOwnAccesses } from "../traverse.ts";
import { accessCost, type Machine, strideOf, tripsOf } from "./cost.ts";

/*
 * Scratch memory has no order that anyone asks for. Where vectors run across its rows, as where softmax has a row of scores in each
 * lane, each of them is gathered and scattered element by element; with columns for rows they are loaded and stored whole.
 */

/** Blocks that do not stay in the first-level cache anyway are left: what reads along their rows would find a page in each column. */
const mostElements = 4096;

/** Matrices of `rows` by `columns`, one after the other. */
interface Blocks {
  readonly rows: number;
  readonly columns: number;
}

/** An access, and what is known where it stands. */
interface Place extends Access {
  /** Of loop variables that start at a number not below 0. */
  readonly greatest: ReadonlyMap<string, number>;
  /** The variable in lanes, if any. */
  readonly lanes: string | undefined;
  /** How often, for the usual number of samples. */
  readonly times: number;
}

/** The statements with matrices of scratch memory transposed where vectors then gather and scatter less. */
export function transposeScratch(
  statements: readonly Statement[],
  buffers: readonly Buffer[],
  machine: Machine,
): readonly Statement[] {
  const places = new Map<string, Place[]>();
  for (const { name, role } of buffers) if (role === "scratch") places.set(name, []);
  collect(statements, { places, machine, greatest: new Map(), lanes: undefined, times: 1 });
  const transposed = new Map<string, Blocks>();
  for (const { name, shape } of buffers) {
    const size = shape.reduce((product, length) => product * length, 1);
    const blocks = bestBlocks(places.get(name) ?? [], size, machine);
    if (blocks !== undefined) transposed.set(name, blocks);
  }
  if (transposed.size === 0) return statements;
  return mapOffsets(statements, (buffer, offset) => {
    const blocks = transposed.get(buffer);
    return blocks === undefined ? offset : joined(splitAlong(offset, blocks), blocks);
  });
}

interface Surroundings extends Omit<Place, keyof Access> {
  readonly places: ReadonlyMap<string, Place[]>;
  readonly machine: Machine;
}

function collect(statements: readonly Statement[], around: Surroundings): void {
  const { places, machine, ...known } = around;
  for (const statement of statements) {
    visitOwnAccesses(statement, (access) => places.get(access.buffer)?.push({ ...access, ...known }));
    if (statement.kind === "loop") {
      const { variable, lanes } = statement;
      collect(statement.body, {
        ...around,
        greatest: new Map([...known.greatest, [variable, greatestOf(statement)]]),
        lanes: lanes === undefined ? known.lanes : variable,
        times: known.times * tripsOf(statement, machine),
      });
    } else if ("body" in statement) collect(statement.body, around);
  }
}

/** What a loop's variable comes to, in its last lane; ∞ where that is not known. */
function greatestOf(loop: Loop): number {
  const { from, step, lanes = 1 } = loop;
  const trips = tripCount(loop);
  if (trips === undefined || typeof from !== "number" || from < 0 || step < 0) return Infinity;
  return from + step * (trips - 1) + lanes - 1;
}

/** The blocks to transpose with which vectors cost least; `undefined` if with none less than now. */
function bestBlocks(places: readonly Place[], size: number, machine: Machine): Blocks | undefined {
  const strides = new Set<number>();
  for (const { offset, lanes } of places) {
    const stride = lanes === undefined ? 0 : strideOf(offset, lanes);
    if (stride !== "any" && stride > 1) strides.add(stride);
  }
  let best: Blocks | undefined;
  let least = costOf(places, undefined, machine);
  for (const columns of strides) {
    for (const length of lengthsOf(places, size, columns)) {
      const blocks: Blocks = { rows: length / columns, columns };
      if (!places.every((place) => fits(place, blocks))) continue;
      const cost = costOf(places, blocks, machine);
      if (cost < least) [best, least] = [blocks, cost];
    }
  }
  return best;
}

/** How long a block of such rows may be: as far as the next of the strides, or all of the memory. */
function lengthsOf(places: readonly Place[], size: number, columns: number): readonly number[] {
  const lengths = new Set([size]);
  for (const { offset } of places) for (const { coefficient } of offset.terms) lengths.add(coefficient);
  return [...lengths]
    .filter((length) => length > columns && length % columns === 0 && length <= mostElements)
    .sort((a, b) => a - b);
}

function costOf(places: readonly Place[], blocks: Blocks | undefined, { width }: Machine): number {
  let sum = 0;
  for (const { kind, offset, lanes, times } of places) {
    if (lanes === undefined) continue;
    const moved = blocks === undefined ? offset : joined(splitAlong(offset, blocks), blocks);
    sum += times * accessCost(kind, strideOf(moved, lanes), width);
  }
  return sum;
}

/** An offset as `block·rows·columns + row·columns + column`. */
interface Split {
  readonly block: Affine;
  readonly row: Affine;
  readonly column: Affine;
}

function splitAlong({ constant, terms }: Affine, { rows, columns }: Blocks): Split {
  const part = (of: (coefficient: number) => number): Affine =>
    addAffine(
      affineConstant(of(constant)),
      ...terms.map(({ coefficient, atom }) =>
        scaleAffine({ constant: 0, terms: [{ coefficient: 1, atom }] }, of(coefficient)),
      ),
    );
  const length = rows * columns;
  const within = (coefficient: number): number => coefficient - length * Math.floor(coefficient / length);
  return {
    block: part((coefficient) => Math.floor(coefficient / length)),
    row: part((coefficient) => Math.floor(within(coefficient) / columns)),
    column: part((coefficient) => within(coefficient) % columns),
  };
}

/** With row and column exchanged. */
function joined({ block, row, column }: Split, { rows, columns }: Blocks): Affine {
  return addAffine(scaleAffine(block, rows * columns), scaleAffine(column, rows), row);
}

/** Whether row and column stay in the block, wherever the loops go: else the one carries into the other. */
function fits({ offset, greatest }: Place, blocks: Blocks): boolean {
  const { row, column } = splitAlong(offset, blocks);
  const most = ({ constant, terms }: Affine): number =>
    terms.reduce((sum, { coefficient, atom }) => {
      const last = atom.kind === "variable" ? greatest.get(atom.name) : undefined;
      return sum + coefficient * (last ?? Infinity);
    }, constant);
  return most(row) < blocks.rows && most(column) < blocks.columns;
}
