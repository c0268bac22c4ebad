import fc from "fast-check";
import { describe, expect, it } from "vitest";
import wabt from "wabt";
import { compile } from "../../src/compile.ts";
import type { Region } from "../../src/emit/kernel.ts";
import { emitKernel } from "../../src/emit/wasm/kernel.ts";
import { type KernelPlan, planKernelMemory } from "../../src/emit/wasm/memory.ts";
import { type ModuleProgram, type Precision, type Program, runProgram } from "../../src/program/index.ts";
import { seededRandom } from "../operations/random.ts";
import { randomNetwork, sourceOf } from "../support/random-network.ts";
import { Instance, Memory, Module } from "../support/webassembly.ts";
import { functionNetworks, wholeNetworks } from "./constructs.ts";
import type { MatrixNetwork } from "./network.ts";
import { preludeNetworks } from "./prelude.ts";

/*
 * The programs of the TypeScript target, interpreted in double precision, beside kernels: which are lowered in other ways, and
 * run on the machine. Both work in memory of the same layout.
 */

const { readWasm } = await wabt().then((tools) => ({ readWasm: tools.readWasm.bind(tools) }));

const functions = ["loss", "gradient", "trainStep", "predict"] as const;
type FunctionName = (typeof functions)[number];

const step = 4;
const seed = 5;
const batchSize = 5;

/** A module's functions, and the memory that they work in. */
interface Runnable {
  readonly plan: KernelPlan;
  readonly memory: ArrayBuffer;
  readonly call: (name: FunctionName, samples: number) => number | undefined;
}

function viewOf(
  memory: ArrayBuffer,
  { offset, length, element }: Region,
): Float64Array | Float32Array | Int32Array {
  if (element === "f64") return new Float64Array(memory, offset, length);
  return element === "f32"
    ? new Float32Array(memory, offset, length)
    : new Int32Array(memory, offset, length);
}

function interpreted(module: ModuleProgram): Runnable {
  const plan = planKernelMemory({ ...module, precision: "f64" });
  const memory = new ArrayBuffer(plan.pages * 65536);
  const run = (program: Program, samples: number): number | undefined => {
    const arrays = program.buffers
      .filter(({ role }) => role !== "scratch" && role !== "constant")
      .map((buffer) => [buffer.name, viewOf(memory, plan.bufferRegion(program, buffer))] as const);
    return runProgram(program, new Map(arrays), { batch: samples, step, seed });
  };
  const call = (name: FunctionName, samples: number): number | undefined => {
    const program = module.programs[name];
    if (program === undefined) return undefined;
    const result = run(program, samples);
    if (name === "trainStep" && module.programs.update !== undefined) run(module.programs.update, samples);
    return result;
  };
  return { plan, memory, call };
}

/** What no statement has stored is not a number, here. */
function onMachine(module: ModuleProgram): Runnable {
  const { bytes } = emitKernel(module);
  readWasm(bytes, {}).validate();
  const plan = planKernelMemory(module);
  const linear = new Memory({ initial: plan.pages, maximum: plan.pages });
  const { exports } = new Instance(new Module(bytes), { env: { memory: linear } });
  const { offset, bytes: length } = plan.arena;
  new Uint8Array(linear.buffer, offset, length).fill(0xff);
  const call = (name: FunctionName, samples: number): number | undefined =>
    (exports[name] as (count: number, step: number, seed: number) => number | undefined)(samples, step, seed);
  return { plan, memory: linear.buffer, call };
}

/** The same values for all, whatever they keep them in. */
function fill({ plan, memory }: Runnable, module: ModuleProgram): void {
  const random = seededRandom(7);
  const set = (region: Region, value: () => number): void => {
    viewOf(memory, region).set(Array.from({ length: region.length }, () => Math.fround(value())));
  };
  set(plan.parameters, () => 1.2 * random() - 0.5);
  set(plan.state, () => 0.1 * random());
  set(plan.gradients, () => 0);
  if (plan.output !== undefined) set(plan.output, () => 0);
  for (const { name, element, categories = 2 } of [...module.inputs, ...module.targets]) {
    const region = plan.data.get(name);
    if (region === undefined) continue;
    set(region, () => (element === "integer" ? Math.floor(random() * categories) : 1.2 * random() - 0.3));
  }
}

function leftBy({ plan, memory }: Runnable, name: FunctionName): readonly number[] {
  const { parameters, gradients, state, output } = plan;
  const regions = { loss: [], gradient: [gradients], trainStep: [parameters, state], predict: [output] };
  return regions[name].flatMap((region) => (region === undefined ? [] : [...viewOf(memory, region)]));
}

/** The largest difference, relative to the largest value. */
function difference(actual: readonly number[], expected: readonly number[]): number {
  const scale = Math.max(1e-3, ...expected.map(Math.abs).filter(Number.isFinite));
  const differences = expected.map((value, k) =>
    Object.is(value, actual[k]) ? 0 : Math.abs(value - (actual[k] ?? NaN)) / scale,
  );
  return differences.reduce((most, each) => (each <= most ? most : each), 0);
}

async function expectAgreement(
  text: string,
  ways: readonly (readonly ["auto" | "unrolled" | "tiled" | "rows", Precision])[],
): Promise<void> {
  const file = { name: "targets.nabla", text };
  const { program } = await compile(file, { batchSize, target: "typescript" });
  const plain = interpreted(program);
  for (const [schedule, precision] of ways) {
    const kernel = onMachine(
      (await compile(file, { batchSize, target: "wasm", schedule, precision })).program,
    );
    for (const samples of [1, batchSize]) {
      for (const name of functions.filter((each) => program.programs[each] !== undefined)) {
        for (const each of [plain, kernel]) fill(each, program);
        const [wanted, found] = [plain.call(name, samples) ?? 0, kernel.call(name, samples) ?? 0];
        const bound = precision === "f64" ? 1e-12 : 2e-4;
        const what = `${name} of ${samples}, ${schedule}, ${precision}`;
        expect(difference([found], [wanted]), what).toBeLessThanOrEqual(bound);
        expect(difference(leftBy(kernel, name), leftBy(plain, name)), what).toBeLessThanOrEqual(bound);
      }
    }
  }
}

/** Which loops of theirs go into lanes, or load beside their buffers, is out of the ordinary. */
const telling = [
  "transformerBlock(x, {heads: 2, causal",
  "rmsNorm(outer",
  "overlapAdd(window(K, 2",
  "dense layers",
];

const all: readonly MatrixNetwork[] = [...preludeNetworks, ...functionNetworks, ...wholeNetworks];
const networks = all.filter(
  ({ name }, index) => index % 6 === 3 || telling.some((part) => name.includes(part)),
);

describe("kernels compute what TypeScript does", () => {
  it.each(networks)("$name", async ({ source }) => {
    await expectAgreement(source, [
      ["tiled", "f64"],
      ["auto", "f32"],
    ]);
  });

  const random = fc
    .sample(randomNetwork, { numRuns: 40, seed: 77 })
    .map((network, k) => [k, network] as const);
  it.each(random)("random network %d", async (_, network) => {
    await expectAgreement(sourceOf(network), [
      ["tiled", "f64"],
      ["auto", "f64"],
    ]);
  });
});
