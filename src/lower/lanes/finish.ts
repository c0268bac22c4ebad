import type { Buffer, Expression, Statement } from "../../program/index.ts";
import { accumulatorsOf } from "../accumulators.ts";
import type { NameSupply } from "../names.ts";
import {
  type Let,
  type Loop,
  mapExpression,
  mapExpressions,
  type Store,
  visitAccesses,
  visitExpression,
  visitStatements,
} from "../traverse.ts";
import { strideOf } from "./cost.ts";

export interface Finished {
  /** The sums, each stored as it is. */
  readonly sums: Loop;
  /** What becomes of them, over the same variable, for vectors: bias and activation, as a rule. */
  readonly rest: Loop;
}

/**
 * Divides a loop around a sum whose lanes are along the sum: those are put together one by one, so that what follows would be
 * done one by one as well, although its results are neighbours. The sums wait in the memory of the results.
 *
 * @returns Nothing where no more is done to a sum than to store it, or its place does not serve.
 */
export function finishApart(
  loop: Loop,
  { buffers, names }: { readonly buffers: readonly Buffer[]; readonly names: NameSupply },
): Finished | undefined {
  const inner = loop.body.filter((each): each is Loop => each.kind === "loop");
  const [name, ...others] = new Set(inner.flatMap((each) => [...accumulatorsOf(each)]));
  if (name === undefined || others.length > 0) return undefined;
  const start = loop.body.find((each): each is Let => each.kind === "let" && each.name === name);
  const rest = loop.body.filter((each) => each !== start && each.kind !== "loop");
  if (start?.value.kind !== "number" || readsOneOf(declaredIn(rest), inner)) return undefined;
  const place = placeIn(rest, loop, buffers);
  const [only, ...more] = rest;
  const isBare = more.length === 0 && only?.kind === "store" && isLocal(only.value, name);
  if (place === undefined || isBare) return undefined;
  const { buffer, offset } = place;
  const total = names.claim(names.baseOf(name));
  const value: Expression = { kind: "load", buffer, offset };
  const finished = mapExpressions(rest, (expression) =>
    mapExpression(expression, (part) => (isLocal(part, name) ? { kind: "local", name: total } : part)),
  );
  const stored: Store = { kind: "store", buffer, offset, value: { kind: "local", name }, accumulate: false };
  return {
    sums: { ...loop, body: [start, ...inner, stored] },
    rest: { ...loop, body: [{ kind: "let", name: total, value, mutable: false }, ...finished] },
  };
}

/** Of the stores the first that goes from neighbour to neighbour with the loop, in memory that the loop does nothing else to. */
function placeIn(rest: readonly Statement[], loop: Loop, buffers: readonly Buffer[]): Store | undefined {
  const uses = new Map<string, number>();
  visitAccesses(loop.body, ({ buffer }) => uses.set(buffer, (uses.get(buffer) ?? 0) + 1));
  const holdsReals = (name: string): boolean =>
    buffers.some((each) => each.name === name && each.element === "real");
  return rest.find(
    (each): each is Store =>
      each.kind === "store" &&
      !each.accumulate &&
      strideOf(each.offset, loop.variable) === 1 &&
      uses.get(each.buffer) === 1 &&
      holdsReals(each.buffer),
  );
}

function declaredIn(statements: readonly Statement[]): ReadonlySet<string> {
  return new Set(statements.flatMap((each) => (each.kind === "let" ? [each.name] : [])));
}

function readsOneOf(names: ReadonlySet<string>, statements: readonly Statement[]): boolean {
  let reads = false;
  visitStatements(statements, (each) => {
    if (!("value" in each)) return;
    visitExpression(each.value, (part) => {
      if (part.kind === "local" && names.has(part.name)) reads = true;
    });
  });
  return reads;
}

function isLocal(expression: Expression, name: string): boolean {
  return expression.kind === "local" && expression.name === name;
}
