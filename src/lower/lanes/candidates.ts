import type { Expression, Statement } from "../../program/index.ts";
import { isParallel, iterationsAreDisjoint } from "../rewrites/parallel.ts";
import { type Loop, visitAccesses, visitExpression, visitStatements } from "../traverse.ts";
import { accumulatorsOf } from "../accumulators.ts";

/** One way to put a loop of a nest into lanes. */
export interface Candidate {
  /** `parallel`: its iterations have nothing to do with each other; `sum`: they add to the same accumulators. */
  readonly kind: "parallel" | "sum";
  /** The nest, whose loops may be in another order. */
  readonly nest: Loop;
  /** The loop that goes into lanes. */
  readonly loop: Loop;
  /** The innermost loop of a sum in it, or of which it is part. */
  readonly sum: Loop | undefined;
  /** Other parallel loops, in which iterations may be done side by side. */
  readonly parallel: readonly Loop[];
}

/** All ways to put one loop of a nest into lanes, with those beside it that are over the same variable. */
export function candidatesOf(nest: Loop): readonly Candidate[] {
  return [...candidatesIn(nest, nest, []), ...permuted(nest)].filter(({ nest: whole, loop }) =>
    loopsOver(loop.variable, whole).every((each) => runsInLanes(each) && (isParallel(each) || addsUp(each))),
  );
}

function loopsOver(variable: string, loop: Loop): readonly Loop[] {
  const inside = loop.body.flatMap((each) => (each.kind === "loop" ? loopsOver(variable, each) : []));
  return loop.variable === variable ? [loop, ...inside] : inside;
}

function candidatesIn(nest: Loop, loop: Loop, around: readonly Loop[]): readonly Candidate[] {
  const path = [...around, loop];
  const inner = loop.body.flatMap((each) => (each.kind === "loop" ? candidatesIn(nest, each, path) : []));
  if (!runsInLanes(loop)) return inner;
  const parallel = around.filter((each) => each.step === 1 && isParallel(each));
  if (isParallel(loop)) {
    const inside = parallelInside(loop);
    return [{ kind: "parallel", nest, loop, sum: sumIn(loop), parallel: [...parallel, ...inside] }, ...inner];
  }
  return addsUp(loop) ? [...sumCandidates(nest, loop, around, parallel), ...inner] : inner;
}

/** Loops that have lanes already, or parts that a function of its own holds, stay as they are. */
function runsInLanes(loop: Loop): boolean {
  let fits = loop.step === 1;
  visitStatements([loop], (each) => {
    if (each.kind === "piece" || each.kind === "return" || (each.kind === "loop" && each.lanes !== undefined))
      fits = false;
  });
  return fits;
}

/** The loops inside, from the outermost, as long as they are parallel and each is alone in the one around it. */
function parallelInside(loop: Loop): readonly Loop[] {
  const [inner, ...others] = loop.body.filter((each) => each.kind === "loop");
  if (inner === undefined || others.length > 0 || !isParallel(inner)) return [];
  return [inner, ...parallelInside(inner)];
}

/** The innermost loop, first in order, that adds to locals from outside. */
function sumIn(loop: Loop): Loop | undefined {
  for (const each of loop.body) {
    if (each.kind !== "loop") continue;
    const inner = sumIn(each);
    if (inner !== undefined) return inner;
    if (accumulatorsOf(each).size > 0) return each;
  }
  return undefined;
}

/**
 * Whether all that iterations do to what they share is to add to it, or to take the greatest or least: to locals from outside,
 * and to memory that they do not read. Else they may store where no other iteration loads or stores.
 */
function addsUp(loop: Loop): boolean {
  const accumulators = accumulatorsOf(loop);
  if (accumulators.size === 0) return false;
  let fits = true;
  const plain = new Set<string>();
  visitStatements(loop.body, (statement) => {
    if (statement.kind === "store" && !statement.accumulate) plain.add(statement.buffer);
    if (!("value" in statement)) return;
    const mentioned = mentionsOf(statement.value, accumulators);
    const isOwn = statement.kind === "assign" && accumulators.has(statement.name);
    const isSum = isOwn && accumulates(statement.name, statement.value) && mentioned === 1;
    if (isOwn ? !isSum : mentioned > 0) fits = false;
  });
  const isApart = plain.size === 0 ? readsNothingStored(loop) : iterationsAreDisjoint(loop, loop.body);
  return isApart && fits;
}

const combining: ReadonlySet<string> = new Set(["add", "maximum", "minimum"]);

/** `s = s + v` and the like. */
function accumulates(name: string, value: Expression): boolean {
  if (value.kind !== "apply" || !combining.has(value.operation)) return false;
  const [first] = value.operands;
  return first?.kind === "local" && first.name === name;
}

function mentionsOf(expression: Expression, names: ReadonlySet<string>): number {
  let count = 0;
  visitExpression(expression, (part) => {
    if (part.kind === "local" && names.has(part.name)) count += 1;
  });
  return count;
}

function readsNothingStored(loop: Loop): boolean {
  const stored = storedIn([loop]);
  let free = true;
  visitAccesses([loop], ({ kind, buffer }) => {
    if (kind === "load" && stored.has(buffer)) free = false;
  });
  return free;
}

/** The buffers that statements store to. */
export function storedIn(statements: readonly Statement[]): ReadonlySet<string> {
  const stored = new Set<string>();
  visitAccesses(statements, ({ kind, buffer }) => {
    if (kind !== "load") stored.add(buffer);
  });
  return stored;
}

/**
 * A sum in lanes. Where it is the innermost of several loops of one sum, it becomes the outermost: so the lanes are put
 * together once, and not at each turn of the loops around.
 */
function sumCandidates(
  nest: Loop,
  loop: Loop,
  around: readonly Loop[],
  parallel: readonly Loop[],
): readonly Candidate[] {
  const chain: Loop[] = [];
  for (let k = around.length - 1; k >= 0; k--) {
    const outer = around[k];
    if (outer === undefined || outer.body.length !== 1 || isParallel(outer) || !addsUp(outer)) break;
    chain.unshift(outer);
  }
  const [first] = chain;
  if (first === undefined) return [{ kind: "sum", nest, loop, sum: sumIn(loop) ?? loop, parallel }];
  const moved = chain.reduceRight<readonly Statement[]>((body, each) => [{ ...each, body }], loop.body);
  const outermost = { ...loop, body: moved };
  const permutedNest = replaced(nest, first, outermost);
  const outside = pathTo(permutedNest, outermost).slice(0, -1).filter(isParallel);
  const innermost = { ...(chain.at(-1) ?? loop), body: loop.body };
  return [{ kind: "sum", nest: permutedNest, loop: outermost, sum: innermost, parallel: outside }];
}

/** The loops from the nest's outermost to this one. */
export function pathTo(nest: Loop, target: Loop): readonly Loop[] {
  if (nest === target) return [nest];
  for (const each of nest.body) {
    if (each.kind !== "loop") continue;
    const path = pathTo(each, target);
    if (path.length > 0) return [nest, ...path];
  }
  return [];
}

function replaced(within: Loop, old: Loop, by: Loop): Loop {
  if (within === old) return by;
  const body = within.body.map((each) => (each.kind === "loop" ? replaced(each, old, by) : each));
  return { ...within, body };
}

/**
 * Of a nest that does nothing but add to memory which it does not read, the loops may stand in any order. What overlaps
 * goes outside: each loop in turn is tried as the innermost, with another around it for rows.
 */
export function permuted(nest: Loop): readonly Candidate[] {
  const chain: Loop[] = [];
  let body: readonly Statement[] = [nest];
  for (let [only] = body; only?.kind === "loop" && body.length === 1; [only] = body) {
    if (addsUp(only)) break;
    chain.push(only);
    body = only.body;
  }
  const scatters = [...storedIn(body)].length > 0 && onlyAccumulates(body) && readsNothingStored(nest);
  if (!scatters || chain.length < 2) return [];
  return chain.flatMap((lanes) =>
    chain.flatMap((rows) => {
      if (rows === lanes) return [];
      const order = [...chain.filter((each) => each !== lanes && each !== rows), rows];
      const innermost = { ...lanes, body };
      const permutedNest = order.reduceRight<Loop>((inner, each) => ({ ...each, body: [inner] }), innermost);
      return candidatesIn(permutedNest, permutedNest, []).filter(
        ({ kind, loop }) => kind === "parallel" && loop === innermost,
      );
    }),
  );
}

function onlyAccumulates(statements: readonly Statement[]): boolean {
  let only = true;
  visitStatements(statements, (each) => {
    if (each.kind === "store" && !each.accumulate) only = false;
  });
  return only;
}
