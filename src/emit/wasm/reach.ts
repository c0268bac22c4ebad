import {
  type Affine,
  type Expression,
  fillsLanes,
  type Loop,
  type Statement,
  visitMentions,
} from "../../program/index.ts";
import type { Place } from "./addresses.ts";

/** Bytes of memory from `low` to below `high`. */
export interface Reach {
  readonly low: number;
  readonly high: number;
}

type Values = ReadonlyMap<string, Reach>;

/**
 * What loops in lanes may touch. Where a condition differs from lane to lane both branches are computed, so that an element
 * is loaded for lanes in which the condition does not hold: beside its buffer, and, if that is the first or the last, outside of memory.
 * So it is for lanes that have nothing left to do.
 * Accesses whose place integers in memory decide are within their buffers: see `guardsGathers`.
 *
 * @param batchSize The most samples.
 * @returns From `Infinity` to `-Infinity` if there is none.
 */
export function reachOfLanes(
  statements: readonly Statement[],
  batchSize: number,
  placeOf: (buffer: string) => Place,
): Reach {
  let [low, high] = [Infinity, -Infinity];
  const visit = (list: readonly Statement[], variables: Values, inLanes: boolean): void => {
    for (const statement of list) {
      if (!("body" in statement)) continue;
      const isLoop = statement.kind === "loop";
      const inner = isLoop
        ? new Map([...variables, [statement.variable, valuesOf(statement, batchSize)]])
        : variables;
      visit(statement.body, inner, inLanes || (isLoop && statement.lanes !== undefined));
    }
    if (!inLanes) return;
    const own = list.map((statement) => ("body" in statement ? { ...statement, body: [] } : statement));
    visitMentions(own, {
      access: (buffer, offset) => {
        const range = rangeOf(offset, variables);
        if (range === undefined) return;
        const { offset: start, bytes } = placeOf(buffer);
        low = Math.min(low, start + range.low * bytes);
        high = Math.max(high, start + range.high * bytes);
      },
    });
  };
  visit(statements, new Map(), false);
  return { low, high };
}

/** Of a loop's variable, for any number of samples up to `batchSize`. */
function valuesOf(loop: Loop, batchSize: number): Reach {
  const { from, to, step, lanes = 1 } = loop;
  const numberOf = (bound: Loop["to"]): number => (typeof bound === "number" ? bound : batchSize);
  if (step < 0) return { low: typeof to === "number" ? to + 1 : 0, high: numberOf(from) + 1 };
  const low = typeof from === "number" ? from : 0;
  return { low, high: numberOf(to) + (fillsLanes(loop) ? 0 : lanes - 1) };
}

/** `undefined` where integers in memory are part of it. */
function rangeOf({ constant, terms }: Affine, variables: Values): Reach | undefined {
  let [low, high] = [constant, constant + 1];
  for (const { coefficient, atom } of terms) {
    const values = atom.kind === "variable" ? variables.get(atom.name) : undefined;
    if (values === undefined) return undefined;
    const [a, b] = [coefficient * values.low, coefficient * (values.high - 1)];
    low += Math.min(a, b);
    high += Math.max(a, b);
  }
  return { low, high };
}

/**
 * Whether a loop in lanes loads what integers in memory say, where a condition or a lack of iterations keeps a lane from it: those
 * integers might themselves be loaded from beside their buffer, and be any.
 */
export function guardsGathers(loop: Loop): boolean {
  return underConditions(loop.body) || (!fillsLanes(loop) && gathers(loop.body));
}

function underConditions(statements: readonly Statement[]): boolean {
  return statements.some((statement) => {
    if (statement.kind === "when" && gathers(statement.body)) return true;
    if ("body" in statement) return underConditions(statement.body);
    return "value" in statement && selectsGathers(statement.value);
  });
}

function selectsGathers(root: Expression): boolean {
  const pending = [root];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.kind !== "apply") continue;
    const { operation, operands } = next;
    const branches = operation === "select" ? operands.slice(1) : [];
    if (branches.some((value) => gathers([{ kind: "return", value }]))) return true;
    for (const operand of operands) pending.push(operand);
  }
  return false;
}

function gathers(statements: readonly Statement[]): boolean {
  let found = false;
  visitMentions(statements, {
    access: (_, { terms }) => (found ||= terms.some(({ atom }) => atom.kind === "element")),
  });
  return found;
}
