import { invariant } from "../diagnostics/index.ts";
import { type Network, type Node, sizeOf } from "../graph/index.ts";
import { lengthOf } from "./interpreter.ts";
import { type GeneratedModule, loadModule, type Reals } from "./load-module.ts";
import type { Point } from "./point.ts";

/** A generated module that speaks in terms of the network's nodes. */
export interface GeneratedNetwork {
  readonly precision: "f32" | "f64";
  readonly batchSize: number;
  /** What of the module's surface does not fit the network, or nothing. */
  readonly mismatch: string | undefined;
  /** Whether its functions take so many samples at once: scratch memory may be laid out for `batchSize` and no more. */
  takes(count: number): boolean;
  loss(point: Point): number;
  prediction(point: Point, length: number): ArrayLike<number> | undefined;
  gradient(point: Point): { readonly loss: number; readonly gradients: ReadonlyMap<Node, ArrayLike<number>> };
  initialState(): Reals;
  /** One optimizer step from the point's parameters; `state` is updated in place. */
  trainStep(
    point: Point,
    state: Reals,
  ): { readonly loss: number; readonly parameters: ReadonlyMap<Node, ArrayLike<number>> };
}

export async function runGenerated(network: Network, code: string): Promise<GeneratedNetwork> {
  const module = await loadModule(code);
  const precision = module.initialParameters(0) instanceof Float32Array ? "f32" : "f64";
  const reals = (values: ArrayLike<number>): Reals =>
    precision === "f32" ? Float32Array.from(values) : Float64Array.from(values);

  const dataOf = (point: Point, declarations: Network["inputs"]) =>
    declarations.map(({ node }) => {
      const values = leafOf(point, node);
      return node.type.element === "integer" ? Int32Array.from(values) : reals(values);
    });
  const inputs = (point: Point) => dataOf(point, network.inputs);
  const data = (point: Point) => dataOf(point, [...network.inputs, ...network.targets]);
  const pack = (point: Point): Reals => {
    const flat = new Float64Array(module.parameterCount);
    for (const { name, node } of network.parameters)
      flat.set(leafOf(point, node), slotOf(module, name).offset);
    return reals(flat);
  };
  const unpack = (flat: Reals): ReadonlyMap<Node, ArrayLike<number>> =>
    new Map(
      network.parameters.map(({ name, node }) => {
        const { offset, length } = slotOf(module, name);
        return [node, flat.slice(offset, offset + length)];
      }),
    );

  const generated: GeneratedNetwork = {
    precision,
    batchSize: module.batchSize,
    mismatch: findMismatch(network, module),
    takes: (count) => takesAtOnce(generated, zeroPoint(network, count)),
    loss: (point) => module.loss(pack(point), ...data(point), point.batchSize),
    prediction: (point, length) =>
      module.predict?.(pack(point), ...inputs(point), point.batchSize, reals(new Float64Array(length))),
    gradient: (point) => {
      const into = reals(new Float64Array(module.parameterCount).fill(NaN));
      const { batchSize, seed, step } = point;
      const loss = module.gradient(pack(point), ...data(point), into, batchSize, seed, step);
      return { loss, gradients: unpack(into) };
    },
    initialState: () => module.initialState(),
    trainStep: (point, state) => {
      const parameters = pack(point);
      const loss = module.trainStep(parameters, state, ...data(point), point.batchSize, point.seed);
      return { loss, parameters: unpack(parameters) };
    },
  };
  return generated;
}

/** Found out by asking: too many samples are refused with a RangeError. */
function takesAtOnce(generated: GeneratedNetwork, point: Point): boolean {
  try {
    generated.loss(point);
    generated.gradient(point);
    generated.trainStep(point, generated.initialState());
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Zero is a valid number, and a valid label. */
function zeroPoint({ inputs, targets, parameters }: Network, batchSize: number): Point {
  const nodes = [...inputs, ...targets, ...parameters].map(({ node }) => node);
  return {
    batchSize,
    step: 1,
    seed: 0,
    leaves: new Map(nodes.map((node) => [node, new Float64Array(lengthOf(node, batchSize))])),
  };
}

function findMismatch(network: Network, module: GeneratedModule): string | undefined {
  for (const { name, node } of network.parameters) {
    const { shape } = node.type;
    const slot = module.parameterLayout[name];
    if (slot === undefined) return `parameterLayout has no ${name}`;
    if (slot.length !== sizeOf(shape) || slot.shape.join() !== shape.join())
      return `${name} is laid out as ${slot.shape.join("×")}`;
  }
  // Wherever each lies, they fill the array, and none lies over another.
  let total = 0;
  const slots = network.parameters.map(({ name }) => ({ name, ...slotOf(module, name) }));
  for (const { name, offset, length } of slots.toSorted((a, b) => a.offset - b.offset)) {
    if (offset !== total) return `${name} starts at ${offset} instead of ${total}`;
    total += length;
  }
  return module.parameterCount === total
    ? undefined
    : `parameterCount is ${module.parameterCount} instead of ${total}`;
}

function slotOf(module: GeneratedModule, name: string) {
  const slot = module.parameterLayout[name];
  invariant(slot !== undefined, `parameterLayout has ${name}`);
  return slot;
}

function leafOf(point: Point, node: Node): Float64Array {
  const values = point.leaves.get(node);
  invariant(values !== undefined, `the point binds node ${node.id}`);
  return values;
}
