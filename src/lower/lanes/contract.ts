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

function measure(
  statements: readonly Statement[],
  last: ReadonlyMap<string, number>,
  contracted: ReadonlySet<string>,
  lengths: Map<string, number>,
): void {
  for (const statement of statements) {
    visitOwnAccesses(statement, ({ kind, buffer, offset }) => {
      if (kind === "load" || !contracted.has(buffer)) return;
      const end = offset.terms.reduce((sum, { coefficient, atom }) => {
        const most = atom.kind === "variable" ? (last.get(atom.name) ?? Infinity) : Infinity;
        return sum + coefficient * most;
      }, offset.constant + 1);
      lengths.set(buffer, Math.max(lengths.get(buffer) ?? 0, end));
    });
    if (statement.kind === "loop") {
      const from = typeof statement.from === "number" ? statement.from : 0;
      const most =
        from + statement.step * ((tripCount(statement) ?? Infinity) - 1) + (statement.lanes ?? 1) - 1;
      measure(statement.body, new Map([...last, [statement.variable, most]]), contracted, lengths);
    } else if ("body" in statement) measure(statement.body, last, contracted, lengths);
  }
}
