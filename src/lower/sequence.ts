import type { Statement } from "../program/index.ts";
import { accumulatorsOf } from "./accumulators.ts";
import { effectsOf } from "./rewrites/effects.ts";
import { isParallel } from "./rewrites/parallel.ts";
import { type Loop, variablesOf, visitAccesses } from "./traverse.ts";

/** What a nest becomes. */
export interface Part {
  /** Copies of what it reads, which must be made before, be it once for a loop around. */
  readonly before: readonly Statement[];
  readonly statements: readonly Statement[];
}

/** Whether a loop is one over steps, each of which reads what the one before has stored: its body holds the nests. */
export function isSequence(loop: Loop): boolean {
  return (
    loop.body.some(({ kind }) => kind === "loop") && accumulatorsOf(loop).size === 0 && !isParallel(loop)
  );
}

/**
 * The sequence with these parts for the nests in its body. What no step changes is copied once for all of them, anything else right
 * before the nest that reads it: an earlier one of the step may have made it.
 */
export function inSequence(loop: Loop, parts: readonly Part[]): Part {
  const steady = new Set(parts.flatMap(({ before }) => before.filter((copy) => isSteady(copy, loop))));
  const body = parts.flatMap(({ before, statements }) => [
    ...before.filter((copy) => !steady.has(copy)),
    ...statements,
  ]);
  return { before: [...steady], statements: [{ ...loop, body }] };
}

/** Whether a copy is the same in all iterations of a loop: of what neither its variable moves nor its body stores. */
export function isSteady(copy: Statement, loop: Loop): boolean {
  const { stored } = effectsOf(loop);
  let steady = true;
  visitAccesses([copy], ({ kind, buffer, offset }) => {
    if (kind === "load" && (stored.has(buffer) || variablesOf(offset).has(loop.variable))) steady = false;
  });
  return steady;
}
