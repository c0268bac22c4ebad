import { expect, it } from "vitest";
import { transformer } from "../../bench/blocks.ts";
import { derive } from "../../src/derive.ts";
import { readNetwork } from "../../src/language/index.ts";
import { lowerModule } from "../../src/lower/index.ts";
import { growthOf, workOf } from "../support/work.ts";

/*
 * Repeated blocks: three, six and nine of a Transformer. Sizes are small beside those of growth.test.ts, and what lists
 * of programs cost still shows a little (1.10 at the time of writing); work that is quadratic in the blocks would give 5/3.
 */

const read = (blocks: number) => readNetwork({ name: "blocks.nabla", text: transformer(blocks) });

it("the work for a Transformer grows with its blocks", { timeout: 120_000 }, () => {
  read(1); // with the prelude, once
  const options = {
    name: "blocks",
    optimizer: { name: "adamw", options: {} },
    precision: "f64",
    batchSize: 16,
    epochs: 1,
    schedule: "tiled",
  } as const;
  const work = new Map(
    [3, 6, 9].map((blocks) => {
      const reading = workOf(() => read(blocks));
      const network = read(blocks);
      const deriving = workOf(() => derive(network));
      const derived = derive(read(blocks));
      const lowering = workOf(() => lowerModule(derived, options));
      return [blocks, { reading, deriving, lowering }];
    }),
  );
  for (const part of ["reading", "deriving", "lowering"] as const)
    expect(
      growthOf(3, (blocks) => work.get(blocks)?.[part] ?? NaN),
      part,
    ).toBeLessThan(1.2);
});
