import { describe, expect, it } from "vitest";
import { type Network, type Node, reachableFrom } from "../../src/graph/index.ts";
import { readNetwork } from "../../src/language/index.ts";
import { evaluateOne } from "../../src/verify/index.ts";

const data = { x: [1, 2, 3, 4], t: [1, 0] };

function networkOf(text: string): Network {
  return readNetwork({
    name: "mode.nabla",
    text: `x = input([2])\nt = target()\nw = parameter([2])\n${text}\n`,
  });
}

/** Of two samples, with w = [1, 10]. */
function value({ inputs, targets, parameters }: Network, node: Node): readonly number[] {
  const known = new Map<string, readonly number[]>(Object.entries({ ...data, w: [1, 10] }));
  const leaves = [...inputs, ...targets, ...parameters].map(
    (leaf) => [leaf.node, known.get(leaf.name) ?? []] as const,
  );
  return [...evaluateOne(node, { batchSize: 2, leaves: new Map(leaves) })];
}

function isFreeOfModes(...roots: readonly (Node | undefined)[]): boolean {
  const found = roots.flatMap((root) => (root === undefined ? [] : [root]));
  return reachableFrom(found).every(({ operation }) => operation !== "whenTraining");
}

describe("whenTraining", () => {
  it("is its first operand in the loss that trains, and its second in what is used", () => {
    const network = networkOf("y = whenTraining(w * x, 2 * w * x)\nloss = y + 0 * t");
    expect(value(network, network.loss)).toEqual([(21 + 43) / 2]);
    expect(value(network, network.evaluation.loss)).toEqual([21 + 43]);
    expect(network.prediction && value(network, network.prediction.node)).toEqual([42, 86]);
    expect(network.statements.map(({ node }) => value(network, node)[0])).toEqual([21, 21]);
    expect(network.evaluation.statements.map(({ node }) => value(network, node)[0])).toEqual([42, 42]);
    expect(isFreeOfModes(network.loss, network.evaluation.loss, network.prediction?.node)).toBe(true);
  });

  it("predicts the last statement of the network that is used", () => {
    const network = networkOf("h = whenTraining(2 * x, x)\ny = w * h\nloss = (y - t)^2");
    expect(network.prediction?.name).toBe("y");
    expect(network.prediction && value(network, network.prediction.node)).toEqual([21, 43]);
  });

  it("may vary over the batch in one mode only, and what is reduced over the batch follows", () => {
    const network = networkOf(
      "c = batchMean(whenTraining(x, [1, 5]))\ns = batchSum(whenTraining(x, [1, 5]))\nloss = w * c + w * s",
    );
    expect(value(network, network.loss)).toEqual([2 + 30 + 4 + 60]);
    expect(value(network, network.evaluation.loss)).toEqual([1 + 50 + 2 + 100]);
  });

  it("makes nothing new where it does not occur", () => {
    const network = networkOf("y = w * x\nz = whenTraining(y, 1) * y\nloss = (y - t)^2 + z");
    expect(network.evaluation.statements[0]?.node).toBe(network.statements[0]?.node);
    const plain = networkOf("y = w * x\nloss = (y - t)^2");
    expect(plain.evaluation.loss).toBe(plain.loss);
  });

  it("lets a prediction see the target while training alone", () => {
    const network = networkOf("prediction = w * whenTraining(x + t, x)\nloss = (prediction - t)^2");
    expect(network.prediction && value(network, network.prediction.node)).toEqual([21, 43]);
    expect(value(network, network.statements[0]?.node as Node)).toEqual([32, 43]); // the first statement
  });

  it("takes a number for a value of any shape, and tells of other shapes", () => {
    const network = networkOf("y = whenTraining(0.5, x)\nloss = w * y");
    expect(value(network, network.loss)).toEqual([5.5]);
    expect(() => networkOf("y = whenTraining(x, [1, 2, 3])\nloss = w * x")).toThrow("2 elements but");
  });
});
