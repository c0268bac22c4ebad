import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compile, type CompileOptions } from "../../src/compile.ts";
import type { Command } from "./child.ts";
import { type ProgramFolder, programPath } from "./folder.ts";
import type { JobFile } from "./job.ts";
import type { OnlineLibrary } from "./programs/online.ts";
import type { Task } from "./task.ts";
import type { Workload } from "./workloads.ts";

/** Who takes part in what is asked of the one that is judged. */
export type Kind = "generated" | "handwritten" | "c" | "fast c" | "torch" | "library";

/** Someone who can take a workload's step. */
export interface Contestant {
  readonly title: string;
  readonly kind: Kind;
  readonly precision: "double" | "single";
  /** Whether there is a step of it for the workload. */
  readonly takes: (workload: Workload) => boolean;
  /** What to start, or a word for why it cannot be. */
  readonly prepare: (task: Task) => Promise<Command | Absence>;
  /** Whose step is another, the nearest that it can do. */
  readonly online?: OnlineLibrary;
}

export interface Absence {
  readonly absent: string;
}

/** A module that Nabla generates. */
interface Generated {
  readonly title: string;
  readonly options: CompileOptions;
  /** Whether data and parameters lie in the module's own memory. */
  readonly hasViews: boolean;
}

/** The last of them is held against the bars. */
const generated: readonly [Generated, ...Generated[]] = [
  { title: "Nabla TypeScript, f64", options: { precision: "f64" }, hasViews: false },
  { title: "Nabla TypeScript, f32", options: { precision: "f32" }, hasViews: false },
  { title: "Nabla wasm, f64", options: { target: "wasm", precision: "f64" }, hasViews: true },
  { title: "Nabla wasm, f32", options: { target: "wasm", precision: "f32" }, hasViews: true },
];

/** Flags that let the compiler reorder sums and call vectors of elementary functions: the fastest C that there is. */
const fastest = ["-O3", "-march=native", "-ffast-math"];

const everything = (): boolean => true;
const only =
  (names: readonly string[]) =>
  ({ name }: Workload): boolean =>
    names.includes(name);

const small = ["linear-regression", "xor", "iris", "mnist"];

export const contestants: readonly Contestant[] = [
  ...generated.map(module),
  {
    title: "by hand in TypeScript, f64",
    kind: "handwritten",
    precision: "double",
    takes: only(small),
    prepare: ({ workload: { name }, job, folder }) => {
      const text = readFileSync(new URL(`../handwritten/${name}.ts`, import.meta.url), "utf8");
      const path = folder.addModule(`${name}-handwritten`, text);
      return Promise.resolve(
        node(
          folder,
          "module",
          jobPath(folder, { ...job, module: { path, element: "f64", hasViews: false } }, "handwritten"),
        ),
      );
    },
  },
  c("C, f64, -ffast-math", "fast c", "double", fastest),
  c("C, f32, -ffast-math", "fast c", "float", fastest),
  c("C, f32", "c", "float", fastest.slice(0, 2)),
  {
    title: "PyTorch, f32",
    kind: "torch",
    precision: "single",
    takes: everything,
    prepare: ({ job, folder }) => Promise.resolve(torch(jobPath(folder, job, "shared"))),
  },
  library("jax-js wasm, f32", "jax"),
  library("TensorFlow.js wasm, f32", "tfjs", ["wasm"]),
  library("TensorFlow.js cpu, f32", "tfjs", ["cpu"]),
  { ...library("brain.js, f32", "brain"), takes: only(["xor", "iris"]), online: "brain" },
  {
    ...library("synaptic, f64", "synaptic"),
    precision: "double",
    takes: only(["xor", "iris"]),
    online: "synaptic",
  },
];

/** The one that is held against the bars, and whose size is told. */
export const judged: Generated = generated.at(-1) ?? generated[0];

function module({ title, options, hasViews }: Generated): Contestant {
  const element = options.precision ?? "f64";
  return {
    title,
    kind: "generated",
    precision: element === "f64" ? "double" : "single",
    takes: everything,
    prepare: async ({ workload, source, job, folder }) => {
      const key = title.replaceAll(/[^a-z0-9]+/gi, "-");
      const { code } = await compile(source, options);
      const path = folder.addModule(`${workload.name}-${key}`, code);
      return node(folder, "module", jobPath(folder, { ...job, module: { path, element, hasViews } }, key));
    },
  };
}

function library(title: string, program: string, more: readonly string[] = []): Contestant {
  return {
    title,
    kind: "library",
    precision: "single",
    takes: everything,
    prepare: ({ job, folder, hasLibraries }) =>
      Promise.resolve(
        hasLibraries
          ? node(folder, program, jobPath(folder, job, "shared"), ...more)
          : { absent: "not installed" },
      ),
  };
}

function node(folder: ProgramFolder, program: string, ...rest: readonly string[]): Command {
  return { program: process.execPath, arguments: [join(folder.path, "programs", `${program}.js`), ...rest] };
}

/** Writes the job for a program to read. */
function jobPath(folder: ProgramFolder, job: JobFile, whose: string): string {
  const path = join(folder.path, `${job.workload}-${whose}.json`);
  writeFileSync(path, JSON.stringify(job));
  return path;
}

function c(
  title: string,
  kind: "c" | "fast c",
  real: "float" | "double",
  flags: readonly string[],
): Contestant {
  return {
    title,
    kind,
    precision: real === "float" ? "single" : "double",
    takes: only(small),
    prepare: ({ workload: { name }, job, folder }) => {
      const binary = join(folder.path, `${name}-${title.replaceAll(/[^a-z0-9]+/gi, "-")}`);
      const source = programPath(`c/${name}.c`);
      const all = ["-std=gnu11", ...flags, `-DREAL=${real}`, source, "-o", binary, "-lm"];
      const { status, stderr, error } = spawnSync("gcc", all, { encoding: "utf8" });
      if (error !== undefined) return Promise.resolve({ absent: "no gcc" });
      if (status !== 0) throw new Error(`gcc ${all.join(" ")}\n${stderr}`);
      const files = [job.parameters, ...job.data.map(({ path }) => path)];
      return Promise.resolve({ program: binary, arguments: [...files, String(job.stepsFromStart)] });
    },
  };
}

/** Debian's, which has `python3-torch`. */
const python = "/usr/bin/python3";

function torch(job: string): Command | Absence {
  const isThere =
    existsSync(python) &&
    spawnSync(python, ["-c", "import importlib.util as u; exit(u.find_spec('torch') is None)"]).status === 0;
  if (!isThere) return { absent: "no python3-torch" };
  return { program: python, arguments: [programPath("torch_steps.py"), job] };
}
