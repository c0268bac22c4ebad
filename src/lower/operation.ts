import type { Node, NodeOf, OperationName } from "../graph/index.ts";
import { type Lowering, operationTable } from "../operations/index.ts";

/** The lowering rule of a node's operation, to be applied to that node. */
export function loweringOf(node: Node): Lowering<OperationName> {
  // The table pairs each operation with its own rule, which TypeScript cannot follow through a union of nodes.
  return operationTable[node.operation].lowering as unknown as Lowering<OperationName>;
}

/** The node as its own operation's rule expects it. */
export function asOperand(node: Node): NodeOf<OperationName> {
  return node; // each member of the union Node is one NodeOf<K>
}
