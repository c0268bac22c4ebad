import { type BinaryFile, corrupt, hexadecimal, type NumericArray, unpack } from "./binary.ts";
import { isIdx, readIdx } from "./idx.ts";
import { isNpy, readNpy } from "./npy.ts";

/**
 * Reads an array of numbers: IDX or npy, either of them in gzip too. The bytes say which, not the file's name.
 *
 * @throws {DiagnosticError} when it is none of these, or corrupt.
 */
export function readArray(file: BinaryFile): NumericArray {
  const unpacked = unpack(file);
  const { name, bytes } = unpacked;
  if (isNpy(bytes)) return readNpy(unpacked);
  if (isIdx(bytes)) return readIdx(unpacked);
  const found =
    bytes.length === 0 ? "It is empty" : `It begins with the bytes ${hexadecimal(bytes.subarray(0, 6))}`;
  throw corrupt(
    "array",
    `${name} is neither IDX nor npy. ${found}; IDX begins with 00 00 and a kind of number, npy with 93 4e 55 4d 50 59.`,
    "for a CSV file, name no input: --data <csv>",
  );
}
