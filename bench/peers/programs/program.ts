/*
 * A contestant's side of the conversation with the bench. It takes a step; says so; takes four more, and says their losses;
 * then takes as many as fill the time that each line from the bench asks for, until there are no more.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { DataFile, JobFile } from "../job.ts";

/** Who takes the steps. */
export interface Stepper {
  /** What the reader should know of it: its version. */
  readonly about?: string;
  /** Back to the initial parameters, and no step taken. */
  readonly reset: () => void;
  /** Takes `times` steps on the one batch there is; the loss before the last of them. */
  readonly run: (times: number) => number;
}

/** What a contestant works on. */
export interface Job extends JobFile {
  /** All initial parameters. */
  readonly initial: Float64Array;
  /** Those of one name. */
  readonly parameter: (name: string) => Float64Array;
  readonly input: Samples;
  readonly target: Samples;
}

export interface Samples extends DataFile {
  readonly values: Float64Array | Int32Array;
}

export function readJob(path: string): Job {
  return readJobFile(JSON.parse(readFileSync(path, "utf8")) as JobFile); // which the bench wrote
}

/** With the numbers that the files beside it hold. */
export function readJobFile(job: JobFile): Job {
  const initial = new Float64Array(bytesOf(job.parameters));
  const [input, target] = job.data.map((file) => ({
    ...file,
    values:
      file.element === "f64" ? new Float64Array(bytesOf(file.path)) : new Int32Array(bytesOf(file.path)),
  }));
  if (input === undefined || target === undefined) throw new Error("a job has an input and a target");
  const parameter = (name: string): Float64Array => {
    const place = job.layout[name];
    if (place === undefined) throw new Error(`the network has no parameter ${name}`);
    return initial.subarray(place.offset, place.offset + place.length);
  };
  return { ...job, initial, parameter, input, target };
}

/** An `ArrayBuffer` of a file's own: a small `Buffer` may begin anywhere in a shared one. */
function bytesOf(path: string): ArrayBuffer {
  return new Uint8Array(readFileSync(path)).buffer;
}

/** The whole conversation, over the job whose path is this program's first argument. */
export async function serve(prepare: (job: Job) => Stepper | Promise<Stepper>): Promise<void> {
  const job = readJob(process.argv[2] ?? "");
  const stepper = await prepare(job);
  stepper.reset();
  const losses = [stepper.run(1)];
  answer("first", { about: stepper.about });
  for (let step = 1; step < 5; step++) losses.push(stepper.run(1));
  answer("losses", { losses });
  const clock = new Clock(stepper, job.stepsFromStart);
  for await (const line of createInterface({ input: process.stdin })) {
    answer("time", clock.time(Number(line)));
  }
}

/** Lines of the conversation begin with an @, so that what libraries print is not mistaken for one. */
function answer(kind: string, content: object): void {
  process.stdout.write(`@${JSON.stringify({ kind, ...content })}\n`);
}

class Clock {
  readonly #stepper: Stepper;
  readonly #stepsFromStart: number;
  /** Milliseconds a step took last, which says how many steps there is time for. */
  #pace = Infinity;

  constructor(stepper: Stepper, stepsFromStart: number) {
    this.#stepper = stepper;
    this.#stepsFromStart = stepsFromStart;
  }

  /** µs a step, over as many runs from the start as fill `milliseconds`; putting parameters back is not counted. */
  time(milliseconds: number): { readonly microseconds: number; readonly loss: number } {
    let spent = 0;
    let steps = 0;
    let loss = NaN;
    while (spent < milliseconds) {
      const times = Math.max(1, Math.min(this.#stepsFromStart, Math.floor(milliseconds / this.#pace)));
      this.#stepper.reset();
      const before = performance.now();
      loss = this.#stepper.run(times);
      const took = performance.now() - before;
      this.#pace = took / times;
      spent += took;
      steps += times;
    }
    return { microseconds: (spent * 1000) / steps, loss };
  }
}
