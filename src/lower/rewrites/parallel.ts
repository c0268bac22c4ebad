import { type Affine, type Statement, affineKey } from "../../program/index.ts";
import { type Access, type Loop, variablesOf, visitOwnAccesses, visitStatements } from "../traverse.ts";
import { tripCount } from "./unroll.ts";

/**
 * Whether the iterations of a loop do not depend on each other: it changes no local from outside, and what it stores
 * another iteration neither reads nor stores.
 */
export function isParallel(loop: Loop): boolean {
  const own = new Set<string>();
  const obstacles: Statement[] = [];
  visitStatements(loop.body, (statement) => {
    if (statement.kind === "let") own.add(statement.name);
    if (statement.kind === "piece" || statement.kind === "return") obstacles.push(statement);
    if (statement.kind === "assign" && !own.has(statement.name)) obstacles.push(statement);
  });
  return obstacles.length === 0 && iterationsAreDisjoint(loop, loop.body);
}

/**
 * Whether each buffer that the statements store, or each of these that is asked about, is divided among the iterations of the
 * loop: every access to it, but for loads of what no iteration stores, is c·v + rest, with one c for all, and the rest stays within a stretch shorter than the c·step between
 * two iterations; but for multiples of what all of the iterations take, c·step·trips, as loops inside skip from one such row to the next.
 */
export function iterationsAreDisjoint(
  loop: Loop,
  statements: readonly Statement[],
  asked?: ReadonlySet<string>,
): boolean {
  const parts = new Map<string, Divided[]>();
  const stored = new Set<string>();
  const collect = (list: readonly Statement[], extents: ReadonlyMap<string, number>): void => {
    for (const statement of list) {
      if (statement.kind === "loop") {
        collect(statement.body, new Map([...extents, [statement.variable, lastOf(statement)]]));
      } else if ("body" in statement) collect(statement.body, extents);
      visitOwnAccesses(statement, (access) => {
        const { kind, buffer } = access;
        const part = divide(access, loop, extents);
        const known = parts.get(buffer);
        if (known === undefined) parts.set(buffer, [part]);
        else known.push(part);
        if (kind !== "load") stored.add(buffer);
      });
    }
  };
  collect(statements, new Map());
  return [...(asked ?? stored)].every((buffer) => isDivided(parts.get(buffer) ?? [], loop));
}

function isDivided(all: readonly Divided[], loop: Loop): boolean {
  const stores = all.filter(({ isLoad }) => !isLoad);
  const parts = all.filter((part) => !part.isLoad || stores.some((store) => mayMeet(part, store)));
  const [first] = parts;
  if (first === undefined) return true;
  const same = parts.every(
    ({ coefficient, outside }) => coefficient === first.coefficient && outside === first.outside,
  );
  const least = parts.reduce((least, part) => Math.min(least, part.least), Infinity);
  const most = parts.reduce((most, part) => Math.max(most, part.most), -Infinity);
  return same && most - least < Math.abs(first.coefficient * loop.step);
}

/** Whether an element of one may be one of the other, be it in another iteration. */
function mayMeet(a: Divided, b: Divided): boolean {
  return a.outside !== b.outside || !(a.whole.most < b.whole.least || b.whole.most < a.whole.least);
}

function firstOf({ from }: Loop): number {
  return typeof from === "number" ? from : 0;
}

interface Range {
  readonly least: number;
  readonly most: number;
}

interface Divided extends Range {
  readonly isLoad: boolean;
  readonly coefficient: number;
  /** The part that neither the loop nor loops inside it move. */
  readonly outside: string;
  /** `least` and `most` are of the rest in one iteration; these are of all places in all iterations, but for `outside`. */
  readonly whole: Range;
}

const everywhere: Range = { least: -Infinity, most: Infinity };

function divide({ kind, offset }: Access, loop: Loop, extents: ReadonlyMap<string, number>): Divided {
  const { variable } = loop;
  const isLoad = kind === "load";
  const coefficient = coefficientOf(offset, variable);
  const round = Math.abs(coefficient * loop.step) * (tripCount(loop) ?? Infinity);
  let rest: Range = { least: offset.constant, most: offset.constant };
  let whole = rest;
  const outside: Affine["terms"][number][] = [];
  for (const term of offset.terms) {
    if (term.atom.kind === "element") {
      // What neither the loop nor one inside it moves, is the same for all iterations.
      const moves = [...variablesOf(term.atom.offset)].some((name) => name === variable || extents.has(name));
      if (moves) return { isLoad, coefficient: 0, outside: "", ...everywhere, whole: everywhere };
      outside.push(term);
      continue;
    }
    const isOwn = term.atom.name === variable;
    const last = isOwn ? lastOf(loop) : extents.get(term.atom.name);
    if (last === undefined) {
      outside.push(term);
      continue;
    }
    whole = widened(whole, term.coefficient * last);
    if (!isOwn && term.coefficient % round !== 0) rest = widened(rest, term.coefficient * last);
  }
  return { isLoad, coefficient, outside: affineKey({ constant: 0, terms: outside }), ...rest, whole };
}

function widened({ least, most }: Range, by: number): Range {
  return { least: least + Math.min(0, by), most: most + Math.max(0, by) };
}

/** The greatest value of the loop's variable. */
function lastOf(loop: Loop): number {
  const first = firstOf(loop);
  return Math.max(first, loop.step * ((tripCount(loop) ?? Infinity) - 1) + first);
}

function coefficientOf({ terms }: Affine, variable: string): number {
  return terms.find(({ atom }) => atom.kind === "variable" && atom.name === variable)?.coefficient ?? 0;
}
