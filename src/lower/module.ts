import { invariant } from "../diagnostics/index.ts";
import {
  type DerivedNetwork,
  type FlatUpdate,
  type InputDeclaration,
  type Node,
  type ParameterDeclaration,
  reachableFrom,
  sizeOf,
} from "../graph/index.ts";
import type {
  Buffer,
  DataSlot,
  ModuleProgram,
  ParameterSlot,
  Precision,
  Program,
  ScheduleName,
  StateSlot,
} from "../program/index.ts";
import { Builder } from "../operations/index.ts";
import type { Sink } from "./sink.ts";
import { checkPrograms } from "./check.ts";
import { initialValue } from "./initial.ts";
import { lowerFlatUpdate, lowerMeans } from "./flat-update.ts";
import { lowerProgram } from "./lower.ts";
import { baseNames } from "./names.ts";

export interface ModuleOptions {
  /** From the file's name, without directory or extension. */
  readonly name: string;
  readonly precision: Precision;
  /** The default number of samples, and the most that scratch memory is laid out for. */
  readonly batchSize: number;
  readonly epochs: number;
  readonly schedule: ScheduleName | "auto";
  readonly optimizer: ModuleProgram["optimizer"];
  /** Lanes of a vector of the machine that the programs are for; `undefined` where it has none. */
  readonly lanes?: number | undefined;
}

/** Lays out the memory of a network's module and lowers its four programs. */
export function lowerModule(derived: DerivedNetwork, options: ModuleOptions): ModuleProgram {
  const { network, loss, evaluation, prediction, gradients, updates, flatUpdate } = derived;
  const parameterCount = network.parameters.reduce((sum, { node }) => sum + sizeOf(node.type.shape), 0);
  const names = moduleNames(derived);
  const lower = (name: string, sinks: readonly Sink[], inMemory = false): Program =>
    lowerProgram({
      name,
      sinks,
      names,
      schedule: options.schedule,
      batchSize: options.batchSize,
      precision: options.precision,
      inMemory,
      lanes: options.lanes,
    });
  const lossSink: Sink = { kind: "return", node: loss };
  const gradientSinks = (nodes: readonly Node[]): readonly Sink[] =>
    gradients.map(({ parameter }, k) => {
      const node = nodes[k];
      invariant(node !== undefined, "every parameter has a gradient");
      return { kind: "store", buffer: gradientBuffer(parameter), node };
    });
  const gradientNodes = gradients.map(({ node }) => node);
  // A step that writes states as well does not end with the gradients.
  const hasStates = network.parameters.some(({ next }) => next !== undefined);
  const few = options.lanes ?? fewParameters;
  const separate = flatUpdate !== undefined && parameterCount > few && !hasStates;
  const gradient = lower(
    "gradient",
    [...gradientSinks(gradientNodes), ...frozenSinks(network), lossSink],
    separate,
  );
  const module: ModuleProgram = {
    name: options.name,
    precision: options.precision,
    batchSize: options.batchSize,
    epochs: options.epochs,
    inputs: network.inputs.map(dataSlot),
    targets: network.targets.map(dataSlot),
    output: prediction && {
      name: network.prediction?.name ?? "prediction",
      shape: prediction.type.shape,
      element: "real",
    },
    ...(prediction !== undefined && mixesSamples(prediction) ? { mixesSamples: true } : {}),
    parameters: parameterSlots(derived),
    states: stateSlots(derived),
    optimizer: options.optimizer,
    programs: {
      loss: lower("loss", [{ kind: "return", node: evaluation.loss }]),
      gradient,
      ...(separate && (gradient.schedule !== "tiled" || gradients.length > fewUpdates)
        ? {
            trainStep: thenUpdate(
              flatUpdate.sums === undefined
                ? gradient
                : lower("trainStep", [...gradientSinks(flatUpdate.sums.nodes), lossSink], true),
              flatUpdate,
            ),
            update: lowerFlatUpdate(flatUpdate, options.lanes),
            means: lowerMeans(flatUpdate, options.lanes),
          }
        : {
            trainStep: lower("trainStep", [
              ...updates.map(({ target, value }): Sink => ({ kind: "update", target, node: value })),
              lossSink,
            ]),
          }),
      predict:
        prediction &&
        lower("predict", [{ kind: "store", buffer: outputBuffer(prediction.type.shape), node: prediction }]),
    },
  };
  checkPrograms(module);
  return loss === evaluation.loss ? module : { ...module, trainingLoss: lower("loss", [lossSink]) };
}

/**
 * What identifiers of each node are based on in every program of the module, so that a value is called the same wherever it
 * is computed. The new value of a state bears its name; updates share their parts, so they give these no name.
 */
function moduleNames(derived: DerivedNetwork): ReadonlyMap<Node, string> {
  const { loss, evaluation, prediction, gradients, updates, names } = derived;
  const used = [evaluation.loss, ...(prediction === undefined ? [] : [prediction])];
  const forward = reachableFrom([...used, loss]);
  const all = reachableFrom([...gradients.map(({ node }) => node), ...updates.map(({ value }) => value)]);
  const updated = updates.map(({ target: { operation, attributes }, value }): [Node, string] => [
    value,
    operation === "state" ? `${attributes.name}_${attributes.parameter}` : `next_${attributes.name}`,
  ]);
  // What the loss is made of is called after that, not after the gradients that read it.
  const order = [...new Set([...forward, ...all])];
  // No program computes a statement in both modes, so either is called what the file calls it.
  const evaluated = evaluation.statements.map(({ name, node }): [Node, string] => [node, name]);
  const named = new Map([...evaluated, ...names]);
  return new Map([...baseNames(order, named), ...updated, ...named]);
}

function thenUpdate(program: Program, { groups }: FlatUpdate): Program {
  const members = groups.flatMap((group) => group.members);
  const parameterCount = members.reduce((sum, { node }) => sum + sizeOf(node.type.shape), 0);
  const loops = groups.length === 1 ? "one loop updates" : `${groups.length} loops update`;
  const scheduleReason = `${program.scheduleReason}; then ${loops} all ${parameterCount} parameters`;
  return { ...program, name: "trainStep", scheduleReason };
}

/**
 * Up to so many parameters, they and the sums of their gradients are kept in locals, and an update in straight line takes
 * its gradients from there. Beyond, locals would be spilled: sums in memory of known place are faster (with 131 parameters,
 * gradients take 1.7 µs against 2.1 µs), and so is one loop over all parameters (with Adam 0.38 µs against 1.5 µs). The large
 * products of a tiled step are different: there the update rides on the product that makes the gradient, and saves a pass
 * through memory; but a tile of each update is code of its own, and with more than a few arrays of parameters that is most of
 * the module.
 */
const fewParameters = 32;
const fewUpdates = 8;

function mixesSamples(prediction: Node): boolean {
  return reachableFrom([prediction]).some(
    ({ operation }) => operation === "batchReduce" || operation === "batchSize",
  );
}

function dataSlot({ name, node }: InputDeclaration): DataSlot {
  const { categories } = node.attributes;
  return {
    name,
    shape: node.type.shape,
    element: node.type.element === "integer" ? "integer" : "real",
    ...(categories === undefined ? {} : { categories }),
  };
}

/** In declaration order, wherever they lie: their number in it chooses the random numbers that they start with. */
function parameterSlots({ network, layout }: DerivedNetwork): readonly ParameterSlot[] {
  let end = 0;
  const offsets = new Map<ParameterDeclaration, number>();
  for (const parameter of layout) {
    offsets.set(parameter, end);
    end += sizeOf(parameter.node.type.shape);
  }
  return network.parameters.map((parameter) => {
    const { shape } = parameter.node.type;
    const offset = offsets.get(parameter);
    invariant(offset !== undefined, `${parameter.name} lies in memory`);
    return {
      name: parameter.name,
      shape,
      offset,
      length: sizeOf(shape),
      initial: initialValue(parameter),
      ...(parameter.isFrozen === true ? { isFrozen: true } : {}),
      ...(parameter.next === undefined ? {} : { isState: true }),
    };
  });
}

/** Element 0 of the state is the number of steps taken. */
function stateSlots({ states }: DerivedNetwork): readonly StateSlot[] {
  let end = 1;
  return states.map(({ node, initial, isShared }) => {
    const { shape } = node.type;
    const [offset, length] = [end, sizeOf(shape)];
    end += length;
    return {
      name: node.attributes.name,
      parameter: node.attributes.parameter,
      shape,
      offset,
      length,
      initial,
      isShared,
    };
  });
}

/** The caller's memory for all gradients has places for those of frozen parameters, which are zero. */
function frozenSinks({ graph, parameters }: DerivedNetwork["network"]): readonly Sink[] {
  const build = new Builder(graph, { kind: "compiler", reason: "the gradient of a frozen parameter" });
  return parameters
    .filter(({ isFrozen }) => isFrozen === true)
    .map((parameter) => {
      const node = build.constant(0, parameter.node.type.shape);
      return { kind: "store", buffer: gradientBuffer(parameter), node };
    });
}

function gradientBuffer({ name, node }: DerivedNetwork["gradients"][number]["parameter"]): Buffer {
  return {
    name: `d${name}`,
    role: "gradient",
    element: "real",
    shape: node.type.shape,
    batched: false,
    of: name,
  };
}

function outputBuffer(shape: readonly number[]): Buffer {
  return { name: "output", role: "output", element: "real", shape, batched: true };
}
