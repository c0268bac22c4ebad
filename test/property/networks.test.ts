import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { derive } from "../../src/derive.ts";
import type { Node } from "../../src/graph/index.ts";
import { readNetwork } from "../../src/language/index.ts";
import { relativeError, sizeFloor } from "../../src/verify/compare.ts";
import { Random } from "../../src/verify/data.ts";
import { differenceAlong, evaluate, pushDual, verifyModule } from "../../src/verify/index.ts";
import { measureGradients } from "../../src/verify/tape.ts";
import { plainDerived, plainNetwork } from "../../src/verify/plain.ts";
import { drawPoint } from "../../src/verify/point.ts";
import { randomNetwork, sourceOf } from "../support/random-network.ts";

/** fast-check prints the seed and the shrunk network when a property fails. */
const seed = 20_240_607;

/** The tape runs the network as written, before stabilising, so it bears a few more roundings than the code does. */
const tapeTolerance = 1e-11;

const read = (text: string) => readNetwork({ name: "random.nabla", text });

describe("random networks", () => {
  it("the derived gradient, the tape, duals and differences agree", () => {
    let estimates = 0;
    fc.assert(
      fc.property(randomNetwork.map(sourceOf), fc.integer({ min: 0, max: 1000 }), (text, pointSeed) => {
        const written = read(text);
        const network = plainNetwork(written);
        const { gradients } = plainDerived(derive(written), network);
        const random = new Random(pointSeed);
        const point = drawPoint(network, 3, random, "f64");
        if (point === undefined) throw new Error("no point is finite");
        const leaves = network.parameters.map(({ node }) => node);
        const tape = measureGradients(network.loss, leaves, point);
        const floorOf = (node: Node) => sizeFloor(tape.termSizes.get(node) ?? 0, "tape", "f64");
        const values = evaluate(
          gradients.map(({ node }) => node),
          point,
        );
        const derived = gradients.map(({ parameter, node }) => ({
          quantity: parameter.name,
          generated: values.get(node) ?? [],
          judged: tape.gradients.get(parameter.node) ?? [],
          floor: floorOf(parameter.node),
        }));
        for (const each of derived) expect(relativeError(each)).toBeLessThanOrEqual(tapeTolerance);

        // One random direction through all parameters at once.
        const direction = new Map(
          leaves.map((node) => [node, random.direction(tape.gradients.get(node)?.length ?? 0)]),
        );
        const slope = [...direction].reduce(
          (sum, [node, v]) =>
            sum + v.reduce((part, each, k) => part + each * (tape.gradients.get(node)?.[k] ?? NaN), 0),
          0,
        );
        const dual = pushDual(network.loss, direction, point).tangent;
        const floor = Math.max(...leaves.map(floorOf));
        const alongDual = { quantity: "slope", generated: [slope], judged: dual, floor };
        expect(relativeError(alongDual)).toBeLessThanOrEqual(1e-12);
        const difference = differenceAlong(network.loss, direction, point);
        if (difference.kind === "skipped") return;
        estimates += 1;
        const gap = Math.abs(slope - difference.derivative);
        expect(gap).toBeLessThanOrEqual(Math.max(1e-6 * Math.abs(slope), 10 * difference.error));
        expect(difference.error).toBeLessThanOrEqual(1e-6 * Math.max(Math.abs(slope), Math.abs(tape.loss)));
      }),
      { seed, numRuns: 80 },
    );
    expect(estimates).toBeGreaterThan(60);
  }, 60_000);

  it.each(["unrolled", "rows", "tiled"] as const)(
    "code with the %s schedule does what the interpreter does",
    async (schedule) => {
      await fc.assert(
        fc.asyncProperty(
          randomNetwork.map(sourceOf),
          fc.integer({ min: 0, max: 1000 }),
          async (text, pointSeed) => {
            const compilation = await compile({ name: "random.nabla", text }, { schedule });
            const against = ["interpreter", "tape"] as const;
            const { checks } = await verifyModule({ ...compilation, against, seed: pointSeed });
            expect(checks.filter(({ ok }) => !ok)).toEqual([]);
          },
        ),
        { seed: seed + schedule.length, numRuns: 8 },
      );
    },
    60_000,
  );
});
