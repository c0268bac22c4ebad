import { invariant } from "../../diagnostics/index.ts";
import type { Store } from "../../program/index.ts";
import type { Accesses } from "./accesses.ts";
import type { Addresses } from "./addresses.ts";
import type { FunctionBuilder, Local } from "./function-builder.ts";
import { combineEach, sumEach } from "./horizontal.ts";
import type { LaneType } from "./lane-type.ts";
import type { Locals, Variable } from "./locals.ts";
import { type Accumulation, neutral } from "./sums.ts";
import { op } from "./value.ts";

/** What a loop in lanes adds to a local from outside, each lane for itself. */
interface LaneSum extends Accumulation {
  /** The local from outside. */
  readonly total: Variable;
  /** A vector of what each lane has. */
  readonly own: Local;
}

/** What sums of lanes are put together with. */
export interface LaneSumContext {
  readonly type: LaneType;
  readonly builder: FunctionBuilder;
  readonly addresses: Addresses;
  readonly accesses: Accesses;
  readonly locals: Locals;
}

/**
 * Compiles loops in lanes that add to locals from outside, or take the greatest or the least of them: each lane does for itself
 * meanwhile.
 *
 * @returns What is to be put together afterwards.
 */
export function laneSums(
  accumulations: readonly Accumulation[],
  { type, builder, locals }: LaneSumContext,
  compile: () => void,
): readonly LaneSum[] {
  const sums = accumulations.map(({ name, operation }): LaneSum => {
    const own = builder.local("v128");
    builder.set(own, type.constant(neutral[operation]));
    return { name, operation, total: locals.variable(name), own };
  });
  const inLanes = sums.map(
    ({ name, own }) => [name, { local: own, isBoolean: false, inLanes: true }] as const,
  );
  locals.replaced(new Map(inLanes), compile);
  return sums;
}

/** Adds what the lanes have to the locals from outside. */
export function putTogether(sums: readonly LaneSum[], { type, builder }: LaneSumContext): void {
  for (const operation of ["f64.add", "f64.max", "f64.min"] as const) {
    const alike = sums.filter((each) => each.operation === operation);
    const vectors = alike.map(({ own }) => builder.get(own));
    const combined = combineEach(vectors, operation, type, builder);
    for (const [k, { total }] of alike.entries()) {
      const value = combined[k];
      invariant(value !== undefined, "each accumulator is put together");
      builder.set(total.local, op(operation, builder.get(total.local), value));
    }
  }
}

/**
 * Sums that go to places one after the other are put together in a vector, and stored as one.
 *
 * @param stores By the names of the sums that they store, each to a known place.
 * @returns The names of those that this has stored.
 */
export function storeNeighbours(
  sums: readonly LaneSum[],
  stores: ReadonlyMap<string, Store>,
  { type, builder, addresses, accesses }: LaneSumContext,
): ReadonlySet<string> {
  const vectors = new Map(sums.map(({ name, own }) => [name, own]));
  const stored = new Set<string>();
  const placed = [...stores]
    .map(([name, { buffer, offset }]) => ({
      name,
      buffer,
      offset,
      address: addresses.fixed(buffer, offset.constant),
    }))
    .sort((a, b) => a.address - b.address);
  for (let k = 0; k + type.width <= placed.length;) {
    const group = placed.slice(k, k + type.width);
    const [first] = group;
    invariant(first !== undefined, "a group has members");
    if (group.every(({ address }, i) => address === first.address + i * type.bytes)) {
      const own = group.flatMap(({ name }) => vectors.get(name) ?? []);
      const together = sumEach(
        own.map((each) => builder.get(each)),
        type,
        builder,
      );
      accesses.storeVector(first.buffer, first.offset, together);
      for (const { name } of group) stored.add(name);
      k += type.width;
    } else k += 1;
  }
  return stored;
}
