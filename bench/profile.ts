import { pathToFileURL } from "node:url";
import { compile } from "../src/compile.ts";
import { elementBytes, type Region } from "../src/emit/kernel.ts";
import { programFunction } from "../src/emit/wasm/body.ts";
import { encodeModule } from "../src/emit/wasm/encode.ts";
import { laneTypes } from "../src/emit/wasm/lane-type.ts";
import { FunctionLibrary } from "../src/emit/wasm/library.ts";
import { type KernelPlan, planKernelMemory } from "../src/emit/wasm/memory.ts";
import { countProgram, type ModuleProgram, type Program, type Statement } from "../src/program/index.ts";
import { Instance, Memory, Module } from "../test/support/webassembly.ts";
import { format, table } from "./markdown.ts";
import { measurePeak } from "./peak.ts";
import { judged } from "./peers/contestants.ts";
import { ProgramFolder } from "./peers/folder.ts";
import type { Workload } from "./peers/workloads.ts";
import { median } from "./race.ts";

/** A stretch of the step, by itself. */
interface Part {
  /** Median, µs. */
  readonly time: number;
  readonly operations: number;
  /** Whether it does much for each element that it stores, as sums of products do; else it passes over elements. */
  readonly isProduct: boolean;
}

/** Where the time of a step goes, and what it cannot do without. */
export interface Profile {
  readonly workload: Workload;
  readonly parts: readonly Part[];
  /** Parameters, optimizer's state and batch, in bytes. */
  readonly bytes: number;
  /** µs to copy so many bytes. */
  readonly copying: number;
}

/** From so many operations for each element stored on, a part counts among the products. */
const ofProduct = 16;
const repetitions = 101;

/** What does less has nests that are over before a clock can tell. */
const leastTimed = 1e5;

/** The step of the contestant that is judged, taken part by part, each timed by itself with memory as the one before has left it. */
export async function profile(workload: Workload): Promise<Profile> {
  const options = { ...judged.options, target: "wasm" } as const;
  const { program, code } = await compile(
    { name: `${workload.name}.nabla`, text: workload.network() },
    options,
  );
  const plan = planKernelMemory(program);
  const memory = new Memory({ initial: plan.pages, maximum: plan.pages });
  const view = ({ offset, length, element }: Region): Float64Array | Float32Array | Int32Array => {
    const array = { f64: Float64Array, f32: Float32Array, i32: Int32Array }[element];
    return new array(memory.buffer, offset, length);
  };
  const start = await initialParameters(workload, code);
  for (const { name, values } of workload.data()) {
    const region = plan.data.get(name);
    if (region !== undefined) view(region).set(values);
  }
  for (const { region, data } of plan.constants) view(region).set(data);
  const parts = partsOf(program).map((part) => ({
    ...part,
    run: instantiate(part.program, plan, program, memory),
  }));
  const times = parts.map((): number[] => []);
  const operations = total(parts.map((part) => ({ time: 0, ...costOf(part.program, workload) }))).operations;
  for (let repetition = 0; operations >= leastTimed && repetition < repetitions; repetition++) {
    view(plan.parameters).set(start);
    view(plan.state).fill(0);
    for (const [k, { run }] of parts.entries()) {
      const before = performance.now();
      run(workload.batch, 1, 1);
      times[k]?.push(performance.now() - before);
    }
  }
  const regions = [plan.parameters, plan.state, ...plan.data.values()];
  const bytes = regions.reduce((sum, { length, element }) => sum + length * elementBytes[element], 0);
  return {
    workload,
    bytes,
    copying: timeCopy(bytes),
    parts: parts.map((part, k) => ({
      time: 1000 * median(times[k] ?? []),
      ...costOf(part.program, workload),
    })),
  };
}

function costOf(program: Program, { batch }: Workload): Omit<Part, "time"> {
  const { total: operations, stores } = countProgram(program, batch);
  return { operations, isProduct: operations >= ofProduct * stores };
}

async function initialParameters(workload: Workload, code: string): Promise<Float64Array | Float32Array> {
  const folder = new ProgramFolder();
  try {
    const path = folder.addModule(`${workload.name}-profile`, code);
    const module = (await import(pathToFileURL(path).href)) as {
      readonly initialParameters: (seed: number) => Float64Array | Float32Array;
    }; // as every generated module exports it
    return module.initialParameters(1);
  } finally {
    folder.close();
  }
}

/** Each nest of the step and of the update, after the locals that all of them may need. */
function partsOf({ programs }: ModuleProgram): readonly { readonly program: Program }[] {
  return [programs.trainStep, programs.update].flatMap((program) => {
    if (program === undefined) return [];
    const locals = program.body.filter(({ kind }) => kind === "let");
    const nests = program.body.filter(({ kind }) => kind === "loop" || kind === "piece");
    return nests.map((nest: Statement) => ({ program: { ...program, body: [...locals, nest] } }));
  });
}

type Run = (count: number, step: number, seed: number) => void;

function instantiate(
  part: Program,
  plan: KernelPlan,
  { precision, programs }: ModuleProgram,
  memory: InstanceType<typeof Memory>,
): Run {
  const whole = part.name === programs.trainStep.name ? programs.trainStep : (programs.update ?? part);
  const buffers = new Map(part.buffers.map((buffer) => [buffer.name, buffer]));
  const library = new FunctionLibrary();
  const placeOf = (name: string): { readonly offset: number; readonly bytes: number } => {
    const buffer = buffers.get(name);
    if (buffer === undefined) throw new RangeError(`there is no buffer ${name}`);
    const { offset, element } = plan.bufferRegion(whole, buffer);
    return { offset, bytes: elementBytes[element] };
  };
  library.export("run", programFunction({ program: part, type: laneTypes[precision], library, placeOf }));
  const bytes = encodeModule({ pages: plan.pages, functions: library.functions, data: [] });
  return new Instance(new Module(bytes), { env: { memory } }).exports["run"] as Run; // what it exports
}

/** µs to copy so many bytes from one place to another: half of what reading and writing them takes. */
function timeCopy(bytes: number): number {
  const [from, to] = [new Uint8Array(bytes), new Uint8Array(bytes)];
  const runs = Math.ceil(2e6 / bytes);
  const times = Array.from({ length: repetitions }, () => {
    const before = performance.now();
    for (let k = 0; k < runs; k++) to.set(from);
    return (1000 * (performance.now() - before)) / runs;
  });
  return median(times);
}

/** The part of the report that is on floors and profiles. */
export function profilesReport(profiles: readonly Profile[]): string {
  const peak = measurePeak("f32");
  return `## Floors and profiles

What a step of ${judged.title} cannot take less than: its operations (those of the compiled program; an elementary function counts as
one, though it takes a few dozen) at the peak of this machine's 128-bit vectors, ${(peak / 1e9).toFixed(1)} GFLOP/s (bench/peak.ts), and a copy of the parameters,
the optimizer's state and the batch. Then, for the larger, its nests one after the other, each timed by itself: products do ${ofProduct} or more operations for each element
that they store, the rest passes over elements.

${table(
  [
    "",
    "operations",
    "floor, µs",
    "copying, µs",
    "nests, µs",
    "times the floor",
    "products",
    "at GFLOP/s",
    "passes",
  ],
  profiles.map(({ workload, parts, copying }) => {
    const products = parts.filter(({ isProduct }) => isProduct);
    const [all, ofProducts] = [total(parts), total(products)];
    const floor = (1e6 * all.operations) / peak;
    return [
      workload.name,
      format(all.operations),
      format(floor),
      format(copying),
      ...(all.operations < leastTimed
        ? ["–", "–", "–", "–", "–"]
        : [
            format(all.time),
            format(all.time / floor),
            percent(ofProducts.time / all.time),
            format(ofProducts.operations / ofProducts.time / 1000),
            percent(1 - ofProducts.time / all.time),
          ]),
    ];
  }),
)}`;
}

function total(parts: readonly Part[]): { readonly time: number; readonly operations: number } {
  return {
    time: parts.reduce((sum, { time }) => sum + time, 0),
    operations: parts.reduce((sum, { operations }) => sum + operations, 0),
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
