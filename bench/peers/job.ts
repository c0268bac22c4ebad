import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BatchArray } from "./data.ts";

/**
 * What a contestant's program is given: a file of this as JSON, whose numbers lie in files beside it, raw and little-endian.
 * JavaScript reads it with `readJob`, Python with its own few lines; C is told the paths of the numbers alone.
 */
export interface JobFile {
  readonly workload: string;
  readonly stepsFromStart: number;
  /** 64-bit floats that single precision holds exactly. */
  readonly parameters: string;
  readonly layout: ParameterLayout;
  /** The input, then the target. */
  readonly data: readonly DataFile[];
  /** The module to be run, and the precision of its arrays, where the contestant is a module. */
  readonly module?: ModuleFile;
}

export interface DataFile {
  readonly name: string;
  readonly path: string;
  /** 64-bit floats or 32-bit integers. */
  readonly element: "f64" | "i32";
  readonly shape: readonly number[];
}

export interface ModuleFile {
  readonly path: string;
  readonly element: "f64" | "f32";
  /** Whether its arrays lie in a memory of its own, which it exports as `views`. */
  readonly hasViews: boolean;
}

/** As generated modules export it. */
export type ParameterLayout = Readonly<
  Record<string, { readonly offset: number; readonly length: number; readonly shape: readonly number[] }>
>;

/** Writes what all contestants of a workload share. */
export function writeJob(
  folder: string,
  workload: { readonly name: string; readonly stepsFromStart: number },
  start: { readonly parameters: Float64Array; readonly layout: ParameterLayout },
  data: readonly BatchArray[],
): JobFile {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, values: Float64Array | Int32Array): string => {
    const path = join(folder, name);
    writeFileSync(path, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return path;
  };
  return {
    workload: workload.name,
    stepsFromStart: workload.stepsFromStart,
    parameters: write("parameters.bin", start.parameters),
    layout: start.layout,
    data: data.map(({ name, values, shape }) => ({
      name,
      path: write(`${name}.bin`, values),
      element: values instanceof Float64Array ? "f64" : "i32",
      shape,
    })),
  };
}
