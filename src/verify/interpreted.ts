import type { DerivedNetwork, Node } from "../graph/index.ts";
import type { Comparison } from "./compare.ts";
import { at } from "./indexing.ts";
import { evaluate, lengthOf, valueOf } from "./interpreter.ts";
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
    for (const { target, value } of derived.updates) {
      const quantity =
        target.operation === "parameter"
          ? `${target.attributes.name} after a step`
          : `${target.attributes.name} of ${target.attributes.parameter} after a step`;
      verdicts.push(
        compared([{ quantity, generated: after.leaves.get(target) ?? [], judged: valueOf(value, values) }]),
      );
    }
    current = after;
  }
  return verdicts;
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
