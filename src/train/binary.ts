import { gunzipSync } from "node:zlib";
import { DiagnosticError } from "../diagnostics/index.ts";
import { dataFault } from "./faults.ts";

/** A file of bytes; `name` is what messages call it. */
export interface BinaryFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** How one kind of number lies in a file. */
export interface ElementType {
  /** `uint8`, `float32` */
  readonly name: string;
  readonly bytes: number;
  readonly read: (view: DataView, offset: number, isLittle: boolean) => number;
}

/** The kinds that IDX and npy files have, by the names that npy gives them. 64-bit integers beyond 2^53 are rounded. */
export const elementTypes = {
  b1: { name: "bool", bytes: 1, read: (view, at) => view.getUint8(at) },
  u1: { name: "uint8", bytes: 1, read: (view, at) => view.getUint8(at) },
  i1: { name: "int8", bytes: 1, read: (view, at) => view.getInt8(at) },
  u2: { name: "uint16", bytes: 2, read: (view, at, isLittle) => view.getUint16(at, isLittle) },
  i2: { name: "int16", bytes: 2, read: (view, at, isLittle) => view.getInt16(at, isLittle) },
  u4: { name: "uint32", bytes: 4, read: (view, at, isLittle) => view.getUint32(at, isLittle) },
  i4: { name: "int32", bytes: 4, read: (view, at, isLittle) => view.getInt32(at, isLittle) },
  u8: { name: "uint64", bytes: 8, read: (view, at, isLittle) => Number(view.getBigUint64(at, isLittle)) },
  i8: { name: "int64", bytes: 8, read: (view, at, isLittle) => Number(view.getBigInt64(at, isLittle)) },
  f4: { name: "float32", bytes: 4, read: (view, at, isLittle) => view.getFloat32(at, isLittle) },
  f8: { name: "float64", bytes: 8, read: (view, at, isLittle) => view.getFloat64(at, isLittle) },
} as const satisfies Readonly<Record<string, ElementType>>;

/** Numbers in rows of rows, as a file has them: `shape[0]` samples one after the other. */
export interface NumericArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly values: Uint8Array | Float64Array;
  /** Where element `index` of `values` stands in the file (in what it unpacks to, if it is compressed). */
  readonly byteOf: (index: number) => number;
}

/** What a header says of the numbers after it. */
interface Layout {
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly isLittle: boolean;
  /** Where the numbers begin. */
  readonly start: number;
  /** What the format is called, for a diagnostic. */
  readonly format: string;
}

/**
 * The numbers of a file whose header has been read.
 *
 * @throws {DiagnosticError} when the file has fewer bytes than its header says, or more, or has no samples.
 */
export function readElements({ name, bytes }: BinaryFile, layout: Layout): NumericArray {
  const { shape, type, isLittle, start, format } = layout;
  const count = shape.reduce((product, extent) => product * extent, 1);
  const expected = start + count * type.bytes;
  if (bytes.length !== expected) {
    throw corrupt(
      format,
      `${name} has ${bytes.length} bytes, but its header says ${shape.join(" × ")} of ${type.name}, which end at byte ${expected}.`,
      bytes.length < expected
        ? "it is cut short: fetch it again"
        : "something was added to it: fetch it again",
    );
  }
  if (shape.length === 0 || count === 0) {
    throw corrupt(
      format,
      `${name} holds no samples: its header says [${shape.join(", ")}].`,
      "the first dimension counts samples",
    );
  }
  const byteOf = (index: number): number => start + index * type.bytes;
  if (type.bytes === 1 && type !== elementTypes.i1)
    return { name, shape, type, values: bytes.subarray(start), byteOf };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float64Array(count);
  for (let index = 0; index < count; index++) values[index] = type.read(view, byteOf(index), isLittle);
  return { name, shape, type, values, byteOf };
}

export function corrupt(format: string, message: string, hint: string): DiagnosticError {
  return new DiagnosticError([dataFault(`malformed-${format}`, message, hint)]);
}

/**
 * The file, unpacked if it is gzip.
 *
 * @throws {DiagnosticError} when it is gzip that does not unpack.
 */
export function unpack(file: BinaryFile): BinaryFile {
  const [first, second] = file.bytes;
  if (first !== 0x1f || second !== 0x8b) return file;
  try {
    return { name: file.name, bytes: gunzipSync(file.bytes) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw corrupt(
      "gzip",
      `${file.name} begins as gzip does, but does not unpack: ${reason}.`,
      "fetch it again",
    );
  }
}

/** `00 00 08 03` */
export function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
