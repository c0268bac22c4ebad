import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** How a contestant's program is started. */
export interface Command {
  readonly program: string;
  readonly arguments: readonly string[];
}

/** What a program says first. */
export interface Beginning {
  /** Milliseconds from the start of the process to the end of its first step. */
  readonly toFirstStep: number;
  readonly losses: readonly number[];
  /** What the program is, in its own words. */
  readonly about?: string;
}

type Answer =
  | { readonly kind: "first"; readonly about?: string }
  | { readonly kind: "losses"; readonly losses: readonly number[] }
  | { readonly kind: "time"; readonly microseconds: number; readonly loss: number };

/** One thread, whatever the library is made of. */
const environment = {
  ...process.env,
  OMP_NUM_THREADS: "1",
  OPENBLAS_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
  PYTHONDONTWRITEBYTECODE: "1",
};

/** A contestant in a process of its own, which does nothing but what it is asked for; see `programs/program.ts`. */
export class Child {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string, undefined>;
  readonly #started = performance.now();
  #errors = "";

  constructor(command: Command) {
    this.#process = spawn(command.program, command.arguments, { env: environment });
    this.#process.stderr.on("data", (text: Buffer) => (this.#errors += text.toString()));
    // A program that ended says so by the end of its answers.
    this.#process.stdin.on("error", () => undefined);
    this.#process.on("error", (error) => (this.#errors += error.message));
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async begin(): Promise<Beginning> {
    const { about } = await this.#next("first");
    const toFirstStep = performance.now() - this.#started;
    const { losses } = await this.#next("losses");
    return { toFirstStep, losses, ...(about === undefined ? {} : { about }) };
  }

  /** µs a step, of as many as take about so many milliseconds. */
  async time(milliseconds: number): Promise<number> {
    this.#process.stdin.write(`${milliseconds}\n`);
    const { microseconds, loss } = await this.#next("time");
    if (!Number.isFinite(loss)) throw new Error(`a loss became ${loss}`);
    return microseconds;
  }

  /** The most memory that the process had so far, in KiB; NaN where there is no `/proc` to tell. */
  peakMemory(): number {
    const path = `/proc/${this.#process.pid}/status`;
    // The process's own peak, which `getrusage` confuses with that of its parent.
    const [, peak] = (existsSync(path) && /VmHWM:\s*(\d+) kB/.exec(readFileSync(path, "utf8"))) || [];
    return Number(peak);
  }

  kill(): void {
    this.#process.kill();
  }

  async #next<Kind extends Answer["kind"]>(kind: Kind): Promise<Extract<Answer, { readonly kind: Kind }>> {
    for (;;) {
      const { done, value } = await this.#answers.next();
      if (done === true) throw new Error(this.#errors.trim() || `it ended before it said ${kind}`);
      if (!value.startsWith("@")) continue;
      const answer = JSON.parse(value.slice(1)) as Answer; // as the programs write them
      if (answer.kind !== kind) throw new Error(`it said ${answer.kind} for ${kind}`);
      return answer as Extract<Answer, { readonly kind: Kind }>; // by its kind
    }
  }
}
