import { type Node, type NodeOf, recurrenceOf } from "../graph/index.ts";
import { constantValue } from "../operations/index.ts";

/** Several nodes that people know by one name. */
export type Pattern =
  /** exp(x − logSumExp(x)) over `axes` of x. */
  | { readonly kind: "softmax"; readonly operand: Node; readonly axes: readonly number[] }
  /** x − logSumExp(x) */
  | { readonly kind: "logSoftmax"; readonly operand: Node; readonly axes: readonly number[] }
  /** scatterAdd(t, 1): 1 at the place t. */
  | { readonly kind: "oneHot"; readonly operand: Node };

export function patternOf(node: Node): Pattern | undefined {
  if (node.operation === "exp") {
    const [exponent] = node.inputs;
    const shifted = exponent && logSoftmaxOf(exponent);
    return shifted && { ...shifted, kind: "softmax" };
  }
  if (node.operation === "subtract") return logSoftmaxOf(node);
  if (node.operation === "scatterAdd") {
    const [indices, values] = node.inputs;
    const isOne = values !== undefined && constantValue(values) === 1;
    const scalar = indices?.type.shape.length === 0 && values?.type.shape.length === 0;
    return isOne && scalar ? { kind: "oneHot", operand: indices } : undefined;
  }
  return undefined;
}

/** What a formula of the node reads. */
export function operandsOf(node: Node): readonly Node[] {
  if (node.operation === "delay") return delayedBy(node);
  const pattern = patternOf(node);
  return pattern === undefined ? node.inputs : [pattern.operand];
}

/** What a delay is of, and what it starts from unless that is 0. */
function delayedBy(node: NodeOf<"delay">): readonly Node[] {
  const { initial, next } = recurrenceOf(node);
  return constantValue(initial) === 0 ? [next] : [next, initial];
}

function logSoftmaxOf(node: Node): Extract<Pattern, { kind: "logSoftmax" }> | undefined {
  if (node.operation !== "subtract") return undefined;
  const [operand, spread] = node.inputs;
  if (operand === undefined || spread === undefined) return undefined;
  const reduced = withoutView(spread);
  if (reduced.operation !== "reduce" || reduced.attributes.kind !== "logSumExp") return undefined;
  if (reduced.inputs[0] !== operand || !isSpreadBack(spread, reduced)) return undefined;
  return { kind: "logSoftmax", operand, axes: reduced.attributes.axes };
}

/** Through the views that only put the reduced axes back. */
function withoutView(node: Node): Node {
  let seen = node;
  while (seen.operation === "broadcast" || seen.operation === "reshape") {
    const [inner] = seen.inputs;
    if (inner === undefined) break;
    seen = inner;
  }
  return seen;
}

/** Whether `spread` repeats `reduced` along exactly the axes that were reduced. */
function isSpreadBack(spread: Node, reduced: NodeOf<"reduce">): boolean {
  if (spread.operation !== "broadcast") return false;
  const kept = spread.type.shape
    .map((_, axis) => axis)
    .filter((axis) => !reduced.attributes.axes.includes(axis));
  if (spread.inputs[0] === reduced) return spread.attributes.axes.join() === kept.join();
  // Through a reshape only where nothing is kept, so that there is one element to repeat.
  return kept.length === 0;
}
