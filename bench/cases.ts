import { readFileSync } from "node:fs";
import { readDigits } from "../examples/mnist-data.ts";
import { prepareData, readTable } from "../src/train/index.ts";
import type { Compilation } from "../src/compile.ts";

type Samples = Float64Array | Float32Array | Int32Array;

/** One step to be raced: a network, a batch, and who else can take the step. */
export interface Case {
  /** What the table calls it. */
  readonly title: string;
  /** File in `examples/`, without the extension. */
  readonly network: string;
  /** The file in `bench/handwritten/` that is to be beaten. */
  readonly handwritten: string;
  /** Others there, for reference. */
  readonly others?: readonly { readonly file: string; readonly what: string }[];
  readonly batch: number;
  /**
   * Steps to take from the initial parameters before they are put back: training one batch for ever would end in
   * vanishing gradients, which are not what a step usually works on.
   */
  readonly stepsFromStart: number;
  /** How many times faster than the hand-written step the generated one is to be. */
  readonly bar: number;
  /** The arrays of the inputs, then of the targets. */
  readonly data: (compilation: Compilation) => readonly Samples[];
}

export const cases: readonly Case[] = [
  {
    title: "linear regression, batch 10, SGD",
    network: "linear-regression",
    handwritten: "linear-regression",
    batch: 10,
    stepsFromStart: 5000,
    bar: 1,
    data: (compilation) => firstRows(compilation, "line.csv", 10),
  },
  {
    title: "XOR 2-4-1, batch 4, SGD",
    network: "xor",
    handwritten: "xor",
    batch: 4,
    stepsFromStart: 1000,
    bar: 2,
    data: (compilation) => firstRows(compilation, "xor.csv", 4),
  },
  {
    title: "iris 4-16-3, batch 16, Adam",
    network: "iris",
    handwritten: "iris",
    others: [
      {
        file: "iris-skipping",
        what: "Iris by hand, passing over the gradients of silent units, which is wrong where an input is infinite",
      },
    ],
    batch: 16,
    stepsFromStart: 200,
    bar: 2,
    data: (compilation) => firstRows(compilation, "iris.csv", 16, 9),
  },
  {
    title: "MNIST 784-128-10, batch 64, SGD",
    network: "mnist",
    handwritten: "mnist",
    others: [{ file: "mnist-naive", what: "MNIST by hand in plain nested loops" }],
    batch: 64,
    stepsFromStart: 4,
    bar: 1,
    data: () => {
      const { images, labels } = readDigits("train", 64);
      return [images, labels];
    },
  },
];

/** `count` samples of an example's data, every `stride`-th row, standardised. */
function firstRows(compilation: Compilation, file: string, count: number, stride = 1): readonly Samples[] {
  const text = readFileSync(new URL(`../examples/data/${file}`, import.meta.url), "utf8");
  const table = readTable({ name: file, text });
  const rows = table.rows.filter((_, row) => row % stride === 0).slice(0, count);
  const standardise = file === "iris.csv";
  return prepareData(compilation, { ...table, rows }, { standardise }).training.map(({ values }) => values);
}
