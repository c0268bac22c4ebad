import { type Affine, type Statement, affineKey } from "../../program/index.ts";
import { type Loop, variablesOf, visitOwnAccesses, visitStatements } from "../traverse.ts";
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
 * loop: every access to it is c·v + rest, with one c for all, and the rest stays within a stretch shorter than the c·step between
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
        const first = firstOf(statement);
        const last = statement.step * ((tripCount(statement) ?? Infinity) - 1) + first;
        collect(statement.body, new Map([...extents, [statement.variable, Math.max(first, last)]]));
      } else if ("body" in statement) collect(statement.body, extents);
      visitOwnAccesses(statement, ({ kind, buffer, offset }) => {
        const part = divide(offset, loop, extents);
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

function isDivided(parts: readonly Divided[], loop: Loop): boolean {
  const [first] = parts;
  if (first === undefined) return true;
  const same = parts.every(
    ({ coefficient, outside }) => coefficient === first.coefficient && outside === first.outside,
  );
  const least = parts.reduce((least, part) => Math.min(least, part.least), Infinity);
  const most = parts.reduce((most, part) => Math.max(most, part.most), -Infinity);
  return same && most - least < Math.abs(first.coefficient * loop.step);
}

function firstOf({ from }: Loop): number {
  return typeof from === "number" ? from : 0;
}

interface Divided {
  readonly coefficient: number;
  /** The part that neither the loop nor loops inside it move. */
  readonly outside: string;
  /** The least and the greatest of the rest. */
  readonly least: number;
  readonly most: number;
}

function divide(offset: Affine, loop: Loop, extents: ReadonlyMap<string, number>): Divided {
  const { variable } = loop;
  const coefficient = coefficientOf(offset, variable);
  const round = Math.abs(coefficient * loop.step) * (tripCount(loop) ?? Infinity);
  let [least, most] = [offset.constant, offset.constant];
  const outside: Affine["terms"][number][] = [];
  for (const term of offset.terms) {
    if (term.atom.kind === "element") {
      // What neither the loop nor one inside it moves, is the same for all iterations.
      const moves = [...variablesOf(term.atom.offset)].some((name) => name === variable || extents.has(name));
      if (moves) return { coefficient: 0, outside: "", least: -Infinity, most: Infinity };
      outside.push(term);
      continue;
    }
    const last = extents.get(term.atom.name);
    if (term.atom.name === variable) continue;
    if (last === undefined) outside.push(term);
    else if (term.coefficient % round !== 0) {
      least += Math.min(0, term.coefficient * last);
      most += Math.max(0, term.coefficient * last);
    }
  }
  return { coefficient, outside: affineKey({ constant: 0, terms: outside }), least, most };
}

function coefficientOf({ terms }: Affine, variable: string): number {
  return terms.find(({ atom }) => atom.kind === "variable" && atom.name === variable)?.coefficient ?? 0;
}
