import { invariant } from "../diagnostics/index.ts";
import type { ModuleProgram } from "./module.ts";
import type { Buffer, Program, Statement } from "./program.ts";
import { visitBuffers } from "./mentions.ts";

/** Where the scratch buffers of all programs of a module lie. */
export interface MemoryPlan {
  /** Where each of the buffers starts in the arena, by `bufferKey`. */
  readonly offsets: ReadonlyMap<string, number>;
  /** Of the arena. */
  readonly length: number;
  /** What the buffers would take side by side. */
  readonly unpacked: number;
}

/** Two programs' scratch buffers are one place in memory when they agree in this. */
export function bufferKey(buffer: Buffer): string {
  return `${buffer.name}:${buffer.element}:${buffer.shape.join("x")}${buffer.batched ? "b" : ""}`;
}

/** What a buffer of the module's own is: two of them that agree in this are one, contents included. */
export function contentKey(buffer: Buffer): string {
  const data =
    buffer.data === undefined ? "" : buffer.data.map((value) => (Object.is(value, -0) ? "-0" : value)).join();
  return `${buffer.role}:${bufferKey(buffer)}:${data}`;
}

/**
 * Packs scratch buffers of all programs into one arena: two buffers share elements only if no program needs
 * both at the same time. Programs never run at once, so a buffer that several of them have keeps one place. Largest
 * first, each at the lowest place where it fits.
 *
 * @param lengthOf What a scratch buffer takes, in the unit of the plan; undefined for one that lies elsewhere.
 */
export function planMemory(
  programs: readonly Program[],
  lengthOf: (buffer: Buffer) => number | undefined,
): MemoryPlan {
  const lives = programs.map((program) => lifetimes(program, lengthOf));
  const scratch = new Map(
    lives.flatMap((live) => [...live].map(([key, { length }]) => [key, length] as const)),
  );
  const bySize = [...scratch].map(([key, length]): Block => {
    const spans = lives.map((live) => live.get(key));
    return { key, length, spans, start: 0 };
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
  readonly length: number;
  readonly first: number;
  last: number;
}

/**
 * First and last use of each scratch buffer that the plan is of, counted in top-level statements (a piece's own statements count):
 * a loop is one moment, because what an iteration leaves the next may read.
 */
function lifetimes(
  program: Program,
  lengthOf: (buffer: Buffer) => number | undefined,
): ReadonlyMap<string, Lifetime> {
  const byName = new Map(
    program.buffers.flatMap((buffer) => {
      const length = buffer.role === "scratch" ? lengthOf(buffer) : undefined;
      return length === undefined ? [] : [[buffer.name, { key: bufferKey(buffer), length }] as const];
    }),
  );
  const lives = new Map<string, Lifetime>();
  moments(program.body).forEach((statement, moment) => {
    visitBuffers([statement], (name) => {
      const buffer = byName.get(name);
      if (buffer === undefined) return;
      const life = lives.get(buffer.key);
      if (life === undefined) lives.set(buffer.key, { length: buffer.length, first: moment, last: moment });
      else life.last = moment;
    });
  });
  return lives;
}

function moments(body: readonly Statement[]): readonly Statement[] {
  return body.flatMap((statement) => (statement.kind === "piece" ? moments(statement.body) : [statement]));
}

/** Where the buffer of a parameter, or of its gradient, starts in the flat array; of all parameters, if of none. */
export function parameterOffset({ parameters }: ModuleProgram, buffer: Buffer): number {
  if (buffer.of === undefined) return 0;
  const slot = parameters.find((each) => each.name === buffer.of);
  invariant(slot !== undefined, `${buffer.name} is of a parameter of the module`);
  return slot.offset;
}

/** Where a slot of the state starts in the flat array; the first of its name, if it is of no parameter. */
export function stateOffset({ states }: ModuleProgram, buffer: Buffer): number {
  const slot = states.find(
    (each) => each.name === buffer.of && (buffer.owner === undefined || each.parameter === buffer.owner),
  );
  invariant(slot !== undefined, `${buffer.name} is of a state slot of the module`);
  return slot.offset;
}

/** Elements of the flat array of parameters. */
export function countParameters({ parameters }: ModuleProgram): number {
  return parameters.reduce((sum, { length }) => sum + length, 0);
}

/** Elements of the flat array of state, of which the first counts the steps. */
export function countState({ states }: ModuleProgram): number {
  return states.reduce((sum, { length }) => sum + length, 1);
}
