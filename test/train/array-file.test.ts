import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readArray } from "../../src/train/array-file.ts";
import { files, pairs } from "./numpy-files.ts";

const read = (bytes: Uint8Array): ReturnType<typeof readArray> => readArray({ name: "file", bytes });
const fromBase64 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "base64"));

/** An IDX file. */
function idx(kind: number, shape: readonly number[], numbers: readonly number[]): Uint8Array {
  const extents = shape.flatMap((extent) => [0, 0, extent >> 8, extent & 255]);
  return Uint8Array.of(0, 0, kind, shape.length, ...extents, ...numbers);
}

describe("npy, as NumPy writes it", () => {
  it.each(pairs)("of %s", (_, numbers, file) => {
    const array = read(fromBase64(file));
    expect(array.shape).toEqual([2]);
    expect([...array.values]).toEqual(numbers);
  });

  it.each(["version2", "version3"] as const)("in %s of the format", (name) => {
    expect([...read(fromBase64(files[name])).values]).toEqual([7]);
  });

  it("in Fortran's order, which becomes ours", () => {
    const { shape, values, byteOf } = read(fromBase64(files.fortran));
    expect(shape).toEqual([2, 2, 3]);
    expect([...values]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect([0, 6, 3, 1].map((index) => byteOf(index) - byteOf(0))).toEqual([0, 1, 2, 4]);
  });

  it("wherever its bytes lie in memory", () => {
    const file = fromBase64(pairs[0]?.[2] ?? "");
    const moved = new Uint8Array(file.length + 3);
    moved.set(file, 3);
    expect([...read(moved.subarray(3)).values]).toEqual([1.5, -2]);
  });

  it.each([
    ["half", 'file holds elements of NumPy\'s type "<f2".'],
    ["words", 'file holds elements of NumPy\'s type "<U2".'],
    ["structured", "that does not say descr, fortran_order and shape of plain numbers"],
    ["scalar", "file holds no samples: its header says []."],
    ["empty", "file holds no samples: its header says [0, 3]."],
  ] as const)("is refused of what is %s", (name, message) => {
    expect(() => read(fromBase64(files[name]))).toThrow(message);
  });

  it.each([
    [127, "file ends in its header, at byte 127"],
    [9, "file ends in its header, at byte 9"],
    [
      143,
      "file has 143 bytes, but its header says 2 of float64, which end at byte 144. (hint: it is cut short",
    ],
  ])("is refused of %d bytes of 144", (length, message) => {
    expect(() => read(fromBase64(pairs[0]?.[2] ?? "").subarray(0, length))).toThrow(message);
  });

  it("is refused with more after it, and of another version", () => {
    const file = fromBase64(pairs[0]?.[2] ?? "");
    expect(() => read(Uint8Array.of(...file, 0))).toThrow("145 bytes, but its header says 2 of float64");
    file[6] = 4;
    expect(() => read(file)).toThrow("file has 4 at byte 6, where npy says its version.");
  });
});

describe("IDX", () => {
  it.each([
    ["bytes", 0x08, [0, 200], [0, 200]],
    ["signed bytes", 0x09, [0, 255], [0, -1]],
    ["16-bit integers", 0x0b, [255, 254, 1, 0], [-2, 256]],
    ["32-bit integers", 0x0c, [255, 255, 255, 254, 0, 1, 0, 0], [-2, 65536]],
    ["32-bit reals", 0x0d, [0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0], [1.5, -2]],
    ["64-bit reals", 0x0e, [0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0], [1.5, -2]],
  ])("of %s, high byte first", (_, kind, bytes, numbers) => {
    const array = read(idx(kind, [2, 1], bytes));
    expect(array.shape).toEqual([2, 1]);
    expect([...array.values]).toEqual(numbers);
    expect(array.byteOf(1)).toBe(12 + bytes.length / 2);
  });

  it("in gzip", () => {
    expect([...read(gzipSync(idx(0x08, [3], [1, 2, 3]))).values]).toEqual([1, 2, 3]);
  });

  it.each([
    [idx(0x08, [3], [1, 2]), "file has 10 bytes, but its header says 3 of uint8, which end at byte 11."],
    [idx(0x08, [1], [1, 2]), "its header says 1 of uint8, which end at byte 9. (hint: something was added"],
    [idx(0x08, [2, 2], []).subarray(0, 9), "file has 9 bytes, but an IDX header of 2 dimensions has 12."],
    [idx(0x0a, [1], [1]), "file has 0x0a at byte 2, where IDX says what kind of number it holds."],
    [idx(0x08, [0], []), "file holds no samples: its header says [0]."],
    [gzipSync(idx(0x08, [3], [1, 2, 3])).subarray(0, 20), "file begins as gzip does, but does not unpack"],
    [new Uint8Array(0), "file is neither IDX nor npy. It is empty;"],
    [new TextEncoder().encode("x,t\n"), "It begins with the bytes 78 2c 74 0a; IDX begins with 00 00"],
  ])("is refused where it is corrupt: %#", (bytes, message) => {
    expect(() => read(bytes)).toThrow(message);
  });
});
