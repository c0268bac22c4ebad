import type { Affine, Buffer, Statement } from "../program/index.ts";
import { bytes, ofIndex } from "./predict.ts";
import { tripCount } from "./rewrites/unroll.ts";
import { isShortUpdate } from "./schedules/unrolled.ts";
import type { Loop, Store } from "./traverse.ts";
import { visitExpression } from "./traverse.ts";

/** What `flatteningSteps` will make of plain loop nests, told without doing it. */
export interface UnrolledSize {
  /** As many statements come out of unrolling, before any is dropped. */
  readonly statements: number;
  /** Bytes of bytecode that stores to the caller's memory take: they stay, one for each place. */
  readonly leastBytes: number;
}

/** The plain loop nests that are about to be unrolled. */
interface Nests {
  readonly buffers: readonly Buffer[];
  readonly body: readonly Statement[];
  readonly batchVariable: string;
}

export function unrolledSize({ buffers, body, batchVariable }: Nests): UnrolledSize {
  const unrolled = new Map<Loop, number>();
  chooseLoops(body, { batchVariable, inBatch: false, unrolled });
  const stored = new Map<string, number>();
  const statements = count(body, { unrolled, around: [], stored });
  const isCallers = ({ role }: Buffer): boolean => role !== "scratch" && role !== "constant";
  const leastBytes = buffers.filter(isCallers).reduce((sum, { name }) => sum + (stored.get(name) ?? 0), 0);
  return { statements, leastBytes };
}

interface Choosing {
  readonly batchVariable: string;
  readonly inBatch: boolean;
  /** How often each loop that will be unrolled runs. */
  readonly unrolled: Map<Loop, number>;
}

/** Operations of the statements once their loops have been unrolled, which decides on the loops around them. */
function chooseLoops(statements: readonly Statement[], choosing: Choosing): number {
  let operations = 0;
  for (const statement of statements) {
    if (statement.kind === "loop") {
      const inBatch = choosing.inBatch || statement.variable === choosing.batchVariable;
      const each = chooseLoops(statement.body, { ...choosing, inBatch });
      const times = tripCount(statement);
      const unrolls = times !== undefined && (inBatch || isShortUpdate(each, times));
      if (unrolls) choosing.unrolled.set(statement, times);
      operations += unrolls ? each * times : each;
    } else if (statement.kind === "piece") {
      operations += chooseLoops(statement.body, choosing);
    } else if (statement.kind !== "comment") {
      visitExpression(statement.value, ({ kind }) => {
        if (kind === "apply") operations += 1;
      });
    }
  }
  return operations;
}

interface Counting {
  readonly unrolled: ReadonlyMap<Loop, number>;
  /** The loops around that will be unrolled. */
  readonly around: readonly Loop[];
  /** For each buffer the bytes of stores to it. */
  readonly stored: Map<string, number>;
}

function count(statements: readonly Statement[], counting: Counting): number {
  const { unrolled, around, stored } = counting;
  return statements.reduce((sum, statement) => {
    if (statement.kind === "loop") {
      const times = unrolled.get(statement);
      if (times === undefined) return sum + 1 + count(statement.body, counting);
      return sum + times * count(statement.body, { ...counting, around: [...around, statement] });
    }
    if (statement.kind === "piece") return sum + 1 + count(statement.body, counting);
    if (statement.kind === "store") {
      const own = placesOf(statement, counting) * bytesOf(statement, around);
      // Two statements may store to the same places.
      stored.set(statement.buffer, Math.max(stored.get(statement.buffer) ?? 0, own));
    }
    return sum + 1;
  }, 0);
}

/** How many places a store is certain to go to once the loops around it are unrolled. */
function placesOf({ offset }: Store, { unrolled, around }: Counting): number {
  const strides = around
    .map((loop) => ({
      stride: Math.abs(coefficientOf(offset, loop.variable) * loop.step),
      times: unrolled.get(loop) ?? 1,
    }))
    .sort((a, b) => a.stride - b.stride);
  let [places, reach] = [1, 0];
  for (const { stride, times } of strides) {
    if (stride <= reach) continue; // its places may be those of the loops before
    places *= times;
    reach += stride * (times - 1);
  }
  return places;
}

function bytesOf({ offset }: Store, around: readonly Loop[]): number {
  const variables = new Set(around.map(({ variable }) => variable));
  const terms = offset.terms.filter(({ atom }) => atom.kind === "variable" && !variables.has(atom.name));
  return bytes.access + bytes.statement + bytes.number + ofIndex({ ...offset, terms });
}

function coefficientOf({ terms }: Affine, variable: string): number {
  return terms.find(({ atom }) => atom.kind === "variable" && atom.name === variable)?.coefficient ?? 0;
}
