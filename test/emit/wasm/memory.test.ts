import { expect, it } from "vitest";
import { compile } from "../../../src/compile.ts";
import { elementBytes, type Region } from "../../../src/emit/kernel.ts";
import { type KernelPlan, planKernelMemory } from "../../../src/emit/wasm/memory.ts";
import { type Buffer, bufferLength, type ModuleProgram, type Program } from "../../../src/program/index.ts";

const text = `
x = input([4])
t = target({categories: 3})
W1 = parameter([20, 4])
b1 = parameter([20])
W2 = parameter([3, 20])
b2 = parameter([3])
h = relu(W1 * x + b1)
logits = W2 * h + b2
loss = crossEntropyFromLogits(logits, t)
training = {optimizer: adam(), batchSize: 10}
`;
const { program: module } = await compile({ name: "net.nabla", text }, { precision: "f32" });
const { loss, gradient, trainStep, update, predict } = module.programs;

const end = ({ offset, length, element }: Region): number => offset + length * elementBytes[element];

function regions(plan: KernelPlan): readonly Region[] {
  const { parameters, gradients, ownGradients, state, data, output, constants, arena } = plan;
  const scratch: Region = { offset: arena.offset, length: arena.bytes / 4, element: "f32" };
  const all = [parameters, gradients, ownGradients, state, ...data.values(), output, scratch];
  return [...all.filter((each) => each !== undefined), ...constants.map(({ region }) => region)];
}

function bufferOf({ buffers }: Program, test: (buffer: Buffer) => boolean): Buffer {
  const buffer = buffers.find(test);
  if (buffer === undefined) throw new Error("no such buffer");
  return buffer;
}

it("gives each array cache lines of its own, in pages that hold them all", () => {
  const plan = planKernelMemory(module);
  const sorted = regions(plan).toSorted((a, b) => a.offset - b.offset);
  sorted.forEach((region, k) => {
    expect(region.offset % 64).toBe(0);
    expect(end(region)).toBeLessThanOrEqual(sorted[k + 1]?.offset ?? plan.pages * 65536);
  });
  expect(plan.pages).toBe(1);
  expect(planKernelMemory({ ...module, batchSize: 10_000 }).pages).toBe(5);
});

it("holds the flat arrays of the module, and a batch of data", () => {
  const plan = planKernelMemory(module);
  expect(plan.parameters).toMatchObject({ length: 163, element: "f32" });
  expect(plan.gradients.length).toBe(163);
  expect(plan.state.length).toBe(1 + 2 * 163);
  expect(plan.data.get("x")).toMatchObject({ length: 40, element: "f32" });
  expect(plan.data.get("t")).toMatchObject({ length: 10, element: "i32" });
  expect(plan.output?.length).toBe(30);
});

it("finds every buffer of every program within memory, as long as it says it is", () => {
  const plan = planKernelMemory(module);
  for (const program of Object.values(module.programs)) {
    for (const buffer of program?.buffers ?? []) {
      const region = plan.bufferRegion(program ?? loss, buffer);
      expect(region.element).toBe(buffer.element === "integer" ? "i32" : "f32");
      if (buffer.role !== "scratch") expect(region.length).toBe(bufferLength(buffer, 10));
      expect(end(region)).toBeLessThanOrEqual(plan.pages * 65536);
    }
  }
});

it("keeps what trainStep leaves for its update apart from the caller's gradients", () => {
  const plan = planKernelMemory(module);
  const slot = module.parameters[0];
  const ofSlot = ({ role, of }: Buffer): boolean => role === "gradient" && of === slot?.name;
  const within = (slot?.offset ?? NaN) * 4;
  expect(plan.bufferRegion(gradient, bufferOf(gradient, ofSlot)).offset).toBe(plan.gradients.offset + within);
  const own = plan.ownGradients?.offset ?? NaN;
  expect(plan.bufferRegion(trainStep, bufferOf(trainStep, ofSlot)).offset).toBe(own + within);
  const whole = bufferOf(update ?? loss, ({ role }) => role === "gradient");
  expect(plan.bufferRegion(update ?? loss, whole)).toEqual(plan.ownGradients);
});

it("puts scratch that no program needs at once in one place, and equal constants too", () => {
  const buffer = (name: string, change: Partial<Buffer>): Buffer => ({
    ...{ name, role: "scratch", element: "real", shape: [16], batched: false, ...change },
  });
  const constant = { role: "constant", data: [1, -0], shape: [2] } as const;
  const store = (name: string) =>
    ({
      kind: "store",
      buffer: name,
      offset: { constant: 0, terms: [] },
      value: { kind: "number", value: 1 },
      accumulate: false,
    }) as const;
  const changed = (program: Program, ...more: readonly Buffer[]): Program => ({
    ...program,
    buffers: more,
    body: more.flatMap(({ name, role }) => (role === "scratch" ? [store(name)] : [])),
  });
  const [a, b, integers] = [buffer("a", {}), buffer("b", {}), buffer("c", { element: "integer" })];
  const first = changed(loss, a, b, integers, buffer("one", constant));
  const second = changed(
    predict ?? loss,
    buffer("two", constant),
    buffer("three", { ...constant, data: [1, 0] }),
  );
  const changedModule: ModuleProgram = {
    ...module,
    programs: { loss: first, predict: second, gradient: changed(gradient), trainStep: changed(trainStep) },
  };
  const plan = planKernelMemory(changedModule);
  expect(plan.ownGradients).toBeUndefined();
  expect(plan.arena.bytes).toBe(64);
  const at = (program: Program, each: Buffer | undefined): Region => plan.bufferRegion(program, each ?? a);
  expect(at(first, a)).toEqual({ offset: plan.arena.offset, length: 16, element: "f32" });
  expect(at(first, b)).toEqual(at(first, a));
  expect(at(first, integers)).toEqual({ ...at(first, a), element: "i32" });
  expect(at(first, first.buffers[3])).toEqual(at(second, second.buffers[0]));
  expect(plan.constants.map(({ data }) => data)).toEqual([
    [1, -0],
    [1, 0],
  ]);
});
