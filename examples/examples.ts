import { readFileSync } from "node:fs";
import type { Compilation } from "../src/compile.ts";
import {
  type GeneratedModule,
  type PreparationOptions,
  prepareData,
  type PreparedData,
  readTable,
} from "../src/train/index.ts";
import { bookData, writeOn } from "./book.ts";
import { readDigits } from "./mnist-data.ts";

/** One network of this folder, with the data it is trained on. */
export interface Example {
  /** Of the network's file, without `.nabla`. */
  readonly name: string;
  /** Each splits the samples and trains in its own way; the first is the one that is shown in full. */
  readonly seeds: readonly number[];
  readonly data: (compilation: Compilation, seed: number) => PreparedData;
  /** What training must come to; see `Goal`. */
  readonly goal: Goal;
  /** Where training takes minutes: what `npm start` trains on instead, the first so many samples, and comes to. */
  readonly short?: { readonly samples: number; readonly goal: Goal };
  /** The network in small, for judges that would take minutes for the whole. */
  readonly small?: (text: string) => string;
  /** What the trained network can do, line by line. */
  readonly show?: (generated: GeneratedModule, parameters: Float64Array, data: PreparedData) => string;
}

/** Mean score over all seeds: on held-out samples, or on the training samples where none are held out. */
export interface Goal {
  readonly on: "training" | "heldOut";
  /** Of accuracy or R². */
  readonly least?: number;
  /** Of bits a label, where a sample has several: bits per character. */
  readonly most?: number;
}

const once = [0];

/** What one split of a few samples says is partly luck: each of 30 irises counts 0.033. */
const splits = Array.from({ length: 24 }, (_, seed) => seed);

/** The seeds are fixed, so that every run prints the same. */
export const examples: readonly Example[] = [
  {
    name: "linear-regression",
    seeds: once,
    data: table("line.csv", {}),
    goal: { on: "training", least: 0.999999 },
  },
  { name: "xor", seeds: once, data: table("xor.csv", {}), goal: { on: "training", least: 1 } },
  {
    name: "logistic-regression",
    seeds: splits,
    data: table("penguins.csv", { standardise: true, validation: 0.2 }),
    goal: { on: "heldOut", least: 0.87 },
  },
  {
    name: "penguins",
    seeds: splits,
    data: table("penguins.csv", { standardise: true, validation: 0.2 }),
    goal: { on: "heldOut", least: 0.87 },
  },
  {
    name: "iris",
    seeds: splits,
    data: table("iris.csv", { standardise: true, validation: 0.2 }),
    goal: { on: "heldOut", least: 0.95 },
  },
  {
    name: "mileage",
    seeds: splits,
    data: table("cars.csv", {
      columns: "x = cylinders..year; origin = origin; t = milesPerGallon",
      standardise: true,
      validation: 0.2,
    }),
    goal: { on: "heldOut", least: 0.86 },
  },
  {
    name: "mnist",
    seeds: once,
    data: digits(30_000),
    goal: { on: "heldOut", least: 0.95 },
    short: { samples: 12_000, goal: { on: "heldOut", least: 0.92 } },
  },
  {
    name: "lenet",
    seeds: once,
    data: digits(60_000),
    goal: { on: "heldOut", least: 0.98 },
    short: { samples: 4000, goal: { on: "heldOut", least: 0.9 } },
    small: (text) => text.replace("[1, 28, 28]", "[1, 16, 16]").replace("120", "12").replace("84", "8"),
  },
  {
    name: "lstm",
    seeds: once,
    data: (compilation) => bookData(compilation, 48),
    goal: { on: "heldOut", most: 2.6 },
    short: { samples: 1600, goal: { on: "heldOut", most: 3.5 } },
    small: (text) =>
      text.replaceAll("48", "6").replaceAll("96", "5").replaceAll("80", "9").replaceAll("32", "4"),
    show: (generated, parameters, data) => writeOn(generated, parameters, data, 400),
  },
  {
    name: "gpt",
    seeds: once,
    data: (compilation) => bookData(compilation, 48),
    goal: { on: "heldOut", most: 2.6 },
    short: { samples: 700, goal: { on: "heldOut", most: 4 } },
    small: (text) => text.replaceAll("64", "8").replaceAll("80", "9"),
    show: (generated, parameters, data) => writeOn(generated, parameters, data, 400),
  },
];

/** The first `samples` of the training samples. */
export function firstSamples(data: PreparedData, samples: number): PreparedData {
  const count = Math.min(samples, data.samples);
  const training = data.training.map(({ slot, values }) => ({
    slot,
    values: values.subarray(0, (values.length / data.samples) * count),
  }));
  return { ...data, training, samples: count };
}

function table(file: string, options: PreparationOptions): Example["data"] {
  return (compilation, seed) => {
    const text = readFileSync(new URL(`data/${file}`, import.meta.url), "utf8");
    return prepareData(compilation, readTable({ name: `examples/data/${file}`, text }), { ...options, seed });
  };
}

/** The first `count` of 60,000 training images, and all test images, which come from other writers. */
function digits(count: number): Example["data"] {
  return ({ program }) => digitsFor(program, count);
}

function digitsFor(program: Compilation["program"], count: number): PreparedData {
  const [images, labels] = [program.inputs[0], program.targets[0]];
  if (images === undefined || labels === undefined)
    throw new Error("a network of digits has an input and a target");
  const training = readDigits("train", count);
  const test = readDigits("t10k", 10_000);
  const slots = (part: typeof training): PreparedData["training"] => [
    { slot: images, values: part.images },
    { slot: labels, values: part.labels },
  ];
  return {
    training: slots(training),
    heldOut: slots(test),
    samples: training.labels.length,
    heldOutSamples: test.labels.length,
    incompleteRows: 0,
    scalings: {},
    labels: {},
    oneHot: [],
    columns: undefined,
  };
}
