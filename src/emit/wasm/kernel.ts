import type { ModuleProgram, Program } from "../../program/index.ts";
import type { Kernel, Region } from "../kernel.ts";
import { type DataSegment, encodeModule, type ModuleFunction } from "./encode.ts";
import { FunctionBuilder, type FunctionType } from "./function-builder.ts";
import { type ConstantRegion, type KernelPlan, planKernelMemory } from "./memory.ts";
import { ProgramWriter } from "./program-writer.ts";
import { ScalarLibrary } from "./scalar-library.ts";

/** What is exported, and the programs that it runs, one after the other; the first gives the result. */
interface Exported {
  readonly name: string;
  readonly programs: readonly Program[];
  readonly result: "f64" | undefined;
}

/**
 * The WebAssembly of a module's programs, one function each, and the layout of their memory. Scalars are computed in double
 * precision.
 */
export function emitKernel(module: ModuleProgram): Kernel {
  const memory = planKernelMemory(module);
  const exported = exportsOf(module);
  const library = new ScalarLibrary(exported.length);
  const functions = exported.map((each) => emitFunction(each, memory, library));
  const bytes = encodeModule({
    pages: memory.pages,
    functions: [...functions, ...library.functions],
    data: memory.constants.map(segmentOf),
  });
  return { bytes, memory };
}

function exportsOf({ programs }: ModuleProgram): readonly Exported[] {
  const { loss, gradient, trainStep, update, predict } = programs;
  return [
    { name: "loss", programs: [loss], result: "f64" },
    { name: "gradient", programs: [gradient], result: "f64" },
    { name: "trainStep", programs: update === undefined ? [trainStep] : [trainStep, update], result: "f64" },
    ...(predict === undefined ? [] : [{ name: "predict", programs: [predict], result: undefined }]),
  ];
}

function emitFunction(
  { name, programs, result }: Exported,
  memory: KernelPlan,
  library: ScalarLibrary,
): ModuleFunction {
  const type: FunctionType = { parameters: ["i32", "f64", "i32"], result };
  const builder = new FunctionBuilder(type);
  const results = programs.map((program) => new ProgramWriter(program, builder, memory, library).write());
  const [value] = results;
  if (result !== undefined && value !== undefined) builder.result(value);
  return { builder, exportName: name };
}

const arrays = { f32: Float32Array, f64: Float64Array, i32: Int32Array } as const satisfies Record<
  Region["element"],
  unknown
>;

/** Typed arrays are as memory is, low byte first, on every machine that runs Node. */
function segmentOf({ region, data }: ConstantRegion): DataSegment {
  return { offset: region.offset, bytes: new Uint8Array(arrays[region.element].from(data).buffer) };
}
