import {
  type Affine,
  type Expression,
  type Statement,
  affineKey,
  scalarApply,
  scalarNumber,
} from "../../program/index.ts";
import { type Let, type Store, substituteExpression, visitExpression, visitLoads } from "../traverse.ts";

/** A sum that grows in the memory it ends in: `before + scale · Σ`. */
export interface Target {
  readonly buffer: string;
  readonly offset: Affine;
  /** What is there before the sum: `undefined` where that is there already. */
  readonly before: Expression | undefined;
  /** What every summand is multiplied by; 1 if undefined. */
  readonly scale: Expression | undefined;
}

/**
 * Where sums can grow in place: each accumulator is used in one store, whose value is a constant times the sum, perhaps
 * plus what does not depend on it. A step of plain gradient descent is of that form (`W = W − 0.1 · Σ`), a matrix product
 * with a bias is, and so is a gradient.
 *
 * @param uses What becomes of the accumulators once they are complete: locals and stores.
 * @param read The buffers that the summands read.
 * @returns The place of each accumulator, `undefined` where one of them has none.
 */
export function targetsOf(
  accumulators: readonly string[],
  uses: readonly Statement[],
  read: ReadonlySet<string>,
): ReadonlyMap<string, Target> | undefined {
  const stores = storesOf(uses);
  if (stores?.length !== accumulators.length) return undefined;
  const stored = new Set(stores.map(({ buffer }) => buffer));
  const targets = new Map<string, Target>();
  for (const store of stores) {
    const inside = accumulators.filter((name) => mentions(store.value, name));
    const [name] = inside;
    const line = name === undefined || inside.length > 1 ? undefined : lineIn(store.value, name);
    if (name === undefined || line === undefined || targets.has(name)) return undefined;
    const { buffer, offset } = store;
    const isThere = line.rest?.kind === "load" && isPlace(line.rest, store);
    const before = isThere ? undefined : (line.rest ?? scalarNumber(0));
    if (before !== undefined && readsAny(before, stored)) return undefined;
    targets.set(name, { buffer, offset, before, scale: line.scale });
  }
  return [...stored].some((buffer) => read.has(buffer)) ? undefined : targets;
}

function isPlace(load: { readonly buffer: string; readonly offset: Affine }, store: Store): boolean {
  return load.buffer === store.buffer && affineKey(load.offset) === affineKey(store.offset);
}

/** The stores among the statements, their locals written out; `undefined` where there is anything else. */
function storesOf(statements: readonly Statement[]): readonly Store[] | undefined {
  const locals = new Map<string, Expression>();
  const writtenOut = ({ value }: Let | Store): Expression =>
    substituteExpression(value, { variables: new Map(), locals });
  const stores: Store[] = [];
  for (const statement of statements) {
    if (statement.kind === "let" && !statement.mutable) locals.set(statement.name, writtenOut(statement));
    else if (statement.kind === "store" && !statement.accumulate)
      stores.push({ ...statement, value: writtenOut(statement) });
    else return undefined;
  }
  return stores;
}

/** `scale · x + rest`; absent parts are 1 and 0. */
interface Line {
  readonly scale: Expression | undefined;
  readonly rest: Expression | undefined;
}

/** The expression as a line in the local `name`, if it is one whose scale is the same everywhere. */
function lineIn(expression: Expression, name: string): Line | undefined {
  if (expression.kind === "local") return { scale: undefined, rest: undefined };
  if (expression.kind !== "apply") return undefined;
  const [left, right] = expression.operands;
  if (left === undefined) return undefined;
  if (right === undefined) return expression.operation === "negate" ? negated(lineIn(left, name)) : undefined;
  const [inLeft, inRight] = [mentions(left, name), mentions(right, name)];
  if (inLeft === inRight) return undefined;
  const line = lineIn(inLeft ? left : right, name);
  const other = inLeft ? right : left;
  if (line === undefined) return undefined;
  const { operation } = expression;
  if (operation === "add") return plus(line, other);
  if (operation === "subtract")
    return plus(inLeft ? line : negated(line), inLeft ? scalarApply("negate", other) : other);
  if (operation === "multiply") return scaled(line, other, (scale) => scalarApply("multiply", scale, other));
  if (operation === "divide" && inLeft)
    return scaled(line, other, (scale) => scalarApply("divide", scale, other));
  return undefined;
}

function negated(line: Line | undefined): Line | undefined {
  if (line === undefined) return undefined;
  const negate = (part: Expression): Expression => scalarApply("negate", part);
  return {
    scale: negate(line.scale ?? scalarNumber(1)),
    rest: line.rest === undefined ? undefined : negate(line.rest),
  };
}

function plus(line: Line | undefined, other: Expression): Line | undefined {
  if (line === undefined) return undefined;
  return { ...line, rest: line.rest === undefined ? other : scalarApply("add", line.rest, other) };
}

function scaled(
  { scale, rest }: Line,
  by: Expression,
  scaledBy: (scale: Expression) => Expression,
): Line | undefined {
  if (rest !== undefined || !isSteady(by)) return undefined;
  return { rest, scale: scaledBy(scale ?? scalarNumber(1)) };
}

/** Whether the expression is the same for every element. */
function isSteady(expression: Expression): boolean {
  let steady = true;
  visitExpression(expression, ({ kind }) => {
    if (kind === "load" || kind === "index" || kind === "inRange" || kind === "random") steady = false;
  });
  return steady;
}

function mentions(expression: Expression, name: string): boolean {
  let found = false;
  visitExpression(expression, (part) => {
    if (part.kind === "local" && part.name === name) found = true;
  });
  return found;
}

function readsAny(expression: Expression, buffers: ReadonlySet<string>): boolean {
  let found = false;
  visitLoads(expression, ({ buffer }) => {
    if (buffers.has(buffer)) found = true;
  });
  return found;
}
