import { readFileSync } from "node:fs";
import { type BatchArray, integers, pixels, sequences, uniform } from "./data.ts";

/** A training step that many can take. */
export interface Workload {
  /** What the command line calls it, and every contestant's programs. */
  readonly name: string;
  readonly title: string;
  /** The text of its network. */
  readonly network: () => string;
  readonly batch: number;
  /**
   * Steps to take from the initial parameters before they are put back: training one batch for ever would end in
   * vanishing gradients, which are not what a step usually works on.
   */
  readonly stepsFromStart: number;
  /** The input, then the target. */
  readonly data: () => readonly [BatchArray, BatchArray];
  readonly bars: Bars;
}

/** What is asked of the contestant that is judged, as its time divided by another's. */
export interface Bars {
  readonly c?: number;
  readonly torch?: number;
  /** Of whichever library in JavaScript is the fastest. */
  readonly library: number;
}

/** Its path is from `bench/`. */
function file(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
}

const half = 1 / 2;

export const workloads: readonly Workload[] = [
  {
    name: "linear-regression",
    title: "linear regression, batch 10, SGD",
    network: () => file("../examples/linear-regression.nabla"),
    batch: 10,
    stepsFromStart: 5000,
    data: () => {
      const x = Float64Array.from({ length: 10 }, (_, n) => n + 1);
      const noise = uniform(1, 10, -1, 1);
      const y = x.map((value, n) => Math.fround(2 * value + (noise[n] ?? NaN)));
      return [
        { name: "x", values: x, shape: [10] },
        { name: "y", values: y, shape: [10] },
      ];
    },
    bars: { c: 1.5, library: half },
  },
  {
    name: "xor",
    title: "XOR 2-4-1, tanh, sigmoid, batch 4, SGD",
    network: () => file("../examples/xor.nabla"),
    batch: 4,
    stepsFromStart: 1000,
    data: () => [
      { name: "x", values: Float64Array.of(0, 0, 0, 1, 1, 0, 1, 1), shape: [4, 2] },
      { name: "t", values: Float64Array.of(0, 1, 1, 0), shape: [4, 1] },
    ],
    bars: { c: 1.5, library: half },
  },
  {
    name: "iris",
    title: "4-16-3, relu, batch 16, Adam",
    network: () => file("../examples/iris.nabla"),
    batch: 16,
    stepsFromStart: 200,
    data: () => [
      { name: "x", values: uniform(2, 16 * 4, -2, 2), shape: [16, 4] },
      { name: "t", values: integers(3, 16, 3), shape: [16] },
    ],
    bars: { c: 1.5, library: half },
  },
  {
    name: "mnist",
    title: "784-128-10, relu, batch 64, SGD",
    network: () => file("../examples/mnist.nabla"),
    batch: 64,
    stepsFromStart: 20,
    data: () => [
      { name: "x", values: pixels(4, 64 * 784), shape: [64, 784] },
      { name: "t", values: integers(5, 64, 10), shape: [64] },
    ],
    bars: { torch: 2.5, library: half },
  },
  {
    name: "lenet",
    title: "LeNet on 28×28, batch 32, momentum",
    network: () => file("networks/lenet.nabla"),
    batch: 32,
    stepsFromStart: 20,
    data: () => [
      { name: "x", values: pixels(6, 32 * 784), shape: [32, 1, 28, 28] },
      { name: "t", values: integers(7, 32, 10), shape: [32] },
    ],
    bars: { torch: 1, library: 1 / 20 },
  },
  {
    name: "lstm",
    title: "LSTM of 64, T 32, batch 16, Adam",
    network: () => file("networks/lstm.nabla"),
    batch: 16,
    stepsFromStart: 20,
    data: () => sequenceData(8, 16, 32),
    bars: { torch: 1, library: half },
  },
  {
    name: "gpt",
    title: "GPT of two blocks, T 32, batch 8, AdamW",
    network: () => file("networks/gpt.nabla"),
    batch: 8,
    stepsFromStart: 20,
    data: () => sequenceData(9, 8, 64),
    bars: { torch: 1, library: half },
  },
];

/** Ids, and what follows each, of `length` places. */
export function sequenceData(
  stream: number,
  samples: number,
  categories: number,
  length = 32,
): readonly [BatchArray, BatchArray] {
  const { ids, next } = sequences(stream, samples, length, categories);
  return [
    { name: "ids", values: ids, shape: [samples, length] },
    { name: "next", values: next, shape: [samples, length] },
  ];
}
