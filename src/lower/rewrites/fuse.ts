import { invariant } from "../../diagnostics/index.ts";
import { affineVariable, type Affine, type Statement } from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { Copier, type Loop, visitStatements } from "../traverse.ts";
import { conflict, crossLocals, type Effects, effectsOf, exchanged } from "./effects.ts";
import { chainOf, joinableOf } from "./joinable.ts";
import { iterationsAreDisjoint } from "./parallel.ts";

/** A nest looks for its like among so many statements before it. */
const farthest = 16;

/** Nests in one: the bodies of more do not stay in the cache of instructions. */
const mostTogether = 32;

/**
 * Joins nests over the same rows into one (loop fusion; K. Kennedy, K. McKinley, Maximizing loop parallelism and improving data
 * locality via loop fusion and distribution, 1993): a softmax's maximum, powers, sum and quotient are computed row by row, while
 * the row is in the cache, and elementwise steps in one pass. Of two nests as many loops are joined as both have that may be, or
 * none: matrix products, which live by what they share between rows, are joined in those loops alone along which all of their
 * operands move, as the heads of attention are. No iteration then needs what a later one computes.
 */
export function fuseNests(statements: readonly Statement[], names: NameSupply): readonly Statement[] {
  return new Fuser(names).block(statements);
}

class Fuser {
  readonly #names: NameSupply;

  constructor(names: NameSupply) {
    this.#names = names;
  }

  block(statements: readonly Statement[]): readonly Statement[] {
    const result: Statement[] = [];
    for (const statement of statements) this.#add(statement, result);
    return result;
  }

  #add(statement: Statement, result: Statement[]): void {
    if (isStart(statement)) {
      // Where accumulators start is no obstacle to what comes after.
      const first = result.findIndex((each) => !isStart(each));
      result.splice(first < 0 ? result.length : first, 0, statement);
    } else if (statement.kind !== "loop" || !this.#joinWithEarlier(statement, result)) {
      result.push(statement.kind === "loop" ? this.#within(statement) : statement);
    }
  }

  /** Loops over steps, whose body is nests. */
  #within(loop: Loop): Loop {
    return joinableOf(loop).loops.length === 0 && loop.body.some(({ kind }) => kind === "loop")
      ? { ...loop, body: this.block(loop.body) }
      : loop;
  }

  #joinWithEarlier(loop: Loop, result: Statement[]): boolean {
    for (let k = result.length - 1; k >= Math.max(0, result.length - farthest); k--) {
      const earlier = result[k];
      if (earlier === undefined) return false;
      const joined = earlier.kind === "loop" ? this.#join(earlier, loop) : undefined;
      if (joined !== undefined) {
        result[k] = joined;
        return true;
      }
      if (conflict(earlier, loop)) return false;
    }
    return false;
  }

  #join(first: Loop, second: Loop): Loop | undefined {
    const [a, b] = [effectsOf(first), effectsOf(second)];
    if (a.isFixed || b.isFixed || !shareMemory(a, b) || crossLocals(a, b)) return undefined;
    if (countLoops(first) + countLoops(second) > mostTogether) return undefined;
    const depth = Math.min(joinableOf(first).loops.length, joinableOf(second).loops.length);
    if (depth === 0) return undefined;
    for (const outer of arrangements(first, depth)) {
      for (const inner of arrangements(second, depth)) {
        const joined = this.#joined(outer, inner, depth);
        if (joined !== undefined) return joined;
      }
    }
    return undefined;
  }

  /** Both nests in the loops of the first, if their outermost `depth` loops run alike and no iteration needs another's results. */
  #joined(first: Loop, second: Loop, depth: number): Loop | undefined {
    const [own, others] = [chainOf(first).slice(0, depth), chainOf(second).slice(0, depth)];
    if (!own.every((loop, k) => runAlike(loop, others[k]))) return undefined;
    const body = own.at(-1)?.body ?? [];
    const added = this.#renamed(others.at(-1)?.body ?? [], own, others);
    const through = exchanged(effectsOf(first), effectsOf(second));
    const fits = own.every((loop, k) => {
      const { body: inside } = nested(own.slice(k), [...body, ...added]);
      return iterationsAreDisjoint(loop, inside, through);
    });
    if (!fits) return undefined;
    const together = [...body];
    for (const statement of added) this.#add(statement, together);
    return nested(own, together);
  }

  /** What is in the second nest, in terms of the first one's variables; its inner loops have others. */
  #renamed(
    statements: readonly Statement[],
    own: readonly Loop[],
    others: readonly Loop[],
  ): readonly Statement[] {
    const taken = new Set(own.map(({ variable }) => variable));
    const names = new Map(others.map(({ variable }, k) => [variable, own[k]?.variable ?? variable]));
    visitStatements(statements, (each) => {
      if (each.kind === "loop" && taken.has(each.variable) && !names.has(each.variable))
        names.set(each.variable, this.#names.claim(this.#names.baseOf(each.variable)));
    });
    const variables = new Map([...names].map(([from, to]): [string, Affine] => [from, affineVariable(to)]));
    const rename = (list: readonly Statement[]): readonly Statement[] =>
      list.map((each) =>
        "body" in each
          ? {
              ...each,
              ...(each.kind === "loop" ? { variable: names.get(each.variable) ?? each.variable } : {}),
              body: rename(each.body),
            }
          : each,
      );
    return rename(new Copier(variables, (name) => name).copyAll(statements));
  }
}

/** Where an accumulator starts. */
function isStart(statement: Statement): boolean {
  return statement.kind === "let" && statement.value.kind === "number";
}

/** The nest in the orders that have loops outermost which may be joined. */
function arrangements(nest: Loop, depth: number): readonly Loop[] {
  const { loops, inAnyOrder } = joinableOf(nest);
  if (!inAnyOrder) return [nest];
  const chain = chainOf(nest);
  const body = chain.at(-1)?.body ?? [];
  return selections(loops, depth).map((outer) => {
    const rest = chain.filter((loop) => !outer.includes(loop));
    return nested([...outer, ...rest], body);
  });
}

/** Statements in loops, of which there is at least one. */
function nested(loops: readonly Loop[], body: readonly Statement[]): Loop {
  const [nest] = loops.reduceRight<readonly Statement[]>((within, loop) => [{ ...loop, body: within }], body);
  invariant(nest?.kind === "loop", "a nest has a loop");
  return nest;
}

/** All ordered choices of so many. */
function selections(loops: readonly Loop[], count: number): readonly (readonly Loop[])[] {
  if (count === 0) return [[]];
  return loops.flatMap((loop) =>
    selections(
      loops.filter((each) => each !== loop),
      count - 1,
    ).map((rest) => [loop, ...rest]),
  );
}

function runAlike(a: Loop, b: Loop | undefined): boolean {
  return b !== undefined && a.from === b.from && a.step === b.step && sameBound(a.to, b.to);
}

function sameBound(a: Loop["to"], b: Loop["to"]): boolean {
  return typeof a === "number" || typeof b === "number" ? a === b : a.multipleOf === b.multipleOf;
}

function shareMemory(a: Effects, b: Effects): boolean {
  return [...b.loaded, ...b.stored].some((buffer) => a.loaded.has(buffer) || a.stored.has(buffer));
}

function countLoops(loop: Loop): number {
  let count = 0;
  visitStatements([loop], ({ kind }) => {
    if (kind === "loop") count += 1;
  });
  return count;
}
