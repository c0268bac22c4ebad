import type { DerivedNetwork, Network, Node } from "../graph/index.ts";
import { withoutRecurrences } from "./unroll.ts";

/** The network with every recurrence spelled out. */
export function plainNetwork(network: Network): Network {
  const { loss, evaluation, prediction, parameters, graph } = network;
  const replace = withoutRecurrences(graph, [
    loss,
    evaluation.loss,
    ...(prediction === undefined ? [] : [prediction.node]),
    ...parameters.flatMap(({ next }) => next ?? []),
  ]);
  return {
    ...network,
    parameters: parameters.map((each) =>
      each.next === undefined ? each : { ...each, next: replace(each.next) },
    ),
    loss: replace(loss),
    evaluation: { ...evaluation, loss: replace(evaluation.loss) },
    prediction: prediction && { ...prediction, node: replace(prediction.node) },
  };
}

/** The derived network with every recurrence spelled out, those of its gradients and updates too. */
export function plainDerived(derived: DerivedNetwork, network: Network): DerivedNetwork {
  const { loss, evaluation, prediction, gradients, updates } = derived;
  const roots: readonly Node[] = [
    loss,
    evaluation.loss,
    ...(prediction === undefined ? [] : [prediction]),
    ...gradients.map(({ node }) => node),
    ...updates.map(({ value }) => value),
  ];
  const replace = withoutRecurrences(network.graph, roots);
  return {
    ...derived,
    network,
    loss: replace(loss),
    evaluation: { ...evaluation, loss: replace(evaluation.loss) },
    prediction: prediction && replace(prediction),
    gradients: gradients.map((each) => ({ ...each, node: replace(each.node) })),
    updates: updates.map((each) => ({ ...each, value: replace(each.value) })),
  };
}
