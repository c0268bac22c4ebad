import { type Node, type NodeOf, reachableFrom } from "../graph/index.ts";
import type { Buffer } from "../program/index.ts";
import type { Sink } from "./sink.ts";
import type { Memory } from "./memory.ts";
import type { NameSupply } from "./names.ts";
import { readsOf } from "./reads.ts";
import type { Writer } from "./writer.ts";

type Update = Extract<Sink, { kind: "update" }>;

interface Context {
  readonly writer: Writer;
  readonly memory: Memory;
  readonly names: NameSupply;
}

/** Updates with the same place are computed by one loop nest: those of a parameter and of its optimizer state. */
export function updatePlace(target: NodeOf<"parameter"> | NodeOf<"state">): string {
  const owner = target.operation === "parameter" ? target.attributes.name : target.attributes.parameter;
  return `update ${owner} ${target.type.shape.join("×")}`;
}

/**
 * Writes the updates and the program's result. All of them are functions of the old parameters and state: the result is
 * computed before any update, and what another nest, or its own nest at another index, reads is written to scratch
 * memory first.
 *
 * @returns The scratch memory that this takes.
 */
export function writeResults(sinks: readonly Sink[], { writer, memory, names }: Context): readonly Buffer[] {
  const updates = sinks.filter((sink) => sink.kind === "update");
  let [result] = sinks.flatMap((sink) => (sink.kind === "return" ? [writer.value(sink.node, [])] : []));
  if (updates.length > 0 && result !== undefined && result.kind !== "number") {
    const name = names.claim("result");
    writer.nest.write({ kind: "let", name, value: result, mutable: false });
    result = { kind: "local", name };
  }
  const overwritten = readElsewhere(updates, memory);
  const detours: { readonly update: Update; readonly buffer: Buffer }[] = [];
  const destinations = new Map(
    updates.map((update) => {
      const own = memory.placeOf(update.target);
      if (!overwritten.has(update.target)) return [update, own];
      const buffer: Buffer = {
        name: names.claim(`next_${own.name}`),
        role: "scratch",
        element: "real",
        shape: own.shape,
        batched: false,
      };
      detours.push({ update, buffer });
      return [update, buffer];
    }),
  );
  for (const group of grouped(updates).values()) writeGroup(group, destinations, writer);
  for (const { update, buffer } of detours) {
    writer.nest.over(buffer.shape, (index) => {
      const offset = memory.offset(buffer, buffer.shape, index);
      const value = { kind: "load", buffer: buffer.name, offset } as const;
      writer.store(memory.placeOf(update.target), buffer.shape, index, value);
    });
  }
  if (result !== undefined) writer.nest.write({ kind: "return", value: result });
  return detours.map(({ buffer }) => buffer);
}

function grouped(updates: readonly Update[]): ReadonlyMap<string, readonly Update[]> {
  const groups = new Map<string, Update[]>();
  for (const update of updates) {
    const place = updatePlace(update.target);
    const group = groups.get(place);
    if (group === undefined) groups.set(place, [update]);
    else group.push(update);
  }
  return groups;
}

/** One nest: all values first, then the stores. */
function writeGroup(
  group: readonly Update[],
  destinations: ReadonlyMap<Update, Buffer>,
  writer: Writer,
): void {
  const [first] = group;
  if (first === undefined) return;
  const { shape } = first.target.type;
  writer.nest.over(shape, (index) => {
    const values = group.map(({ node }) => writer.named(node, index));
    for (const [position, update] of group.entries()) {
      const [buffer, value] = [destinations.get(update), values[position]];
      if (buffer !== undefined && value !== undefined) writer.store(buffer, shape, index, value);
    }
  });
}

/** Which nests compute a node in place. */
interface Reader {
  /** That of these updates; `undefined` if there are several. */
  readonly place: string | undefined;
  /** Whether it is computed at another index than that of the update. */
  readonly elsewhere: boolean;
}

/** The targets that are read by the nest of another group, or by their own nest at another index. */
function readElsewhere(updates: readonly Update[], memory: Memory): ReadonlySet<Node> {
  const readers = new Map<Node, Reader>();
  const note = (node: Node, { place, elsewhere }: Reader): void => {
    const known = readers.get(node) ?? { place, elsewhere };
    const common = known.place === place ? place : undefined;
    readers.set(node, { place: common, elsewhere: known.elsewhere || elsewhere });
  };
  for (const { node, target } of updates) note(node, { place: updatePlace(target), elsewhere: false });
  const targets = new Map<Node, string>(updates.map(({ target }) => [target, updatePlace(target)]));
  const found = new Set<Node>();
  for (const node of [...reachableFrom(updates.map((update) => update.node))].reverse()) {
    const reader = readers.get(node);
    if (reader === undefined) continue; // what is stored reads it, before any update
    const owner = targets.get(node);
    if (owner !== undefined && (reader.elsewhere || owner !== reader.place)) found.add(node);
    if (memory.bufferOf(node) !== undefined && node.operation !== "reshape") continue;
    for (const { operand, sameIndex } of readsOf(node)) {
      note(operand, { place: reader.place, elsewhere: reader.elsewhere || !sameIndex });
    }
  }
  return found;
}
