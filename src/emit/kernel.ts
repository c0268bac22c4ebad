/*
 * Where the two halves of the WebAssembly target meet: `wasm/` makes a kernel, `typescript/` writes the module around it.
 * Every function that a kernel exports is called (count: i32, step: f64, seed: i32) and gives an f64: the loss; `predict`
 * gives nothing. The counting of steps in element 0 of the state is its caller's.
 */

/** The bytes of a network's programs, and where its memory has what. */
export interface Kernel {
  /** A WebAssembly module: imports `env.memory`; exports `loss`, `gradient`, `trainStep` and, if there is one, `predict`. */
  readonly bytes: Uint8Array;
  readonly memory: KernelMemory;
}

/** What the kernel's caller reads and writes. All of it lies in one linear memory that never grows. */
export interface KernelMemory {
  /** Of 64 KiB: initial and maximum. */
  readonly pages: number;
  /** Flat, as in the parameter layout of the module. */
  readonly parameters: Region;
  readonly gradients: Region;
  /** Element 0 counts the steps. */
  readonly state: Region;
  /** Inputs and targets by name, each for `batchSize` samples. */
  readonly data: ReadonlyMap<string, Region>;
  /** What `predict` leaves, for `batchSize` samples; none where it predicts nothing. */
  readonly output: Region | undefined;
}

/** A stretch of linear memory. */
export interface Region {
  /** In bytes. */
  readonly offset: number;
  /** In elements. */
  readonly length: number;
  readonly element: RegionElement;
}

export type RegionElement = "f32" | "f64" | "i32";

/** Bytes of an element. */
export const elementBytes: Readonly<Record<RegionElement, number>> = { f32: 4, f64: 8, i32: 4 };
