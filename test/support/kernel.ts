import { FunctionLibrary } from "../../src/emit/wasm/library.ts";
import { programFunction } from "../../src/emit/wasm/body.ts";
import { encodeModule } from "../../src/emit/wasm/encode.ts";
import { laneTypes } from "../../src/emit/wasm/lane-type.ts";
import {
  type Buffer,
  bufferLength,
  type Memory as ProgramMemory,
  type MemoryArray,
  type Precision,
  type Program,
} from "../../src/program/index.ts";
import { Instance, Memory, Module } from "./webassembly.ts";

export interface KernelRun {
  readonly batch: number;
  readonly step?: number;
  readonly seed?: number;
}

/** A program as the function of a module, with its buffers side by side. */
export function kernelBytes(program: Program, precision: Precision, batch: number): Uint8Array {
  const places = layOut(program, precision, batch);
  const library = new FunctionLibrary();
  const placeOf = (name: string): Place => places.get(name) ?? { offset: 0, bytes: 0, length: 0 };
  library.export("run", programFunction({ program, type: laneTypes[precision], library, placeOf }));
  return encodeModule({ pages: pagesOf(places), functions: library.functions, data: [] });
}

/** Runs a program as WebAssembly on the memory that is given for its buffers, and writes back what it has become. */
export function runKernel(
  program: Program,
  memory: ProgramMemory,
  precision: Precision,
  { batch, step = 1, seed = 0 }: KernelRun,
): number | undefined {
  const places = layOut(program, precision, batch);
  const pages = pagesOf(places);
  const linear = new Memory({ initial: pages, maximum: pages });
  const viewOf = (buffer: Buffer): MemoryArray => {
    const { offset = 0, length = 0 } = places.get(buffer.name) ?? {};
    if (buffer.element === "integer") return new Int32Array(linear.buffer, offset, length);
    return precision === "f32"
      ? new Float32Array(linear.buffer, offset, length)
      : new Float64Array(linear.buffer, offset, length);
  };
  for (const buffer of program.buffers) {
    const given = buffer.data ?? memory.get(buffer.name);
    if (given !== undefined) viewOf(buffer).set(given.slice(0, places.get(buffer.name)?.length));
  }
  const module = new Module(kernelBytes(program, precision, batch));
  const { run } = new Instance(module, { env: { memory: linear } }).exports;
  const result = (run as (count: number, step: number, seed: number) => number | undefined)(
    batch,
    step,
    seed,
  );
  for (const buffer of program.buffers) memory.get(buffer.name)?.set(viewOf(buffer));
  return result;
}

/** Bytes. */
const page = 65536;

interface Place {
  readonly offset: number;
  readonly bytes: number;
  readonly length: number;
}

function layOut(program: Program, precision: Precision, batch: number): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  let offset = page; // and one is free after all: lanes may load beside a buffer what a condition leaves out
  for (const buffer of program.buffers) {
    const bytes = buffer.element === "integer" || precision === "f32" ? 4 : 8;
    const length = bufferLength(buffer, batch);
    places.set(buffer.name, { offset, bytes, length });
    offset += Math.ceil((length * bytes) / 64) * 64;
  }
  return places;
}

function pagesOf(places: ReadonlyMap<string, Place>): number {
  const end = Math.max(
    0,
    ...[...places.values()].map(({ offset, bytes, length }) => offset + bytes * length),
  );
  return Math.ceil((end + page) / page);
}
