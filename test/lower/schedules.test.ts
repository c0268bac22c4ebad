import { describe, it } from "vitest";
import { lowerProgram } from "../../src/lower/index.ts";
import type { ScheduleName } from "../../src/program/index.ts";
import { expectMeaning, sinksOf } from "./check.ts";
import { classifier, linearRegression, type TestNetwork, xor } from "./networks.ts";

const networks: Readonly<Record<string, () => TestNetwork>> = {
  "linear regression, SGD": () => linearRegression(),
  "XOR 2-4-1, SGD": () => xor(),
  "XOR 2-4-1, momentum": () => xor("momentum"),
  "4-16-3, Adam": () => classifier([4, 16, 3], "adam"),
  "5-7-6, SGD": () => classifier([5, 7, 6], "sgd"),
  "66-7-3, SGD": () => classifier([66, 7, 3], "sgd"), // rows long enough for sums to grow side by side
  "17-64-3, Adam": () => classifier([17, 64, 3], "adam"), // and worth a transposed matrix
};

const schedules: readonly (ScheduleName | "auto")[] = ["unrolled", "rows", "tiled", "auto"];

describe.each(Object.entries(networks))("%s", (_, make) => {
  const network = make();
  describe.each(schedules)("%s", (schedule) => {
    it.each(Object.entries(sinksOf(network)))("%s computes what the graph means", (name, sinks) => {
      const program = lowerProgram({ name, sinks, names: network.names, schedule, batchSize: 16 });
      for (const batch of [1, 3, 4, 5, 8]) expectMeaning(program, sinks, batch, batch);
    });
  });
});
