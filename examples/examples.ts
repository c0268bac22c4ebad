import { readFileSync } from "node:fs";
import type { Compilation } from "../src/compile.ts";
import { type PreparationOptions, prepareData, type PreparedData, readTable } from "../src/train/index.ts";
import { readDigits } from "./mnist-data.ts";

/** One network of this folder, with the data it is trained on. */
export interface Example {
  /** Of the network's file, without `.nabla`. */
  readonly name: string;
  readonly seed: number;
  readonly data: (compilation: Compilation, seed: number) => PreparedData;
  /** What training must at least come to; see `Goal`. */
  readonly goal: Goal;
}

/** Accuracy or R² on held-out samples, or on the training samples where none are held out. */
export interface Goal {
  readonly on: "training" | "heldOut";
  readonly least: number;
}

/**
 * Each is split and trained by one fixed seed, so that every run prints the same. What one split of a few samples says is
 * partly luck; the tests take the mean over many.
 */
export const examples: readonly Example[] = [
  {
    name: "linear-regression",
    seed: 0,
    data: table("line.csv", {}),
    goal: { on: "training", least: 0.999999 },
  },
  { name: "xor", seed: 1, data: table("xor.csv", {}), goal: { on: "training", least: 1 } },
  {
    name: "logistic-regression",
    seed: 0,
    data: table("penguins.csv", { standardise: true, validation: 0.2 }),
    goal: { on: "heldOut", least: 0.85 },
  },
  {
    name: "iris",
    seed: 1,
    data: table("iris.csv", { standardise: true, validation: 0.2 }),
    goal: { on: "heldOut", least: 0.95 },
  },
  {
    name: "mileage",
    seed: 0,
    data: table("cars.csv", {
      columns: "x = cylinders..year; origin = origin; t = milesPerGallon",
      standardise: true,
      validation: 0.2,
    }),
    goal: { on: "heldOut", least: 0.8 },
  },
  { name: "mnist", seed: 0, data: digits, goal: { on: "heldOut", least: 0.95 } },
];

function table(file: string, options: PreparationOptions): Example["data"] {
  return (compilation, seed) => {
    const text = readFileSync(new URL(`data/${file}`, import.meta.url), "utf8");
    return prepareData(compilation, readTable({ name: `examples/data/${file}`, text }), { ...options, seed });
  };
}

/** Half of the training images, and all test images, which come from other writers. */
function digits({ program }: Compilation): PreparedData {
  const [images, labels] = [program.inputs[0], program.targets[0]];
  if (images === undefined || labels === undefined) throw new Error("mnist.nabla has an input and a target");
  const training = readDigits("train", 30_000);
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
    scalings: {},
    labels: {},
  };
}
