import type { DerivedNetwork, Node } from "../graph/index.ts";
import { type Comparison, tolerances } from "./compare.ts";
import { at } from "./indexing.ts";
import { evaluate, lengthOf, valueOf, type Values } from "./interpreter.ts";
import type { Trial, Verdict } from "./judge.ts";
import type { Reals } from "./load-module.ts";
import type { Point } from "./point.ts";

/** Loss and prediction of the network as written, and the gradients of the derived graph, as the interpreter has them. */
export function judgeValues({ network, derived, generated, point }: Trial): readonly Verdict[] {
  const prediction = network.prediction?.node;
  const values = evaluate([network.loss, ...(prediction ? [prediction] : [])], point);
  const loss = valueOf(network.loss, values);
  const verdicts: Verdict[] = [
    compared([{ quantity: "loss", generated: [generated.loss(point)], judged: loss }]),
  ];
  if (prediction !== undefined) {
    const judged = valueOf(prediction, values);
    const own = generated.prediction(point, judged.length) ?? [];
    verdicts.push(compared([{ quantity: "prediction", generated: own, judged }]));
  }
  if (derived !== undefined) {
    const own = generated.gradient(point).gradients;
    const nodes = derived.gradients.map(({ node }) => node);
    const judged = evaluate(nodes, point);
    const comparisons = derived.gradients.map(({ parameter, node }) => ({
      quantity: parameter.name,
      generated: own.get(parameter.node) ?? [],
      judged: valueOf(node, judged),
    }));
    verdicts.push(compared(comparisons, at(loss, 0)));
  }
  return verdicts;
}

/** Parameters and optimizer state after each of this many steps, so that moments and step counts have come into play. */
const stepsTaken = 2;

/** `trainStep` against the updates of the derived graph, from the module's own initial state on. */
export function judgeSteps({ derived, generated, point }: Trial): readonly Verdict[] {
  if (derived === undefined) return [];
  const rounding = tolerances[generated.precision].interpreter;
  const state = generated.initialState();
  const verdicts: Verdict[] = [];
  let current = point;
  for (let step = 1; step <= stepsTaken; step += 1) {
    const before = bindState(derived, current, state);
    if (before === undefined) return [compared([{ quantity: "state", generated: state, judged: [] }])];
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
    if (after === undefined) return [compared([{ quantity: "state", generated: state, judged: [] }])];
    verdicts.push(compared([{ quantity: "steps taken", generated: [at(state, 0)], judged: [step] }]));
    verdicts.push(...judgeUpdates(derived, values, after, vanishingOf(derived, before, rounding)));
    current = after;
  }
  return verdicts;
}

/** What one step wrote, parameter by parameter and state by state. */
function judgeUpdates(
  derived: DerivedNetwork,
  values: Values,
  after: Point,
  vanishing: ReadonlySet<string>,
): readonly Verdict[] {
  return derived.updates.map(({ target, value }) => {
    const { name } = target.attributes;
    const parameter = target.operation === "state" ? target.attributes.parameter : name;
    const quantity = `${target.operation === "state" ? `${name} of ${parameter}` : name} after a step`;
    if (!vanishing.has(parameter)) {
      return compared([
        { quantity, generated: after.leaves.get(target) ?? [], judged: valueOf(value, values) },
      ]);
    }
    const note = "a step not compared: the gradient is zero up to rounding, which optimizers may magnify";
    return compared([{ quantity, generated: [], judged: [], note }]);
  });
}

/**
 * The parameters whose gradient is only rounding, as of a bias before a normalisation. Adam divides a gradient by its own
 * size, so 10⁻¹⁷ and 0 may lead to different steps.
 */
function vanishingOf(derived: DerivedNetwork, point: Point, rounding: number): ReadonlySet<string> {
  const values = evaluate([derived.loss, ...derived.gradients.map(({ node }) => node)], point);
  const sizes = derived.gradients.map(({ node }) =>
    valueOf(node, values).reduce((largest, each) => Math.max(largest, Math.abs(each)), 0),
  );
  const whole = Math.max(Math.abs(at(valueOf(derived.loss, values), 0)), ...sizes);
  return new Set(
    derived.gradients.flatMap(({ parameter }, k) =>
      at(sizes, k) <= rounding * whole ? [parameter.name] : [],
    ),
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

function compared(comparisons: readonly Comparison[], size = 0): Verdict {
  return { kind: "compared", comparisons, size };
}
