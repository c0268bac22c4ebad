import { invariant } from "../diagnostics/index.ts";
import {
  closeRecurrence,
  dependentsOf,
  formatShape,
  type Graph,
  type Node,
  type NodeOf,
  type OperationName,
  reachableFrom,
  recurrenceOf,
  sameShape,
} from "../graph/index.ts";
import { Builder, operationTable } from "../operations/index.ts";

/**
 * Forward mode: the directional derivative of each output along `tangents`, which gives some nodes their rates of change
 * (nodes of the same shape); every other leaf stands still. Applied to gradients, it gives Hessian-vector products.
 * Linear in the number of nodes between the two.
 *
 * @param graph The graph of all these nodes; what is new is added to it.
 * @param outputs What to differentiate.
 * @param tangents The direction: rates of change by node.
 * @returns For each output its tangent, of its shape; zeros where it does not depend on a node of `tangents`.
 * @throws {InvariantError} if a tangent has not its node's shape.
 */
export function pushForward(
  graph: Graph,
  outputs: readonly Node[],
  tangents: ReadonlyMap<Node, Node>,
): ReadonlyMap<Node, Node> {
  const known = new Map<Node, Node>(tangents);
  for (const [node, tangent] of tangents) {
    invariant(sameShape(node.type.shape, tangent.type.shape), "a tangent has the shape of its node");
    invariant(
      node.type.batched || !tangent.type.batched,
      "the tangent of a value shared by all samples is shared by them",
    );
  }
  const nodes = reachableFrom(outputs);
  const moving = dependentsOf(
    tangents.keys(),
    nodes.filter(({ type }) => type.element === "real"),
  );
  const delays: (readonly [NodeOf<"delay">, NodeOf<"delay">])[] = [];
  for (const node of nodes) {
    if (known.has(node) || node.type.element !== "real") continue;
    if (node.operation === "delay") {
      if (!moving.has(node)) continue;
      // Ḋₜ is the tangent of the step before, like Dₜ the value of it.
      const tangent = new Builder(graph, { kind: "tangent", of: node }).delay(node.attributes, node.type);
      delays.push([node, tangent]);
      known.set(node, tangent);
      continue;
    }
    const ofInputs = node.inputs.map((input) => known.get(input));
    if (ofInputs.every((tangent) => tangent === undefined)) continue;
    const build = new Builder(graph, { kind: "tangent", of: node });
    const tangent = applyTangentRule(build, node as NodeOf<OperationName>, ofInputs);
    if (tangent === undefined) continue;
    invariant(
      sameShape(tangent.type.shape, node.type.shape),
      `the tangent of ${node.operation} has its shape ${formatShape(node.type.shape)}`,
    );
    known.set(node, tangent);
  }
  for (const [delay, tangent] of delays) {
    const build = new Builder(graph, tangent.origin);
    const { initial, next } = recurrenceOf(delay);
    const rate = (node: Node): Node => known.get(node) ?? build.constantLike(0, node);
    closeRecurrence(tangent, { initial: rate(initial), next: rate(next) });
  }
  const still = new Builder(graph, { kind: "compiler", reason: "it does not depend on what moves" });
  return new Map(outputs.map((output) => [output, known.get(output) ?? still.constantLike(0, output)]));
}

function applyTangentRule<K extends OperationName>(
  build: Builder,
  node: NodeOf<K>,
  tangents: readonly (Node | undefined)[],
): Node | undefined {
  return operationTable[node.operation].tangent({ build, node, tangents });
}
