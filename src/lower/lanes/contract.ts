import type { Affine, Buffer, Statement } from "../../program/index.ts";
import { type Loop, mapOffsets, visitAccesses, visitOwnAccesses } from "../traverse.ts";
import { tripCount } from "../rewrites/unroll.ts";

/*
 * Array contraction (V. Sarkar, G. Gao, Optimization of array accesses by collective loop transformations, 1991): scratch memory
 * that one nest alone knows needs no more room than what one iteration of its parallel loops keeps there. Each iteration has a
 * stretch of its own, which nobody reads afterwards, and so all of them may have the same one: it stays in the cache.
 */

/** For each statement, which of these buffers no other one knows. */
export function divideAmong(
  statements: readonly Statement[],
  buffers: ReadonlySet<string>,
): ReadonlyMap<Statement, ReadonlySet<string>> {
  const owners = new Map<string, Statement | undefined>();
  if (buffers.size > 0) {
    for (const statement of statements) {
      visitAccesses([statement], ({ buffer }) => {
        const isShared = owners.has(buffer) && owners.get(buffer) !== statement;
        if (buffers.has(buffer)) owners.set(buffer, isShared ? undefined : statement);
      });
    }
  }
  const own = new Map(statements.map((statement) => [statement, new Set<string>()]));
  for (const [buffer, owner] of owners) if (owner !== undefined) own.get(owner)?.add(buffer);
  return own;
}

/** The loop with all of its iterations in the same stretch of these buffers. */
export function contractAlong(loop: Loop, buffers: ReadonlySet<string>): Loop {
  const without = (offset: Affine): Affine => ({
    ...offset,
    terms: offset.terms.filter(({ atom }) => atom.kind === "element" || atom.name !== loop.variable),
  });
  return {
    ...loop,
    body: mapOffsets(loop.body, (buffer, offset) => (buffers.has(buffer) ? without(offset) : offset)),
  };
}

/** The buffers with room for what the statements store in them. */
export function withRoom(
  buffers: readonly Buffer[],
  contracted: ReadonlySet<string>,
  statements: readonly Statement[],
): readonly Buffer[] {
  const lengths = new Map<string, number>();
  measure(statements, new Map(), contracted, lengths);
  return buffers.map((buffer) => {
    const length = lengths.get(buffer.name);
    // Where samples still have stretches of their own, as the loop over them is not parallel, it keeps its room.
    return length === undefined || length === Infinity
      ? buffer
      : { ...buffer, batched: false, shape: [length] };
  });
}

/** The values that a loop's variable takes: the least, and the greatest. */
interface Extremes {
  readonly least: number;
  readonly most: number;
}

function measure(
  statements: readonly Statement[],
  variables: ReadonlyMap<string, Extremes>,
  contracted: ReadonlySet<string>,
  lengths: Map<string, number>,
): void {
  for (const statement of statements) {
    visitOwnAccesses(statement, ({ kind, buffer, offset }) => {
      if (kind === "load" || !contracted.has(buffer)) return;
      const length = greatest(offset, variables) + 1;
      lengths.set(buffer, Math.max(lengths.get(buffer) ?? 0, length));
    });
    if (statement.kind === "loop") {
      const inside = new Map([...variables, [statement.variable, extremesOf(statement)]]);
      measure(statement.body, inside, contracted, lengths);
    } else if ("body" in statement) measure(statement.body, variables, contracted, lengths);
  }
}

/** `Infinity` where there is no telling. */
function greatest({ constant, terms }: Affine, variables: ReadonlyMap<string, Extremes>): number {
  return terms.reduce((sum, { coefficient, atom }) => {
    const values = atom.kind === "variable" ? variables.get(atom.name) : undefined;
    if (values === undefined) return Infinity;
    return sum + coefficient * (coefficient > 0 ? values.most : values.least);
  }, constant);
}

function extremesOf(loop: Loop): Extremes {
  const first = typeof loop.from === "number" ? loop.from : 0;
  const last = first + loop.step * ((tripCount(loop) ?? Infinity) - 1);
  return { least: Math.min(first, last), most: Math.max(first, last) + (loop.lanes ?? 1) - 1 };
}
