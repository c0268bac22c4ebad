import { type DerivedNetwork, type NamedNode, type Network, nameNodes, type Node } from "./graph/index.ts";

/** What is known of a network once it is differentiated and simplified. */
interface Simplified {
  readonly network: Network;
  readonly gradients: DerivedNetwork["gradients"];
  /** Of the nodes that were differentiated. */
  readonly adjoints: ReadonlyMap<Node, Node>;
  /** What has become of the network's own nodes. */
  readonly current: (node: Node) => Node;
  /** What has become of those that were differentiated, and of their adjoints. */
  readonly simplified: (node: Node) => Node;
  /** All that is left. */
  readonly live: ReadonlySet<Node>;
}

type Names = ReadonlyMap<Node, string>;

/** Names for people, as `DerivedNetwork` has them. */
export function nameDerived(derived: Simplified): Pick<DerivedNetwork, "names" | "labels"> {
  const { network, gradients, current } = derived;
  const statements = network.statements.map(({ name, node }) => ({ name, node: current(node) }));
  const known = nameNodes([
    ...network.inputs,
    ...network.targets,
    ...network.parameters,
    ...statements,
    ...gradients.map(({ parameter, node }) => ({ name: `d${parameter.name}`, node })),
    ...adjointsOf(new Map(statements.map(({ name, node }) => [node, name])), derived),
  ]);
  const labelled = labelsOf(derived, known);
  // A number that is spread may be many things at once.
  const adjoints = adjointsOf(labelled, derived).filter(({ node }) => node.operation !== "broadcast");
  const all = nameNodes([...claims(known), ...claims(labelled), ...adjoints]);
  return {
    names: new Map([...all].filter(([node]) => !labelled.has(node))),
    labels: new Map([...all].filter(([node]) => labelled.has(node))),
  };
}

/** `dh` for the adjoint of h. */
function adjointsOf(names: Names, { adjoints, simplified }: Simplified): readonly NamedNode[] {
  return [...adjoints].flatMap(([primal, adjoint]) => {
    const name = names.get(simplified(primal));
    return name === undefined || name === "loss" ? [] : [{ name: `d${name}`, node: simplified(adjoint) }];
  });
}

/** The labels of what is left and has no name; what is not left takes none away. */
function labelsOf({ network, current, live }: Simplified, names: Names): Names {
  const labels = new Map<Node, string>();
  for (const [node, label] of network.graph.labels) {
    const now = current(node);
    if (live.has(now) && !names.has(now) && !labels.has(now)) labels.set(now, label);
  }
  return labels;
}

function claims(names: Names): readonly NamedNode[] {
  return [...names].map(([node, name]) => ({ node, name }));
}
