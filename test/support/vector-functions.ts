import { encodeModule } from "../../src/emit/wasm/encode.ts";
import { FunctionBuilder } from "../../src/emit/wasm/function-builder.ts";
import { i32, load, op, store, type Value } from "../../src/emit/wasm/value.ts";
import { Instance, Memory, Module } from "./webassembly.ts";

/** A function of vectors, compiled: results for numbers of single or double precision. */
export type Compiled = (...operands: readonly ArrayLike<number>[]) => Float32Array | Float64Array;

/** The same with its memory open. */
export interface CompiledLoop {
  /** The operands in their order and, after them, the results. */
  readonly view: (index: number, length: number) => Float32Array | Float64Array;
  /** Computes results for so many bytes of operands, a multiple of sixteen. */
  readonly run: (bytes: number) => void;
}

const bytesOfOperand = 2 ** 21;

/** Code of vectors from those of the operands. */
type VectorCode = (operands: readonly Value[], f: FunctionBuilder) => Value;

/** The function in a loop over the vectors in memory, as a module. */
export function compileLoop(precision: "f32" | "f64", operandCount: number, code: VectorCode): CompiledLoop {
  const { run, memory } = instantiate(loop(operandCount, code), operandCount + 1);
  const array = precision === "f32" ? Float32Array : Float64Array;
  return { run, view: (index, length) => new array(memory.buffer, index * bytesOfOperand, length) };
}

/** Numbers are rounded to the precision; what comes back is valid until the next call. */
export function compileVectorFunction(
  precision: "f32" | "f64",
  operandCount: number,
  code: VectorCode,
): Compiled {
  const { run, view } = compileLoop(precision, operandCount, code);
  return (...operands) => {
    const length = Math.ceil((operands[0]?.length ?? 0) / 4) * 4;
    operands.forEach((operand, k) => {
      view(k, length).set(operand);
    });
    const result = view(operandCount, length);
    run(result.byteLength);
    return result.subarray(0, operands[0]?.length);
  };
}

function loop(operandCount: number, code: VectorCode): FunctionBuilder {
  const f = new FunctionBuilder({ parameters: ["i32"], result: undefined });
  const at = f.local("i32");
  const goesOn = (to: Value): Value => op("i32.lt_s", f.get(at), to);
  f.for(at, { from: i32(0), to: f.parameter(0), step: i32(16), goesOn }, false, () => {
    const operands = Array.from({ length: operandCount }, (_, k) =>
      load("v128.load", f.get(at), k * bytesOfOperand),
    );
    f.run(store("v128.store", f.get(at), operandCount * bytesOfOperand, code(operands, f)));
  });
  return f;
}

function instantiate(
  builder: FunctionBuilder,
  regions: number,
): { readonly run: (bytes: number) => void; readonly memory: { readonly buffer: ArrayBuffer } } {
  const pages = (regions * bytesOfOperand) / 2 ** 16;
  const bytes = encodeModule({ pages, functions: [{ builder, exportName: "run" }], data: [] });
  const memory = new Memory({ initial: pages, maximum: pages });
  const { exports } = new Instance(new Module(bytes), { env: { memory } });
  return { run: exports["run"] as (bytes: number) => void, memory }; // what the module exports
}
