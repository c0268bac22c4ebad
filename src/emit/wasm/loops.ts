import type { Bound, Loop } from "../../program/index.ts";
import type { Addresses } from "./addresses.ts";
import type { FunctionBuilder } from "./function-builder.ts";
import { i32, op, type Value } from "./value.ts";

/** What loops move. */
export interface LoopContext {
  readonly builder: FunctionBuilder;
  readonly addresses: Addresses;
}

/** A loop over all that its statement says. */
export function wholeLoop(loop: Loop, context: LoopContext, body: () => void): void {
  const { builder } = context;
  const { from, to, step } = loop;
  const isKnown = typeof from === "number" && typeof to === "number";
  const runs = isKnown && (step > 0 ? from < to : from > to);
  const start = builder.let(boundValue(from, builder));
  partOfLoop(loop, { from: start, to: boundValue(to, builder), runs }, context, body);
}

/**
 * A loop from one place to another, and the pointers that move with it.
 *
 * @param range `runs`: whether it is known to run at least once.
 */
export function partOfLoop(
  loop: Loop,
  range: { readonly from: Value; readonly to: Value; readonly runs: boolean },
  { builder, addresses }: LoopContext,
  body: () => void,
): void {
  const { from, to, runs } = range;
  const counter = builder.local("i32");
  addresses.enter(loop, builder.get(counter), from);
  const compare = loop.step > 0 ? "i32.lt_s" : "i32.gt_s";
  const goesOn = (end: Value): Value => op(compare, builder.get(counter), end);
  builder.for(counter, { from, to, step: i32(loop.step), goesOn }, runs, () => {
    body();
    addresses.advance();
  });
  addresses.leave();
}

/** A bound of a loop as an integer. */
export function boundValue(bound: Bound, builder: FunctionBuilder): Value {
  if (typeof bound === "number") return i32(bound);
  const count = builder.parameter(0);
  const { multipleOf } = bound;
  return multipleOf === 1 ? count : op("i32.sub", count, op("i32.rem_u", count, i32(multipleOf)));
}
