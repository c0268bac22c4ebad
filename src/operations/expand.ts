import { invariant } from "../diagnostics/index.ts";
import type { Node, NodeOf, OperationName } from "../graph/index.ts";
import type { Builder } from "./build.ts";
import { operationTable } from "./table.ts";

/**
 * The operations that a node is rewritten into before it is lowered, or `undefined` for a node that is lowered as it
 * stands. The result needs no further expansion.
 */
export function expansionOf(build: Builder, node: Node): Node | undefined {
  return expand(build, node);
}

function expand<K extends OperationName>(build: Builder, node: NodeOf<K>): Node | undefined {
  const { lowering } = operationTable[node.operation];
  switch (lowering.kind) {
    case "expand": {
      const expansion = lowering.expand(build, node);
      invariant(expansion !== undefined, `${node.operation} always expands`);
      return expansion;
    }
    case "element":
    case "reduction":
      return lowering.expand?.(build, node);
    case "leaf":
    case "delay":
    case "reshape":
    case "batchReduction":
    case "scatter":
      return undefined;
  }
}
