import type { FunctionBuilder, FunctionType } from "./function-builder.ts";
import { unsigned } from "./leb128.ts";
import { i32, typeCodes } from "./value.ts";

/** A function of a module, and under which name it is exported, if it is. */
export interface ModuleFunction {
  readonly builder: FunctionBuilder;
  readonly exportName?: string;
}

/** Bytes that lie in memory when the module starts. */
export interface DataSegment {
  /** In bytes. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** The parts of a module that has no table, no global and no memory of its own. */
export interface ModuleParts {
  /** Of the memory that it imports as `env.memory`: initial and most, of 64 KiB. */
  readonly pages: number;
  /** A function's index is its place here. */
  readonly functions: readonly ModuleFunction[];
  readonly data: readonly DataSegment[];
}

/** A module in the binary format (WebAssembly Core Specification 2.0, section 5.5). */
export function encodeModule({ pages, functions, data }: ModuleParts): Uint8Array {
  const types: FunctionType[] = [];
  const typeNumbers = functions.map(({ builder }) => numberOf(builder.type, types));
  const exported = functions.flatMap(({ exportName }, index) =>
    exportName === undefined ? [] : [[...name(exportName), 0x00, ...unsigned(index)]],
  );
  const sections = [
    section(1, list(types.map(functionType))),
    section(
      2,
      list([[...name("env"), ...name("memory"), 0x02, 0x01, ...unsigned(pages), ...unsigned(pages)]]),
    ),
    section(3, list(typeNumbers.map((number) => unsigned(number)))),
    section(7, list(exported)),
    section(10, list(functions.map(({ builder }) => sized(builder.finish())))),
    ...(data.length === 0 ? [] : [section(11, list(data.map(segment)))]),
  ];
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  return concatenate([header, ...sections]);
}

function numberOf(type: FunctionType, types: FunctionType[]): number {
  const same = types.findIndex(
    ({ parameters, result }) => parameters.join() === type.parameters.join() && result === type.result,
  );
  if (same >= 0) return same;
  types.push(type);
  return types.length - 1;
}

function functionType({ parameters, result }: FunctionType): readonly number[] {
  const results = result === undefined ? [] : [typeCodes[result]];
  return [
    0x60,
    ...unsigned(parameters.length),
    ...parameters.map((type) => typeCodes[type]),
    results.length,
    ...results,
  ];
}

function segment({ offset, bytes }: DataSegment): readonly number[] {
  // The address is a constant expression; one of two gigabytes or more is a negative number.
  return concatenateNumbers([[0x00, ...i32(offset).bytes, 0x0b, ...unsigned(bytes.length)], bytes]);
}

function name(text: string): readonly number[] {
  return sized([...new TextEncoder().encode(text)]);
}

function list(items: readonly (readonly number[])[]): readonly number[] {
  return concatenateNumbers([unsigned(items.length), ...items]);
}

function section(id: number, content: readonly number[]): readonly number[] {
  return concatenateNumbers([[id], sized(content)]);
}

function sized(content: readonly number[]): readonly number[] {
  return concatenateNumbers([unsigned(content.length), content]);
}

/** Without spreading, which would put every byte on the stack. */
function concatenateNumbers(parts: readonly (readonly number[] | Uint8Array)[]): readonly number[] {
  const all: number[] = [];
  for (const part of parts) for (const byte of part) all.push(byte);
  return all;
}

function concatenate(parts: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(concatenateNumbers(parts));
}
