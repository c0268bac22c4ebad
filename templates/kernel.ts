/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are in bounds by the loops around them; `!` costs nothing */
import { wrongLength } from "./checks.ts";
import type { Column } from "./samples.ts";
import { runTraining, type Trainee, type TrainOptions, type TrainResult } from "./train.ts";

/** What of `WebAssembly` is used. Not every configuration of TypeScript knows it; every engine does. */
interface WebAssemblyInterface {
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => LinearMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, surroundings: object) => KernelInstance;
  readonly instantiate: (
    bytes: Uint8Array,
    surroundings: object,
  ) => Promise<{ readonly instance: KernelInstance }>;
}

/** Memory of the kernel's; it never grows, so what looks at its buffer stays good. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer;
}

interface KernelInstance {
  readonly exports: object;
}

function webAssembly(): WebAssemblyInterface {
  return (globalThis as unknown as { readonly WebAssembly: WebAssemblyInterface }).WebAssembly; // see the interface
}

/** Memory of so many pages of 64 KiB. */
export function newMemory(pages: number): LinearMemory {
  return new (webAssembly().Memory)({ initial: pages, maximum: pages });
}

/** The reals at `offset`, in bytes. */
export function realsAt(memory: LinearMemory, offset: number, length: number): Float64Array {
  return new Float64Array(memory.buffer, offset, length);
}

/** The integers at `offset`, in bytes. */
export function integersAt(memory: LinearMemory, offset: number, length: number): Int32Array {
  return new Int32Array(memory.buffer, offset, length);
}

/** The functions of a kernel, at once: it is compiled before this returns. */
export function instantiateNow(text: string, memory: LinearMemory): object {
  const { Instance, Module } = webAssembly();
  return new Instance(new Module(decodeBase64(text)), { env: { memory } }).exports;
}

/** The functions of a kernel, which is compiled while others go on. */
export async function instantiateLater(text: string, memory: LinearMemory): Promise<object> {
  const { instance } = await webAssembly().instantiate(decodeBase64(text), { env: { memory } });
  return instance.exports;
}

/** What decodes base64: the first is Node's, and fast. */
interface Decoders {
  readonly Buffer?: { from(text: string, encoding: "base64"): Uint8Array };
  readonly atob: (text: string) => string;
}

/** The bytes that a text in base64, of any number of lines, stands for. */
export function decodeBase64(text: string): Uint8Array {
  const decoders = globalThis as unknown as Decoders; // engines have one or both
  if (decoders.Buffer !== undefined) return decoders.Buffer.from(text, "base64");
  const characters = decoders.atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

/** Below so many elements, a loop copies faster than a call of `set`. */
const fewElements = 14;

/** Copies `count` reals, from one place in an array to another place in another. */
export function copyReals(
  from: Float64Array,
  fromStart: number,
  to: Float64Array,
  toStart: number,
  count: number,
): void {
  if (count <= fewElements) for (let i = 0; i < count; i++) to[toStart + i] = from[fromStart + i]!;
  else if (from.length === count) to.set(from, toStart);
  else to.set(from.subarray(fromStart, fromStart + count), toStart);
}

/** The same of integers. An engine compiles each for one kind of array. */
export function copyIntegers(
  from: Int32Array,
  fromStart: number,
  to: Int32Array,
  toStart: number,
  count: number,
): void {
  if (count <= fewElements) for (let i = 0; i < count; i++) to[toStart + i] = from[fromStart + i]!;
  else if (from.length === count) to.set(from, toStart);
  else to.set(from.subarray(fromStart, fromStart + count), toStart);
}

/** Where training takes place. */
export interface KernelPlace {
  readonly memory: LinearMemory;
  /** Of the memory's beginning: all that callers of the kernel see. */
  readonly bytes: number;
  readonly parameters: Float64Array;
  readonly state: Float64Array;
}

/**
 * Trains in the kernel's memory, so that no step copies parameters or a batch. What lay there before is there again when training
 * ends. A callback may call any function of the module: what that leaves in the memory does not stay.
 */
export function trainInPlace(place: KernelPlace, trainee: Trainee, options: TrainOptions): TrainResult {
  const visible = new Uint8Array(place.memory.buffer, 0, place.bytes);
  const before = visible.slice();
  const during = visible.slice();
  const guard = <Arguments extends readonly unknown[]>(
    callback: ((...given: Arguments) => void) | undefined,
  ): ((...given: Arguments) => void) | undefined =>
    callback &&
    ((...given) => {
      during.set(visible);
      try {
        callback(...given);
      } finally {
        visible.set(during);
      }
    });
  const guarded = {
    ...options,
    onEpoch: guard(options.onEpoch),
    onCheckpoint: guard(options.onCheckpoint),
    onGradient: guard(options.onGradient),
  };
  checkPlace("parameters", trainee.parameters, place.parameters);
  checkPlace("state", trainee.state, place.state);
  const columns = trainee.columns.map((column) => outsideMemory(column, place.memory));
  const { parameters, state } = place;
  parameters.set(trainee.parameters);
  state.set(trainee.state);
  try {
    const result = runTraining({ ...trainee, columns, parameters, state }, guarded);
    return { ...result, parameters: result.parameters.slice(), state: result.state.slice() };
  } finally {
    visible.set(before);
  }
}

/** Data that the caller has put into the kernel's memory are copied: batches will lie there. */
function outsideMemory(column: Column, { buffer }: LinearMemory): Column {
  const { values, validation } = column;
  return {
    ...column,
    values: values.buffer === buffer ? values.slice() : values,
    validation: validation?.buffer === buffer ? validation.slice() : validation,
  };
}

function checkPlace(name: string, { length }: Float64Array, place: Float64Array): void {
  if (length !== place.length) throw wrongLength(name, length, place.length);
}
