import type { Graph } from "./graph.ts";
import type { DerivedNetwork, Update } from "./network.ts";
import type { Node, OperationName } from "./node.ts";
import { formatType } from "./text.ts";
import { sameShape, type TensorType } from "./type.ts";

/** The operations without inputs. */
const leaves: ReadonlySet<OperationName> = new Set<OperationName>([
  "input",
  "parameter",
  "constant",
  "literal",
  "iota",
  "batchSize",
  "state",
  "step",
  "placeholder",
  "delay",
  "random",
]);

/** The leaves that vary over the batch by themselves. */
const mayVary: ReadonlySet<OperationName> = new Set<OperationName>([
  "input",
  "placeholder",
  "delay",
  "random",
]);

/**
 * Checks what every graph must satisfy whatever its operations mean: ids count up in topological order, inputs belong to
 * the same graph, leaves and only leaves lack inputs, extents are positive integers, a value varies over the batch
 * only if an input does.
 *
 * @returns What is wrong, in the order of the graph; empty if nothing is.
 */
export function verifyGraph(graph: Graph): readonly string[] {
  return graph.nodes.flatMap((node, position) => nodeProblems(graph, node, position));
}

function nodeProblems(graph: Graph, node: Node, position: number): readonly string[] {
  const { operation, inputs, type } = node;
  const own = inputs.every((input) => graph.nodes[input.id] === input);
  const varies = inputs.some((input) => input.type.batched);
  const checks: readonly (readonly [boolean, string])[] = [
    [node.id === position, `has the id ${node.id}`],
    [inputs.every((input) => input.id < position), "reads a node that comes later"],
    [own, "reads a node of another graph"],
    [leaves.has(operation) === (inputs.length === 0), `has ${inputs.length} inputs`],
    [
      type.shape.every((extent) => Number.isInteger(extent) && extent > 0),
      `has the type ${formatType(type)}`,
    ],
    [!type.batched || varies || mayVary.has(operation), "varies over the batch although no input does"],
    [operation !== "batchReduce" || !type.batched, "varies over the batch although it was reduced over it"],
    [operation !== "literal" || hasAllElements(node), "has not as much data as elements"],
  ];
  return checks
    .filter(([holds]) => !holds)
    .map(([, problem]) => `node ${position}, ${operation}, ${problem}`);
}

function hasAllElements(node: Node): boolean {
  const size = node.type.shape.reduce((product, extent) => product * extent, 1);
  return node.operation === "literal" && node.attributes.data.length === size;
}

/**
 * Checks what every derived network must satisfy: its graph is sound, the loss is one real number, each gradient has
 * the shape of its parameter, each update the type of its target, and names are unique.
 */
export function verifyDerived(derived: DerivedNetwork): readonly string[] {
  const problems = [...verifyGraph(derived.network.graph)];
  const expect = (what: string, found: TensorType, expected: TensorType): void => {
    if (sameType(found, expected)) return;
    problems.push(`${what} is ${formatType(found)}, not ${formatType(expected)}`);
  };
  const oneNumber: TensorType = { shape: [], batched: false, element: "real" };
  expect("the loss", derived.loss.type, oneNumber);
  expect("the loss of the evaluation", derived.evaluation.loss.type, oneNumber);
  for (const { parameter, node } of derived.gradients) {
    expect(`the gradient of ${parameter.name}`, node.type, parameter.node.type);
  }
  for (const { target, value } of derived.updates) {
    expect(`the update of ${updatedName(target)}`, value.type, target.type);
  }
  const seen = new Set<string>();
  for (const name of derived.names.values()) {
    if (seen.has(name)) problems.push(`two nodes are called ${name}`);
    seen.add(name);
  }
  return problems;
}

function sameType(a: TensorType, b: TensorType): boolean {
  return sameShape(a.shape, b.shape) && a.batched === b.batched && a.element === b.element;
}

function updatedName(target: Update["target"]): string {
  const { operation, attributes } = target;
  return operation === "state" ? `${attributes.parameter}.${attributes.name}` : attributes.name;
}
