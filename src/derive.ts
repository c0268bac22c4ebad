import { differentiate } from "./calculus/index.ts";
import { clipperOf } from "./clip.ts";
import { flatUpdate } from "./flat-update.ts";
import {
  type DerivedNetwork,
  type FlatUpdate,
  nameNodes,
  type Network,
  type Node,
  type ParameterDeclaration,
  reachableFrom,
  trainable,
  type Update,
} from "./graph/index.ts";
import { partNames } from "./inspect/index.ts";
import { nameDerived } from "./naming.ts";
import { expandForLowering, simplify, stabilise } from "./rewrite/index.ts";

/**
 * The passes from the network as written to its gradients and updates. Stabilising comes before differentiating, so
 * that what is differentiated is already safe; the optimizer's updates are built on the simplified gradients.
 */
export function derive(network: Network): DerivedNetwork {
  const { graph, parameters, evaluation } = network;
  const statements = [...network.statements, ...evaluation.statements].map(({ node }) => node);
  const states = parameters.flatMap(({ node, next }) => (next === undefined ? [] : { node, next }));
  const nexts = states.map(({ next }) => next);
  const stable = stabilise(graph, [network.loss, ...statements, evaluation.loss, ...nexts]);
  const loss = stable.replace(network.loss);

  const changing = trainable(parameters);
  const wrt = changing.map(({ node }) => node);
  const reverse = differentiate(graph, loss, wrt);
  const gradientOf = (node: Node): Node => reverse.gradients.get(node) ?? node;
  const forward = [loss, ...[...statements, evaluation.loss, ...nexts].map(stable.replace)];
  const simple = simplify(graph, [...forward, ...wrt.map(gradientOf)], { forward });

  const gradients = changing.map((parameter) => ({
    parameter,
    node: simple.replace(gradientOf(parameter.node)),
  }));
  const flat = flatten(network, gradients);
  const layout = layoutOf(network, flat);
  const optimized = optimize(network, gradients);

  const current = (node: Node): Node => simple.replace(stable.replace(node));
  const computed = {
    loss: simple.replace(loss),
    evaluation: {
      loss: current(evaluation.loss),
      statements: evaluation.statements.map(({ name, node }) => ({ name, node: current(node) })),
    },
    prediction: network.prediction && current(network.prediction.node),
    gradients,
    updates: [
      ...optimized.updates,
      ...states.map(({ node, next }) => ({ target: node, value: current(next) })),
    ],
  };
  const { prediction } = computed;
  const live = reachableFrom([
    computed.loss,
    computed.evaluation.loss,
    ...(prediction === undefined ? [] : [prediction]),
    ...gradients.map(({ node }) => node),
  ]);
  const named = { network, gradients, adjoints: reverse.adjoints, current, simplified: simple.replace };
  return {
    network,
    ...computed,
    layout,
    states: byName(layout.flatMap((parameter) => optimized.states.get(parameter) ?? [])),
    flatUpdate: flat,
    ...nameDerived({ ...named, live: new Set(live) }),
    trace: [...stable.trace, ...simple.trace, ...optimized.trace],
  };
}

/** The update of all parameters as one array, simplified, if the optimizer looks at each element by itself. */
function flatten(network: Network, gradients: DerivedNetwork["gradients"]): FlatUpdate | undefined {
  const flat = flatUpdate(
    network,
    gradients.map(({ node }) => node),
  );
  if (flat === undefined) return undefined;
  const values = flat.groups.flatMap(({ updates }) => updates.map(({ value }) => value));
  return mapUpdates(flat, simplify(network.graph, values).replace);
}

/** The updates of all parameters, simplified, and the states that each of them keeps. */
function optimize(
  network: Network,
  gradients: DerivedNetwork["gradients"],
): {
  readonly updates: readonly Update[];
  readonly states: ReadonlyMap<ParameterDeclaration, DerivedNetwork["states"]>;
  readonly trace: DerivedNetwork["trace"];
} {
  const clip = clipperOf(
    network,
    gradients.map(({ node }) => node),
  );
  const optimized = new Map(
    gradients.map(({ parameter, node }) => [parameter, network.optimizer.update(parameter, clip(node))]),
  );
  // States that several parameters share are written once.
  const updates = distinct(
    [...optimized.values()].flatMap((each) => each.updates),
    ({ target }) => target,
  );
  const simple = simplify(
    network.graph,
    updates.map(({ value }) => value),
  );
  return {
    updates: updates.map(({ target, value }) => ({ target, value: simple.replace(value) })),
    states: new Map([...optimized].map(([parameter, { states }]) => [parameter, states])),
    trace: simple.trace,
  };
}

/** Groups one after the other, frozen parameters after them, and then states. */
function layoutOf({ parameters }: Network, flat: FlatUpdate | undefined): readonly ParameterDeclaration[] {
  if (flat === undefined) return parameters;
  return [
    ...flat.groups.flatMap(({ members }) => members),
    ...parameters.filter(({ isFrozen, next }) => isFrozen === true && next === undefined),
    ...parameters.filter(({ next }) => next !== undefined),
  ];
}

function mapUpdates(flat: FlatUpdate, replace: (node: Node) => Node): FlatUpdate {
  return {
    ...flat,
    groups: flat.groups.map((group) => ({
      ...group,
      updates: group.updates.map(({ target, value }) => ({ target, value: replace(value) })),
    })),
  };
}

/** States of one name together, names in order of appearance. */
function byName(states: DerivedNetwork["states"]): DerivedNetwork["states"] {
  const names = [...new Set(states.map(({ node }) => node.attributes.name))];
  const all = distinct(states, ({ node }) => node);
  return names.flatMap((name) => all.filter(({ node }) => node.attributes.name === name));
}

/** The first of those with one key. */
function distinct<Item>(items: readonly Item[], keyOf: (item: Item) => Node): readonly Item[] {
  const seen = new Map<Node, Item>();
  for (const item of items) if (!seen.has(keyOf(item))) seen.set(keyOf(item), item);
  return [...seen.values()];
}

/** Replaces the operations that no program can say directly (logSumExp) in everything that will be lowered. */
export function expand(derived: DerivedNetwork): DerivedNetwork {
  const { loss, evaluation, prediction, gradients, updates, flatUpdate: flat, names, labels } = derived;
  const { replace } = expandForLowering(derived.network.graph, [
    loss,
    evaluation.loss,
    ...(prediction === undefined ? [] : [prediction]),
    ...gradients.map(({ node }) => node),
    ...[...updates, ...(flat?.groups.flatMap((group) => group.updates) ?? [])].map(({ value }) => value),
    ...(flat?.sums?.nodes ?? []),
  ]);
  const replaceValue = ({ target, value }: Update): Update => ({ target, value: replace(value) });
  return {
    ...derived,
    loss: replace(loss),
    evaluation: {
      loss: replace(evaluation.loss),
      statements: evaluation.statements.map(({ name, node }) => ({ name, node: replace(node) })),
    },
    prediction: prediction && replace(prediction),
    gradients: gradients.map(({ parameter, node }) => ({ parameter, node: replace(node) })),
    updates: updates.map(replaceValue),
    flatUpdate: flat && {
      ...mapUpdates(flat, replace),
      ...(flat.sums === undefined ? {} : { sums: { ...flat.sums, nodes: flat.sums.nodes.map(replace) } }),
    },
    names: nameNodes(
      [...names, ...partNames(derived), ...labels].map(([node, name]) => ({ name, node: replace(node) })),
    ),
  };
}
