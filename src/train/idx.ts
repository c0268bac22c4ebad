import {
  type BinaryFile,
  corrupt,
  elementTypes,
  type ElementType,
  type NumericArray,
  readElements,
} from "./binary.ts";

/*
 * LeCun's IDX format, of MNIST: two zero bytes, a byte for the kind of number, one for how many dimensions there are;
 * their extents, 4 bytes each; the numbers, row by row. All of them with the high byte first.
 */

const kinds: Readonly<Record<number, ElementType>> = {
  0x08: elementTypes.u1,
  0x09: elementTypes.i1,
  0x0b: elementTypes.i2,
  0x0c: elementTypes.i4,
  0x0d: elementTypes.f4,
  0x0e: elementTypes.f8,
};

/** Whether the file begins as IDX does. */
export function isIdx([first, second, kind = 0, rank = 0]: Uint8Array): boolean {
  return first === 0 && second === 0 && kind >= 0x08 && kind <= 0x0e && rank > 0 && rank < 32;
}

/** @throws {DiagnosticError} when the kind of number is unknown, or the length is not what the header says. */
export function readIdx(file: BinaryFile): NumericArray {
  const { name, bytes } = file;
  const [, , kind = 0, rank = 0] = bytes;
  const type = kinds[kind];
  if (type === undefined) {
    throw corrupt(
      "idx",
      `${name} has ${hexadecimalByte(kind)} at byte 2, where IDX says what kind of number it holds.`,
      `it is one of ${Object.entries(kinds)
        .map(([code, { name: each }]) => `${hexadecimalByte(Number(code))} (${each})`)
        .join(", ")}`,
    );
  }
  const start = 4 + 4 * rank;
  if (bytes.length < start) {
    throw corrupt(
      "idx",
      `${name} has ${bytes.length} bytes, but an IDX header of ${rank} dimensions has ${start}.`,
      "it is cut short: fetch it again",
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const shape = Array.from({ length: rank }, (_, k) => view.getUint32(4 + 4 * k));
  return readElements(file, { shape, type, isLittle: false, start, format: "idx" });
}

function hexadecimalByte(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
