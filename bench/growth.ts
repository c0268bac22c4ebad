import { type BatchArray, integers, uniform } from "./peers/data.ts";
import { Child } from "./peers/child.ts";
import { contestants, judged } from "./peers/contestants.ts";
import { ProgramFolder } from "./peers/folder.ts";
import { prepareTask } from "./peers/task.ts";
import { sequenceData, type Workload } from "./peers/workloads.ts";
import { format, table } from "./markdown.ts";
import { median } from "./race.ts";

/** Networks that differ in one size. */
interface Series {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly network: (size: number) => string;
  readonly batch: (size: number) => number;
  readonly data: (size: number) => readonly [BatchArray, BatchArray];
}

/** What a step costs, at each size. */
export interface Growth {
  readonly name: string;
  readonly points: readonly GrowthPoint[];
}

export interface GrowthPoint {
  readonly size: number;
  /** Median, µs a step. */
  readonly time: number;
  /** Scalar operations of loss and gradients, for the whole batch. */
  readonly operations: number;
}

const classifier = (inputs: number, hidden: string, batch: number): string => `x = input([${inputs}])
t = target({categories: 10})
${hidden}
logits = dense(h, 10)
loss = crossEntropyFromLogits(logits, t)
training = {optimizer: sgd, batchSize: ${batch}}
`;

const sequenceModel = (
  length: number,
  hidden: string,
  batch: number,
): string => `ids = input([${length}], {categories: 64})
next = target([${length}], {categories: 64})
x = embedding(ids, 64)
${hidden}
logits = dense(h, 64)
loss = crossEntropyFromLogits(logits, next)
training = {optimizer: sgd, batchSize: ${batch}}
`;

const classified = (inputs: number, batch: number): readonly [BatchArray, BatchArray] => [
  { name: "x", values: uniform(10, batch * inputs, -1, 1), shape: [batch, inputs] },
  { name: "t", values: integers(11, batch, 10), shape: [batch] },
];

const relu = "{activation: relu}";

const series: readonly Series[] = [
  {
    name: "batch of 784-128-10",
    sizes: [4, 16, 64, 256],
    network: (size) => classifier(784, `h = dense(x, 128, ${relu})`, size),
    batch: (size) => size,
    data: (size) => classified(784, size),
  },
  {
    name: "width of 64-w-w-10, batch 64",
    sizes: [16, 32, 64, 128, 256, 512],
    network: (size) => classifier(64, `h = dense(dense(x, ${size}, ${relu}), ${size}, ${relu})`, 64),
    batch: () => 64,
    data: () => classified(64, 64),
  },
  {
    name: "depth, layers of 64, batch 64",
    sizes: [1, 2, 4, 8, 16, 32],
    network: (size) => classifier(64, `h = repeat(${size}, layer(z) = dense(z, 64, ${relu}), x)`, 64),
    batch: () => 64,
    data: () => classified(64, 64),
  },
  {
    name: "places of an LSTM of 64, batch 8",
    sizes: [8, 16, 32, 64, 128],
    network: (size) => sequenceModel(size, "h = lstm(x, 64)", 8),
    batch: () => 8,
    data: (size) => sequenceData(12, 8, 64, size),
  },
  {
    name: "places of a Transformer block of 64, batch 4",
    sizes: [8, 16, 32, 64, 128, 256],
    network: (size) => sequenceModel(size, "h = transformerBlock(x, {heads: 4, causal: true})", 4),
    batch: () => 4,
    data: (size) => sequenceData(13, 4, 64, size),
  },
];

const repetitions = 5;
const milliseconds = 60;
const warmUp = 400;

/** Times the steps of the contestant that is judged, at all sizes. */
export async function measureGrowth(): Promise<readonly Growth[]> {
  const folder = new ProgramFolder();
  try {
    const all: Growth[] = [];
    for (const [k, each] of series.entries()) {
      const points: GrowthPoint[] = [];
      for (const size of each.sizes)
        points.push(await measurePoint(each, `growth-${k}-${size}`, size, folder));
      all.push({ name: each.name, points });
    }
    return all;
  } finally {
    folder.close();
  }
}

async function measurePoint(
  each: Series,
  name: string,
  size: number,
  folder: ProgramFolder,
): Promise<GrowthPoint> {
  const batch = each.batch(size);
  const workload: Workload = {
    name,
    title: `${each.name}, ${size}`,
    network: () => each.network(size),
    batch,
    stepsFromStart: 20,
    data: () => each.data(size),
    bars: { library: Infinity },
  };
  const task = await prepareTask(workload, folder, false);
  const command = await contestants.find(({ title }) => title === judged.title)?.prepare(task);
  if (command === undefined || "absent" in command) throw new Error(`${judged.title} cannot be started`);
  const child = new Child(command);
  try {
    await child.begin();
    await child.time(warmUp);
    const times: number[] = [];
    for (let repetition = 0; repetition < repetitions; repetition++)
      times.push(await child.time(milliseconds));
    return { size, time: median(times), operations: task.costs.lossAndGradients * batch };
  } finally {
    child.kill();
  }
}

/** The part of the report that is on how a step's cost grows; `plot` is the name of the file with the picture of it. */
export function growthReport(all: readonly Growth[], plot: string): string {
  const rows = all.flatMap(({ name, points }) =>
    points.map(({ size, time, operations }) => [
      name,
      String(size),
      format(time),
      format(operations / 1e6),
      format(operations / (time * 1000)),
    ]),
  );
  return `## How the cost grows

A step of ${judged.title}, SGD, as one size grows; beside it the scalar operations of loss and gradients, of all samples. The
dashed lines of the picture are the operations, at the best rate that the line above them reaches.

![Time of a step over batch, width, depth and length](${plot})

${table(["size", "is", "µs a step", "million operations", "operations a ns"], rows)}`;
}
