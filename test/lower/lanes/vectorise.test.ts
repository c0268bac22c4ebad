import { describe, expect, it } from "vitest";
import { lowerProgram } from "../../../src/lower/index.ts";
import type { ScheduleName, Statement } from "../../../src/program/index.ts";
import { seededRandom } from "../../operations/random.ts";
import { expectMeaning } from "../check.ts";
import { randomSinks } from "../random.ts";

const ways = (["unrolled", "tiled"] as const satisfies readonly ScheduleName[]).flatMap((schedule) =>
  [2, 4].map((lanes) => ({ schedule, lanes })),
);

function vectorLoops(statements: readonly Statement[]): readonly Statement[] {
  return statements.flatMap((each) => {
    const inside = "body" in each ? vectorLoops(each.body) : [];
    return each.kind === "loop" && each.lanes !== undefined ? [each, ...inside] : inside;
  });
}

/** Batches smaller than a vector, of whole vectors, and with samples left over. */
describe.each(ways)("random graphs in $lanes lanes, $schedule", ({ schedule, lanes }) => {
  const programs = Array.from({ length: 25 }, (_, k) => {
    const sinks = randomSinks(seededRandom(k + 1));
    return {
      seed: k + 1,
      sinks,
      program: lowerProgram({ name: "gradient", sinks, names: new Map(), schedule, batchSize: 8, lanes }),
    };
  });

  it.each(programs)("seed $seed", ({ seed, sinks, program }) => {
    for (const batch of [1, lanes, lanes + 1, 9]) expectMeaning(program, sinks, batch, seed);
  });

  it("puts loops of most into lanes", () => {
    const vectorised = programs.filter(({ program }) => vectorLoops(program.body).length > 0);
    expect(vectorised.length).toBeGreaterThan(12);
  });
});
