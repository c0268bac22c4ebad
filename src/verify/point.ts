import { type InputDeclaration, type Network, type Node, sizeOf } from "../graph/index.ts";
import type { Random } from "./data.ts";
import { type Bindings, evaluate, lengthOf, valueOf } from "./interpreter.ts";
import { tapeGradients } from "./tape.ts";

/** Random parameters and data at which a network is finite and differentiable. */
export interface Point extends Bindings {
  /** The first, whose random numbers `gradient` draws by default. */
  readonly step: number;
  readonly seed: number;
  readonly leaves: ReadonlyMap<Node, Float64Array>;
}

type Draw = (random: Random) => number;

/** A network may take logarithms of its inputs, or square roots of its parameters: draws are tried from left to right. */
const draws: Readonly<Record<"parameter" | "input" | "target", readonly Draw[]>> = {
  parameter: [(random) => random.normal(), between(0.1, 1), between(1, 2)],
  input: [(random) => random.normal(), between(0.05, 0.95), between(1, 3)],
  // Numbers in (0, 1) suit regressions, binary labels and rates alike.
  target: [between(0.05, 0.95), (random) => (random.uniform() < 0.5 ? -1 : 1), between(1, 3)],
};

/**
 * A point at which the loss and every gradient is finite, or `undefined` where none of the ways to draw gives one.
 *
 * Labels are in range and declared distributions sum to one. Nothing says what other data may be (probabilities,
 * counts, positive numbers), so the point is probed with the tape, and drawn otherwise if that is not finite.
 *
 * @param precision What the numbers must be representable in.
 */
export function drawPoint(
  network: Network,
  batchSize: number,
  random: Random,
  precision: "f32" | "f64",
): Point | undefined {
  for (const parameter of draws.parameter) {
    for (const target of draws.target) {
      for (const input of draws.input) {
        const leaves = new Map<Node, Float64Array>();
        for (const { node, next } of network.parameters) {
          const values =
            next === undefined ? drawParameter(node, parameter, random) : drawState(node, random);
          leaves.set(node, values);
        }
        for (const each of network.inputs) leaves.set(each.node, drawData(each, batchSize, input, random));
        for (const each of network.targets) leaves.set(each.node, drawData(each, batchSize, target, random));
        if (precision === "f32") for (const values of leaves.values()) values.set(Float32Array.from(values));
        const point: Point = { batchSize, leaves, step: 1, seed: drawSeed };
        if (isSmooth(network, point)) return point;
      }
    }
  }
  return undefined;
}

/** Of more than 32 bits, of which the low ones count. */
const drawSeed = 2 ** 40 - 5;

function isSmooth(network: Network, bindings: Bindings): boolean {
  const parameters = network.parameters.map(({ node }) => node);
  const { loss, gradients } = tapeGradients(network.loss, parameters, bindings);
  const isUsable = valueOf(network.evaluation.loss, evaluate([network.evaluation.loss], bindings)).every(
    Number.isFinite,
  );
  return (
    isUsable && Number.isFinite(loss) && [...gradients.values()].every((each) => each.every(Number.isFinite))
  );
}

/**
 * Half of what keeps variances through layers (LeCun 1998): logits stay within a few units. Far out, `log(1 - sigmoid(z))`
 * as written loses e^z roundings, and the tape, which runs the network as written, would be the one in the wrong.
 */
function drawParameter(node: Node, draw: Draw, random: Random): Float64Array {
  const { shape } = node.type;
  const fanIn = shape.length < 2 ? 1 : sizeOf(shape.slice(1));
  const scale = 0.5 / Math.sqrt(fanIn);
  return random.array(sizeOf(shape), () => scale * draw(random));
}

/** Positive: it may be a variance. */
function drawState(node: Node, random: Random): Float64Array {
  return random.array(sizeOf(node.type.shape), between(0.5, 1.5));
}

function drawData(
  declaration: InputDeclaration,
  batchSize: number,
  draw: Draw,
  random: Random,
): Float64Array {
  const { node } = declaration;
  const { categories, distribution = false } = node.attributes;
  const length = lengthOf(node, batchSize);
  if (categories !== undefined) return random.array(length, () => random.below(categories));
  if (!distribution) return random.array(length, draw);
  const values = random.array(length, between(0.05, 1));
  const size = sizeOf(node.type.shape);
  for (let n = 0; n < batchSize; n += 1) {
    const sample = values.subarray(n * size, (n + 1) * size);
    const sum = sample.reduce((total, each) => total + each, 0);
    sample.set(sample.map((each) => each / sum));
  }
  return values;
}

function between(low: number, high: number): Draw {
  return (random) => low + (high - low) * random.uniform();
}
