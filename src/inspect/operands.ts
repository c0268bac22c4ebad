import { invariant } from "../diagnostics/index.ts";
import type { Node } from "../graph/index.ts";

export function operandOf(node: Node, position = 0): Node {
  const operand = node.inputs[position];
  invariant(operand !== undefined, `${node.operation} has an operand ${position}`);
  return operand;
}

/** `1,2`: the axes that a reduction of `operand` runs over, counted from 1; empty where it runs over all. */
export function axesSubscript(operand: Node, axes: readonly number[]): string {
  return axes.length === operand.type.shape.length ? "" : axes.map((axis) => axis + 1).join(",");
}
