import { spawnSync } from "node:child_process";
import { median } from "../race.ts";
import { type Beginning, Child } from "./child.ts";
import { type Contestant, contestants } from "./contestants.ts";
import type { ProgramFolder } from "./folder.ts";
import { onlineLosses } from "./programs/online.ts";
import { readJobFile } from "./programs/program.ts";
import { prepareTask, type Task } from "./task.ts";
import type { Workload } from "./workloads.ts";

/** What was measured of one contestant at one workload. */
export type Entry =
  | {
      readonly contestant: Contestant;
      /** Median, µs a step. */
      readonly time: number;
      /** From the start of the process to the end of the first step, in milliseconds. */
      readonly toFirstStep: number;
      /** The most memory that the process had, in KiB. */
      readonly peak: number;
      readonly about?: string;
    }
  | { readonly contestant: Contestant; readonly absent: string };

export interface WorkloadResult {
  readonly workload: Workload;
  readonly entries: readonly Entry[];
}

/**
 * Greatest relative difference of the first five losses. In single precision there is jax-js's logarithm, which is off by up to
 * 1.2e-5; all others are within 2e-6.
 */
export const tolerances = { double: 1e-9, single: 5e-5 } as const;

const repetitions = 11;
const milliseconds = 80;
/** Of which the median is the time to the first step. */
const starts = 3;
/** For V8 to have optimised all that it is going to. */
const warmUp = 600;

/** Runs a workload with all who can take its step. */
export async function runWorkload(
  workload: Workload,
  folder: ProgramFolder,
  hasLibraries: boolean,
): Promise<WorkloadResult> {
  const task = await prepareTask(workload, folder, hasLibraries);
  const running: Running[] = [];
  const entries: Entry[] = [];
  try {
    for (const contestant of contestants.filter(({ takes }) => takes(workload))) {
      const started = await start(contestant, task);
      if ("child" in started) running.push(started);
      else entries.push(started);
    }
    checkLosses(running, task);
    const times = await race(running);
    for (const [k, { contestant, child, beginning }] of running.entries()) {
      const { toFirstStep, about } = beginning;
      const peak = child.peakMemory();
      const more = about === undefined ? {} : { about };
      entries.push({ contestant, time: times[k] ?? NaN, toFirstStep, peak, ...more });
    }
  } finally {
    for (const { child } of running) child.kill();
  }
  return { workload, entries };
}

interface Running {
  readonly contestant: Contestant;
  readonly child: Child;
  readonly beginning: Beginning;
}

/** Starts a contestant several times, and keeps the last. */
async function start(contestant: Contestant, task: Task): Promise<Running | Entry> {
  const command = await contestant.prepare(task);
  if ("absent" in command) return { contestant, absent: command.absent };
  const times: number[] = [];
  for (;;) {
    const child = new Child(command);
    try {
      const beginning = await child.begin();
      times.push(beginning.toFirstStep);
      if (times.length === starts)
        return { contestant, child, beginning: { ...beginning, toFirstStep: median(times) } };
      child.kill();
    } catch (error) {
      child.kill();
      return absentFor(error, contestant, task);
    }
  }
}

/** What TensorFlow.js says of an operation whose gradient a backend lacks is no error of ours. */
function absentFor(error: unknown, contestant: Contestant, { workload }: Task): Entry {
  const message = error instanceof Error ? error.message : String(error);
  const [, kernel] = /Kernel '(\w+)' not registered/.exec(message) ?? [];
  if (kernel !== undefined) return { contestant, absent: `kernel missing (${kernel})` };
  throw new Error(`${contestant.title} at ${workload.title}: ${message}`, { cause: error });
}

/** @throws {Error} unless all take the same steps, as far as their precision shows. */
function checkLosses(running: readonly Running[], { job, workload }: Task): void {
  const reference =
    running.find(({ contestant }) => contestant.precision === "double")?.beginning.losses ?? [];
  for (const { contestant, beginning } of running) {
    const { online, precision, title } = contestant;
    const expected = online === undefined ? reference : onlineLosses(readJobFile(job), online, 5);
    const difference = Math.max(
      ...expected.map((loss, step) => Math.abs((beginning.losses[step] ?? NaN) - loss) / Math.abs(loss)),
    );
    if (difference < tolerances[precision]) continue;
    throw new Error(
      `${title} takes other steps at ${workload.title}: its losses are ${beginning.losses.join(", ")}, not ${expected.join(", ")}`,
    );
  }
}

/** Median times, repetitions interleaved in alternating order: whatever slows the machine down slows all down. */
async function race(running: readonly Running[]): Promise<readonly number[]> {
  const times = running.map((): number[] => []);
  for (const { child } of running) await child.time(warmUp);
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const order = [...running.entries()];
    if (repetition % 2 === 1) order.reverse();
    for (const [k, { child }] of order) times[k]?.push(await child.time(milliseconds));
  }
  return times.map(median);
}

/** Milliseconds that Node takes to start and to end, with nothing to do. */
export function timeNodeAlone(): number {
  const times = Array.from({ length: starts }, () => {
    const before = performance.now();
    spawnSync(process.execPath, ["-e", "0"]);
    return performance.now() - before;
  });
  return median(times);
}
