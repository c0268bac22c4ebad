import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { derive } from "../../src/derive.ts";
import type { Node } from "../../src/graph/index.ts";
import { readNetwork } from "../../src/language/index.ts";
import { assemble } from "../../src/lower/assemble.ts";
import type { Sink } from "../../src/lower/index.ts";
import { leastBytecode } from "../../src/lower/least-bytecode.ts";
import { NameSupply } from "../../src/lower/names.ts";
import { predictBytecode } from "../../src/lower/predict.ts";
import { runSteps } from "../../src/lower/schedules/step.ts";
import { condensingSteps, flatteningSteps } from "../../src/lower/schedules/unrolled.ts";
import { unrolledSize } from "../../src/lower/unrolled-size.ts";
import {
  affineConstant,
  type Buffer,
  type BufferRole,
  type Expression,
  scalarApply,
  scalarNumber,
  type Statement,
} from "../../src/program/index.ts";
import { expandForLowering } from "../../src/rewrite/index.ts";
import { seededRandom } from "../operations/random.ts";
import { randomNetwork, sourceOf } from "../support/random-network.ts";
import { gradientBuffer, sinksOf } from "./check.ts";
import { classifier, linearRegression, type TestNetwork, xor } from "./networks.ts";
import { randomSinks } from "./random.ts";

interface Case {
  readonly sinks: readonly Sink[];
  readonly names?: ReadonlyMap<Node, string>;
  readonly batchSize: number;
  readonly resident?: readonly BufferRole[];
}

/** The bounds, and the bytecode predicted for the program that they are bounds of. */
function sizesOf({ sinks, names = new Map(), batchSize, resident = [] }: Case) {
  const plain = assemble({ sinks, names, batchOrder: "sample", batchSize });
  const flat = runSteps(plain, flatteningSteps(resident));
  return {
    stores: unrolledSize(plain).leastBytes,
    least: leastBytecode(flat.body, flat.buffers),
    predicted: predictBytecode(runSteps(flat, condensingSteps).body),
  };
}

function expectBounds(each: Case): void {
  const { stores, least, predicted } = sizesOf(each);
  expect(stores).toBeLessThanOrEqual(predicted);
  expect(least).toBeLessThanOrEqual(predicted);
}

/** What the programs of a network file deliver. */
function sinksOfFile(text: string): Readonly<Record<string, readonly Sink[]>> {
  const network = readNetwork({ name: "network.nabla", text });
  const { loss, gradients, updates } = derive(network);
  const values = updates.map(({ value }) => value);
  const roots = [loss, ...gradients.map(({ node }) => node), ...values];
  const { replace } = expandForLowering(network.graph, roots);
  const result: Sink = { kind: "return", node: replace(loss) };
  const gradient = gradients.map(({ parameter, node }): Sink => {
    const replaced = replace(node);
    return { kind: "store", buffer: gradientBuffer(parameter.name, replaced), node: replaced };
  });
  const update = updates.map(({ target, value }): Sink => ({ kind: "update", target, node: replace(value) }));
  return { loss: [result], gradient: [...gradient, result], trainStep: [...update, result] };
}

const networks: Readonly<Record<string, () => TestNetwork>> = {
  "linear regression": () => linearRegression(),
  "XOR, momentum": () => xor("momentum"),
  "4-16-3, Adam": () => classifier([4, 16, 3], "adam"),
  "16-32-8, SGD": () => classifier([16, 32, 8], "sgd"),
};

const examples = ["iris", "linear-regression", "logistic-regression", "mileage", "xor"];

describe("the least bytecode is never more than what straight-line code takes", () => {
  describe.each(Object.entries(networks))("%s", (_, make) => {
    const network = make();
    it.each(Object.entries(sinksOf(network)))("%s", (__, sinks) => {
      for (const resident of [[], ["parameter", "gradient"]] as const) {
        expectBounds({ sinks, names: network.names, batchSize: 16, resident });
      }
    });
  });

  it.each(examples)("examples/%s.nabla", (name) => {
    const text = readFileSync(`examples/${name}.nabla`, "utf8");
    for (const sinks of Object.values(sinksOfFile(text))) expectBounds({ sinks, batchSize: 32 });
  });

  it("random graphs", () => {
    for (let seed = 1; seed <= 120; seed += 1) {
      expectBounds({ sinks: randomSinks(seededRandom(seed)), batchSize: 4 + (seed % 4) });
    }
  });

  it("random networks", () => {
    fc.assert(
      fc.property(randomNetwork.map(sourceOf), fc.constantFrom(1, 5, 7), (text, batchSize) => {
        for (const sinks of Object.values(sinksOfFile(text))) expectBounds({ sinks, batchSize });
      }),
      { seed: 20_240_608, numRuns: 30 },
    );
  }, 30_000);
});

/** The squared error of Σ wᵢxᵢ of n elements, and its gradient. */
function dotProduct(n: number): readonly Sink[] {
  return sinksOfFile(`x = input([${n}])\nt = target()\nw = parameter([${n}])\nloss = squaredError(w * x, t)`)[
    "gradient"
  ] as readonly Sink[]; // the table has it
}

describe("the least bytecode is close enough to tell what is hopeless", () => {
  it("without condensing it", () => {
    const { least, predicted } = sizesOf({ sinks: dotProduct(200), batchSize: 8 });
    expect(least).toBeGreaterThan(predicted / 2);
  });

  it("without even unrolling it, where there is much to store", () => {
    const sinks = sinksOfFile(
      "k = input([1], {categories: 5000})\nt = target([1, 2])\nE = parameter([5000, 2])\n" +
        "loss = squaredError(gather(E, k), t)",
    );
    const plain = assemble({
      sinks: sinks["gradient"] ?? [],
      names: new Map(),
      batchOrder: "sample",
      batchSize: 8,
    });
    expect(unrolledSize(plain).leastBytes).toBeGreaterThan(10 * 5000);
  });
});

describe("the number of statements before unrolling", () => {
  it("is the number after it", () => {
    const countAll = (statements: readonly Statement[]): number =>
      statements.reduce(
        (sum, each) => sum + 1 + (each.kind === "loop" || each.kind === "piece" ? countAll(each.body) : 0),
        0,
      );
    const unrolling = flatteningSteps([]).filter(({ name }) => name.startsWith("unroll"));
    for (let seed = 1; seed <= 50; seed += 1) {
      const sinks = randomSinks(seededRandom(seed));
      const plain = assemble({ sinks, names: new Map(), batchOrder: "sample", batchSize: 4 });
      expect(unrolledSize(plain).statements).toBe(countAll(runSteps(plain, unrolling).body));
    }
  });
});

describe("what later steps take away is not counted", () => {
  const places = [0, 1, 2, 3, 4, 5, 6, 7];
  const x = (place: number): Expression => ({ kind: "load", buffer: "x", offset: affineConstant(place) });
  const store = (place: number, value: Expression): Statement => {
    return { kind: "store", buffer: "y", offset: affineConstant(place), value, accumulate: false };
  };
  const bodies: Readonly<Record<string, readonly Statement[]>> = {
    "products with one": places.map((k) => store(k, scalarApply("multiply", scalarNumber(1), x(k)))),
    "equal values": places.map((k) => store(k, scalarApply("exp", x(0)))),
    "sums equal but for their order": places.map((k) =>
      store(k, scalarApply("add", x(k % 2), x((k + 1) % 2))),
    ),
    "values that are overwritten": places.map((k) => store(0, scalarApply("exp", x(k)))),
    "branches not taken": places.map((k) =>
      store(k, scalarApply("select", scalarNumber(1), x(0), scalarApply("exp", x(k)))),
    ),
    "sums that become choices": places.map((k) => {
      const choice = (yes: number, no: number): Expression =>
        scalarApply("select", x(0), scalarNumber(yes), scalarNumber(no));
      return store(k, k === 0 ? choice(3, 2) : scalarApply("add", scalarNumber(2), choice(1, 0)));
    }),
  };
  const buffer = (name: string, role: BufferRole): Buffer => {
    return { name, role, element: "real", shape: [8], batched: false };
  };

  it.each(Object.entries(bodies))("%s", (_, body) => {
    const buffers = [buffer("x", "parameter"), buffer("y", "gradient")];
    const flat = { buffers, body, names: new NameSupply(), batchVariable: "n", batchSize: 1 };
    const least = leastBytecode(body, buffers);
    expect(least).toBeGreaterThan(0);
    expect(least).toBeLessThanOrEqual(predictBytecode(runSteps(flat, condensingSteps).body));
  });
});
