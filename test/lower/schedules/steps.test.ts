import { describe, it } from "vitest";
import { assemble, type Assembled } from "../../../src/lower/assemble.ts";
import { rowsSteps, tiledSteps } from "../../../src/lower/schedules/loops.ts";
import type { Step } from "../../../src/lower/schedules/step.ts";
import { condensingSteps, flatteningSteps, piecewiseSteps } from "../../../src/lower/schedules/unrolled.ts";
import { flatteningInLanes, laneSteps, vectorSteps } from "../../../src/lower/schedules/vectors.ts";
import type { Program } from "../../../src/program/index.ts";
import { expectMeaning, sinksOf } from "../check.ts";
import { classifier, linearRegression, sharedTerm, type TestNetwork, xor } from "../networks.ts";

const pipelines: Readonly<
  Record<string, { readonly order: "sample" | "nest"; readonly steps: readonly Step[] }>
> = {
  unrolled: { order: "sample", steps: [...flatteningSteps([]), ...condensingSteps] },
  "unrolled, parameters in memory": {
    order: "sample",
    steps: [...flatteningSteps(["parameter", "gradient"]), ...condensingSteps],
  },
  "in pieces": { order: "sample", steps: piecewiseSteps(1500) },
  rows: { order: "sample", steps: rowsSteps },
  tiled: { order: "nest", steps: tiledSteps({ overOld: false, manySamples: false }) },
  "samples in lanes": { order: "sample", steps: [...flatteningInLanes, ...laneSteps(4)] },
  "for vectors": { order: "nest", steps: vectorSteps(4) },
  "tiled, for whole batches": { order: "nest", steps: tiledSteps({ overOld: true, manySamples: true }) },
};

const networks: Readonly<Record<string, () => TestNetwork>> = {
  "linear regression": () => linearRegression(),
  xor: () => xor(),
  "a term that all samples share": () => sharedTerm(),
  "5-7-6, Adam": () => classifier([5, 7, 6], "adam"),
};

/** Long rows, whose sums grow side by side, and which straight-line code has no use for. */
const longRows: typeof networks = {
  "17-65-3, SGD": () => classifier([17, 65, 3], "sgd"),
};

function program({ buffers, body }: Assembled): Program {
  return { name: "trainStep", buffers, body, schedule: "rows", scheduleReason: "" };
}

describe.each(Object.entries(pipelines))("every rewrite of %s keeps the meaning", (_, { order, steps }) => {
  it.each(Object.entries({ ...networks, ...(order === "nest" ? longRows : {}) }))("%s", (__, make) => {
    const network = make();
    const sinks = sinksOf(network)["trainStep"] ?? [];
    let current = assemble({ sinks, names: network.names, batchOrder: order, batchSize: 4 });
    for (const step of steps) {
      current = step.apply(current);
      for (const batch of [1, 6]) expectMeaning(program(current), sinks, batch, batch);
    }
  });
});
