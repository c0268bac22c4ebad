import { type DerivedNetwork, type Network, type Node, sizeOf, trainable } from "../graph/index.ts";
import { type Comparison, type Precision, roundingOf } from "./compare.ts";
import { driftSizes } from "./drift.ts";
import { at, maximum } from "./indexing.ts";
import { evaluate, lengthOf, valueOf, type Values } from "./interpreter.ts";
import type { Trial } from "./judge.ts";
import type { Reals } from "./load-module.ts";
import { isBeyondSingles, withinNumbers } from "./overflow.ts";
import type { Point } from "./point.ts";
import { type MeasuredGradients, measureGradients } from "./tape.ts";

/** Loss and prediction of the network as it is used, and the gradients of the derived graph, as the interpreter has them. */
export function judgeValues({ network, derived, generated, point, floorOf }: Trial): readonly Comparison[] {
  const prediction = network.prediction?.node;
  const { loss } = network.evaluation;
  const values = evaluate([loss, ...(prediction ? [prediction] : [])], point);
  const comparisons: Comparison[] = [
    { quantity: "loss", generated: [generated.loss(point)], judged: valueOf(loss, values) },
  ];
  if (prediction !== undefined) {
    const judged = valueOf(prediction, values);
    const own = generated.prediction(point, judged.length) ?? [];
    comparisons.push({ quantity: "prediction", generated: own, judged });
  }
  if (derived !== undefined) {
    const own = generated.gradient(point).gradients;
    const nodes = derived.gradients.map(({ node }) => node);
    const judged = evaluate(nodes, point);
    for (const { parameter, node } of derived.gradients) {
      comparisons.push({
        quantity: parameter.name,
        generated: own.get(parameter.node) ?? [],
        judged: valueOf(node, judged),
        floor: floorOf(parameter.node, "interpreter"),
      });
    }
    comparisons.push(...judgeFrozen(network, (node) => own.get(node), zerosLike));
  }
  return comparisons;
}

const zerosLike = (node: Node): readonly number[] => Array.from({ length: sizeOf(node.type.shape) }, () => 0);

/** What must be so of parameters that training leaves as they are. */
function judgeFrozen(
  { parameters }: Network,
  found: (node: Node) => ArrayLike<number> | undefined,
  wanted: (node: Node) => ArrayLike<number> | undefined,
  suffix = "",
): readonly Comparison[] {
  return parameters
    .filter(({ isFrozen }) => isFrozen === true)
    .map(({ name, node }) => ({
      quantity: `${name}${suffix}`,
      generated: found(node) ?? [],
      judged: wanted(node) ?? [],
    }));
}

/** Parameters and optimizer state after each of this many steps, so that moments and step counts have come into play. */
const stepsTaken = 2;

/** `trainStep` against the updates of the derived graph, from the module's own initial state on. */
export function judgeSteps(trial: Trial): readonly Comparison[] {
  const { derived, generated, point } = trial;
  if (derived === undefined) return [];
  const state = generated.initialState();
  const comparisons: Comparison[] = [];
  let current = point;
  for (let step = 1; step <= stepsTaken; step += 1) {
    const before = bindState(derived, current, state);
    if (before === undefined) return [{ quantity: "state", generated: state, judged: [] }];
    const values = evaluate(
      derived.updates.map(({ value }) => value),
      { ...before, step },
    );
    const { parameters } = generated.trainStep(current, state);
    const after = bindState(
      derived,
      { ...current, leaves: new Map([...current.leaves, ...floats(parameters)]) },
      state,
    );
    if (after === undefined) return [{ quantity: "state", generated: state, judged: [] }];
    const known = step === point.step ? trial.measured : measureAt(derived.network, { ...current, step });
    const doubts = doubtsOf(derived.network, known, current, generated.precision);
    comparisons.push({ quantity: "steps taken", generated: [at(state, 0)], judged: [step] });
    const becomes = nextOf(derived.network, { ...before, step });
    const frozen = judgeFrozen(
      derived.network,
      (node) => after.leaves.get(node),
      (node) => becomes.get(node) ?? before.leaves.get(node),
      " after a step",
    );
    const updated = judgeUpdates(
      derived,
      values,
      { before, after },
      doubts,
      trial.toleranceOf("interpreter"),
    );
    const isBeyond = generated.precision === "f32" && isBeyondSingles(values);
    comparisons.push(...[...updated, ...frozen].map((each) => withinNumbers(each, isBeyond)));
    current = after;
  }
  return comparisons;
}

/** What the network as written makes of its states. */
function nextOf({ parameters }: Network, point: Point): ReadonlyMap<Node, Float64Array> {
  const states = parameters.flatMap(({ node, next }) => (next === undefined ? [] : { node, next }));
  const values = evaluate(
    states.map(({ next }) => next),
    point,
  );
  return new Map(states.map(({ node, next }) => [node, valueOf(next, values)]));
}

/** What one step wrote, parameter by parameter and state by state. */
function judgeUpdates(
  derived: DerivedNetwork,
  values: Values,
  { before, after }: { readonly before: Point; readonly after: Point },
  doubts: ReadonlyMap<string, Doubt>,
  tolerance: number,
): readonly Comparison[] {
  const changing = new Set<Node>(trainable(derived.network.parameters).map(({ node }) => node));
  const byOptimizer = derived.updates.filter(
    ({ target }) => target.operation === "state" || changing.has(target),
  );
  return byOptimizer.map(({ target, value }) => {
    const { name } = target.attributes;
    const parameter = target.operation === "state" ? target.attributes.parameter : name;
    const quantity = `${target.operation === "state" ? `${name} of ${parameter}` : name} after a step`;
    const { part, parts, reason } = doubts.get(parameter) ?? certain;
    const judged = valueOf(value, values);
    const own = after.leaves.get(target) ?? [];
    if (part >= 1 && judged.every(Number.isFinite)) return { quantity, skipped: reason };
    const floor = maximum(judged) * ((squared * part) / tolerance);
    const start = target.operation === "state" ? undefined : before.leaves.get(target);
    return { quantity, generated: excuse(own, judged, start, parts), judged, floor };
  });
}

/**
 * What was written, or what should have been where it is no further off than the gradient of that element is in doubt: an
 * optimizer that divides each element by its own size makes a step of any.
 *
 * @param start What a parameter was before its step; absent for state, which begins at 0.
 */
function excuse(
  own: ArrayLike<number>,
  judged: ArrayLike<number>,
  start: ArrayLike<number> | undefined,
  parts: ArrayLike<number>,
): ArrayLike<number> {
  if (parts.length !== judged.length || own.length !== judged.length) return own;
  const steps = Array.from(judged, (wanted, e) =>
    Math.abs(wanted - (start === undefined ? 0 : at(start, e))),
  );
  const longest = maximum(steps.filter(Number.isFinite));
  return Array.from(own, (value, e) => {
    const [wanted, part] = [at(judged, e), at(parts, e)];
    const excused = squared * (part >= 1 ? longest : part * at(steps, e));
    const gap = Math.abs(value - wanted);
    return Number.isFinite(gap) && gap <= excused ? wanted : value;
  });
}

/** How far a gradient is in doubt: 1 where it may be anything. */
interface Doubt {
  /** Of all of it, by its largest element. */
  readonly part: number;
  /** Of each element by itself. */
  readonly parts: ArrayLike<number>;
  readonly reason: string;
}

const certain: Doubt = { part: 0, parts: [], reason: "" };

const doubtful = "the gradient is zero up to rounding, which optimizers may magnify";

const unsteady = "where rounded values lie beside what they should be, the gradient is not finite";

function measureAt(network: Network, point: Point): MeasuredGradients {
  const parameters = network.parameters.map(({ node }) => node);
  return measureGradients(network.loss, parameters, point);
}

/** A moment of second order doubles the relative error of the gradient. */
const squared = 2;

/**
 * For each parameter the relative error of its gradient that rounding alone explains, of the values as of the terms; 1
 * where it is only rounding, as of a bias before a normalisation. Adam divides a gradient by its own size, so 10⁻¹⁷ and 0
 * may lead to different steps.
 */
function doubtsOf(
  network: Network,
  measured: MeasuredGradients,
  point: Point,
  precision: Precision,
): ReadonlyMap<string, Doubt> {
  const { gradients, termSizes } = measured;
  const sizes = driftSizes(network.loss, measured, point);
  return new Map(
    network.parameters.map(({ name, node }) => {
      const size = (termSizes.get(node) ?? 0) + (sizes.get(node) ?? 0);
      const rounding = roundingOf(size, "interpreter", precision);
      const gradient = gradients.get(node) ?? [];
      const partOf = (element: number): number => (rounding === 0 ? 0 : rounding / Math.abs(element));
      const parts = Array.from(gradient, partOf);
      const reason = Number.isFinite(size) ? doubtful : unsteady;
      return [name, { part: partOf(maximum(gradient)), parts, reason }];
    }),
  );
}

/** The point with the optimizer's state bound: element 0 of the flat array counts steps, the slots follow in order. */
function bindState(derived: DerivedNetwork, point: Point, state: Reals): Point | undefined {
  const leaves = new Map(point.leaves);
  let offset = 1;
  for (const { node } of derived.states) {
    const length = lengthOf(node, point.batchSize);
    leaves.set(node, Float64Array.from(state.slice(offset, offset + length)));
    offset += length;
  }
  return offset === state.length ? { ...point, leaves } : undefined;
}

function floats(values: ReadonlyMap<Node, ArrayLike<number>>): [Node, Float64Array][] {
  return [...values].map(([node, each]) => [node, Float64Array.from(each)]);
}
