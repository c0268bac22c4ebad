import { type Buffer, bufferLength, type Program, type Statement } from "../../program/index.ts";
import { visitBuffers } from "./visit.ts";

/** Where the scratch buffers of all programs of a module lie. */
export interface MemoryPlan {
  /** Element offset of each real scratch buffer in the arena, by `bufferKey`. */
  readonly offsets: ReadonlyMap<string, number>;
  /** Elements of the arena. */
  readonly length: number;
  /** Elements that the buffers would take side by side. */
  readonly unpacked: number;
}

/** Two programs' scratch buffers are one place in memory when they agree in this. */
export function bufferKey(buffer: Buffer): string {
  return `${buffer.name}:${buffer.element}:${buffer.shape.join("x")}${buffer.batched ? "b" : ""}`;
}

/**
 * Packs the real scratch buffers of all programs into one arena: two buffers share elements only if no program needs
 * both at the same time. Programs never run at once, so a buffer that several of them have keeps one place. Largest
 * first, each at the lowest place where it fits.
 */
export function planMemory(programs: readonly Program[], batchSize: number): MemoryPlan {
  const scratch = new Map<string, Buffer>();
  const conflicts = new Map<string, Set<string>>();
  for (const program of programs) {
    const live = lifetimes(program);
    for (const [key, a] of live) {
      scratch.set(key, a.buffer);
      const clashing = conflicts.get(key) ?? new Set();
      conflicts.set(key, clashing);
      for (const [other, b] of live) {
        if (other !== key && a.first <= b.last && b.first <= a.last) clashing.add(other);
      }
    }
  }
  const bySize = [...scratch].map(([key, buffer]) => ({ key, length: bufferLength(buffer, batchSize) }));
  bySize.sort((a, b) => b.length - a.length); // stable: equal sizes stay in program order
  const placed = new Map<string, { readonly start: number; readonly end: number }>();
  let length = 0;
  for (const { key, length: size } of bySize) {
    const occupied = [...(conflicts.get(key) ?? [])].flatMap((other) => placed.get(other) ?? []);
    const start = lowestGap(occupied, size);
    placed.set(key, { start, end: start + size });
    length = Math.max(length, start + size);
  }
  const unpacked = bySize.reduce((sum, { length: size }) => sum + size, 0);
  return { offsets: new Map([...placed].map(([key, { start }]) => [key, start])), length, unpacked };
}

function lowestGap(occupied: { readonly start: number; readonly end: number }[], size: number): number {
  let start = 0;
  for (const block of occupied.sort((a, b) => a.start - b.start)) {
    if (block.start - start >= size) break;
    start = Math.max(start, block.end);
  }
  return start;
}

interface Lifetime {
  readonly buffer: Buffer;
  readonly first: number;
  last: number;
}

/**
 * First and last use of each real scratch buffer, counted in top-level statements (a piece's own statements count):
 * a loop is one moment, because what an iteration leaves the next may read.
 */
function lifetimes(program: Program): ReadonlyMap<string, Lifetime> {
  const real = program.buffers.filter((buffer) => buffer.role === "scratch" && buffer.element === "real");
  const byName = new Map(real.map((buffer) => [buffer.name, buffer]));
  const lives = new Map<string, Lifetime>();
  moments(program.body).forEach((statement, moment) => {
    visitBuffers([statement], (name) => {
      const buffer = byName.get(name);
      if (buffer === undefined) return;
      const life = lives.get(bufferKey(buffer));
      if (life === undefined) lives.set(bufferKey(buffer), { buffer, first: moment, last: moment });
      else life.last = moment;
    });
  });
  return lives;
}

function moments(body: readonly Statement[]): readonly Statement[] {
  return body.flatMap((statement) => (statement.kind === "piece" ? moments(statement.body) : [statement]));
}
