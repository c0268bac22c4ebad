import { sizeOf } from "../../graph/index.ts";
import type { Affine, Buffer, Statement } from "../../program/index.ts";
import { type Access, mapOffsets, visitAccesses } from "../traverse.ts";

/** A program's memory and statements. */
export interface Body {
  readonly buffers: readonly Buffer[];
  readonly statements: readonly Statement[];
}

/**
 * Gives scratch memory that lives for one sample only the size of one sample: memory that one loop over the batch alone
 * touches, each iteration in its own block.
 */
export function shrinkScratch({ buffers, statements }: Body, batchVariable: string): Body {
  const loopOf = new Map<string, Statement | undefined>();
  const shared = new Set<string>();
  const sizes = new Map(
    buffers
      .filter(({ role, batched }) => role === "scratch" && batched)
      .map(({ name, shape }) => [name, sizeOf(shape)]),
  );
  for (const statement of statements) {
    visitAccesses([statement], ({ buffer, offset }: Access) => {
      const own = ofSample(offset, batchVariable) === sizes.get(buffer);
      const known = loopOf.get(buffer);
      if (!own || (known !== undefined && known !== statement)) shared.add(buffer);
      loopOf.set(buffer, statement);
    });
  }
  const isShrunk = (name: string): boolean => sizes.has(name) && !shared.has(name);
  return {
    buffers: buffers.map((buffer) => (isShrunk(buffer.name) ? { ...buffer, batched: false } : buffer)),
    statements: mapOffsets(statements, (buffer, offset) =>
      isShrunk(buffer)
        ? { ...offset, terms: offset.terms.filter((term) => !isOfSample(term, batchVariable)) }
        : offset,
    ),
  };
}

/** The distance between the blocks of two samples, as far as this offset tells. */
function ofSample({ terms }: Affine, batchVariable: string): number | undefined {
  return terms.find((term) => isOfSample(term, batchVariable))?.coefficient;
}

function isOfSample({ atom }: Affine["terms"][number], batchVariable: string): boolean {
  return atom.kind === "variable" && atom.name === batchVariable;
}
