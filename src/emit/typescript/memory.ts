import {
  type Buffer,
  bufferLength,
  type Program,
  type Statement,
  visitBuffers,
} from "../../program/index.ts";

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
  const lives = programs.map(lifetimes);
  const scratch = new Map(
    lives.flatMap((live) => [...live].map(([key, { buffer }]) => [key, buffer] as const)),
  );
  const bySize = [...scratch].map(([key, buffer]): Block => {
    const spans = lives.map((live) => live.get(key));
    return { key, length: bufferLength(buffer, batchSize), spans, start: 0 };
  });
  bySize.sort((a, b) => b.length - a.length); // stable: equal sizes stay in program order
  const placed: Block[] = []; // by where they start
  let length = 0;
  for (const block of bySize) {
    block.start = lowestGap(placed, block);
    const next = placed.findIndex(({ start }) => start > block.start);
    placed.splice(next < 0 ? placed.length : next, 0, block);
    length = Math.max(length, block.start + block.length);
  }
  const unpacked = bySize.reduce((sum, block) => sum + block.length, 0);
  return { offsets: new Map(bySize.map(({ key, start }) => [key, start])), length, unpacked };
}

interface Block {
  readonly key: string;
  readonly length: number;
  /** When each program needs it. */
  readonly spans: readonly (Lifetime | undefined)[];
  start: number;
}

function lowestGap(placed: readonly Block[], block: Block): number {
  let start = 0;
  for (const other of placed) {
    if (other.start + other.length <= start || !clash(block, other)) continue;
    if (other.start - start >= block.length) break;
    start = other.start + other.length;
  }
  return start;
}

function clash({ spans }: Block, other: Block): boolean {
  for (let program = 0; program < spans.length; program += 1) {
    const [a, b] = [spans[program], other.spans[program]];
    if (a !== undefined && b !== undefined && a.first <= b.last && b.first <= a.last) return true;
  }
  return false;
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
