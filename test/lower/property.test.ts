import { describe, expect, it } from "vitest";
import { lowerProgram } from "../../src/lower/index.ts";
import type { ScheduleName } from "../../src/program/index.ts";
import { seededRandom } from "../operations/random.ts";
import { expectMeaning } from "./check.ts";
import { randomSinks } from "./random.ts";

const schedules: readonly ScheduleName[] = ["unrolled", "rows", "tiled"];

describe.each(schedules)("random graphs, %s", (schedule) => {
  it.each(Array.from({ length: 60 }, (_, k) => k + 1))("seed %i", (seed) => {
    const sinks = randomSinks(seededRandom(seed));
    const program = lowerProgram({ name: "gradient", sinks, names: new Map(), schedule, batchSize: 4 });
    expect(program.schedule).toBe(schedule);
    for (const batch of [1, 3, 4, 5]) expectMeaning(program, sinks, batch, seed);
  });
});
