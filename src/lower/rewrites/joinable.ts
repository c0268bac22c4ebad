import { type Loop, variablesOf, visitAccesses } from "../traverse.ts";
import { accumulatorsOf } from "../accumulators.ts";
import { isParallel } from "./parallel.ts";

/** Which loops of a nest another nest may share. */
export interface Joinable {
  /** From the outermost. */
  readonly loops: readonly Loop[];
  /** Whether any of them may be the outermost. */
  readonly inAnyOrder: boolean;
}

/** Statements never change, and each is asked about again and again. */
const known = new WeakMap<Loop, Joinable>();

/**
 * The loops of a nest that another nest may share without loss. Of a matrix product these are the ones along which all operands
 * move: a tile needs the others. Of other nests, those that are parallel or add up; a loop over steps is none of these.
 */
export function joinableOf(nest: Loop): Joinable {
  const found = known.get(nest);
  if (found !== undefined) return found;
  const joinable = computed(nest);
  known.set(nest, joinable);
  return joinable;
}

function computed(nest: Loop): Joinable {
  const chain = chainOf(nest);
  const movements = isParallel(nest) ? productOf(chain) : undefined;
  if (movements === undefined) {
    const end = chain.findIndex((loop) => !isParallel(loop) && accumulatorsOf(loop).size === 0);
    return { loops: end < 0 ? chain : chain.slice(0, end), inAnyOrder: false };
  }
  const loops = chain.filter(({ variable }) => movements.every((moves) => moves.has(variable)));
  return { loops: chain.every(isParallel) ? loops : [], inAnyOrder: true };
}

/** The loops from the outermost, as long as each is all that the one around it holds. */
export function chainOf(loop: Loop): readonly Loop[] {
  const [inner, ...others] = loop.body;
  return inner?.kind === "loop" && others.length === 0 ? [loop, ...chainOf(inner)] : [loop];
}

/**
 * The variables that move each operand of the sums in a nest, if these share operands as matrix products do: one is the same
 * along a loop that moves another, and the other way round.
 */
function productOf(chain: readonly Loop[]): readonly ReadonlySet<string>[] | undefined {
  const movements: ReadonlySet<string>[] = [];
  for (const inner of chain.at(-1)?.body ?? []) {
    if (inner.kind !== "loop") continue;
    visitAccesses([inner], ({ kind, offset }) => {
      if (kind === "load") movements.push(variablesOf(offset));
    });
  }
  const moves = (by: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
    chain.some(({ variable }) => by.has(variable) && !other.has(variable));
  const share = movements.some((a) => movements.some((b) => moves(a, b) && moves(b, a)));
  return share ? movements : undefined;
}
