import type { DiagnosticError } from "../diagnostics/index.ts";
import {
  type BinaryFile,
  corrupt,
  elementTypes,
  type ElementType,
  type NumericArray,
  readElements,
} from "./binary.ts";

/*
 * NumPy's npy format, versions 1 to 3 (numpy.lib.format, NEP 1): "\x93NUMPY", the version in two bytes, the length of the
 * header in two bytes (four from version 2 on, low byte first), the header, which is a literal of Python's, the numbers.
 */

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Whether the file begins as npy does. */
export function isNpy(bytes: Uint8Array): boolean {
  return magic.every((byte, at) => bytes[at] === byte);
}

/** @throws {DiagnosticError} when the header is not well formed, or of an array of other things than numbers. */
export function readNpy(file: BinaryFile): NumericArray {
  const { name, bytes } = file;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3)
    throw malformed(
      `${name} has ${version} at byte 6, where npy says its version.`,
      "versions 1, 2 and 3 are known",
    );
  const prefix = version === 1 ? 10 : 12;
  const length =
    bytes.length < prefix ? Infinity : version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = prefix + length;
  if (bytes.length < start)
    throw malformed(
      `${name} ends in its header, at byte ${bytes.length}.`,
      "it is cut short: fetch it again",
    );
  const header = new TextDecoder().decode(bytes.subarray(prefix, start)).trim();
  const [, descriptor] = /["']descr["']\s*:\s*["']([^"']*)["']/.exec(header) ?? [];
  const [, order] = /["']fortran_order["']\s*:\s*(True|False)/.exec(header) ?? [];
  const [, extents] = /["']shape["']\s*:\s*\(([\d\s,]*)\)/.exec(header) ?? [];
  if (descriptor === undefined || order === undefined || extents === undefined) {
    throw malformed(
      `${name} has a header, from byte ${prefix}, that does not say descr, fortran_order and shape of plain numbers: ${header.slice(0, 100)}`,
      "save an array of numbers with numpy.save",
    );
  }
  const type = elementType(descriptor, name);
  const shape = extents.split(",").flatMap((extent) => (extent.trim() === "" ? [] : [Number(extent)]));
  const array = readElements(file, {
    shape,
    type,
    isLittle: !descriptor.startsWith(">"),
    start,
    format: "npy",
  });
  return order === "True" ? fromColumns(array) : array;
}

function elementType(descriptor: string, name: string): ElementType {
  const known: Readonly<Record<string, ElementType>> = elementTypes;
  const type = /^[<>=|][a-z]\d$/.test(descriptor) ? known[descriptor.slice(1)] : undefined;
  if (type !== undefined) return type;
  throw malformed(
    `${name} holds elements of NumPy's type ${JSON.stringify(descriptor)}.`,
    "convert it first, for example with array.astype('float64'); bool, integers, float32 and float64 are read",
  );
}

function malformed(message: string, hint: string): DiagnosticError {
  return corrupt("npy", message, hint);
}

/** Fortran's order has the first index running fastest; ours has the last. */
function fromColumns({ shape, values, byteOf, ...rest }: NumericArray): NumericArray {
  const strides = shape.map((_, k) => shape.slice(0, k).reduce((product, extent) => product * extent, 1));
  const placeOf = (index: number): number => {
    let place = 0;
    let left = index;
    for (let k = shape.length - 1; k >= 0; k--) {
      const extent = shape[k] ?? 1;
      place += (left % extent) * (strides[k] ?? 0);
      left = Math.floor(left / extent);
    }
    return place;
  };
  return {
    ...rest,
    shape,
    values: values.map((_, index) => values[placeOf(index)] ?? 0),
    byteOf: (index) => byteOf(placeOf(index)),
  };
}
