import { type Node, type OperationName, sizeOf } from "../graph/index.ts";
import { loweringOf } from "./operation.ts";
import type { Read } from "./reads.ts";

/**
 * A rough price of each operation, in additions: what storing a value is weighed against. Elementwise operations that
 * are absent cost 1.
 */
const prices: Readonly<Partial<Record<OperationName, number>>> = {
  broadcast: 0,
  permute: 0,
  slice: 0,
  pad: 1,
  window: 0,
  stopGradient: 0,
  whenTraining: 0,
  constant: 0,
  random: 12,
  divide: 4,
  sqrt: 4,
  power: 40,
  exp: 20,
  expm1: 20,
  log: 15,
  log1p: 15,
  sin: 20,
  cos: 20,
  tan: 20,
  asin: 20,
  acos: 20,
  atan: 20,
  sinh: 20,
  cosh: 20,
  tanh: 25,
  asinh: 20,
  acosh: 20,
  atanh: 20,
  erf: 40,
  sigmoid: 25,
  softplus: 35,
};

const mostCost = 1e9;

/** Operations whose result is as short as an index, where their operands are. */
const counting: ReadonlySet<OperationName> = new Set<OperationName>([
  ...(["iota", "constant", "toReal", "broadcast", "permute", "reshape", "slice"] as const),
  ...(["less", "lessEqual", "greater", "greaterEqual", "equal", "notEqual"] as const),
]);

/** The nodes of `order` (topological) that the loops' own variables give: triangles of ones, places of a sequence. */
export function countedNodes(order: readonly Node[]): ReadonlySet<Node> {
  const counted = new Set<Node>();
  for (const node of order) {
    if (counting.has(node.operation) && node.inputs.every((input) => counted.has(input))) counted.add(node);
  }
  return counted;
}

/** The nodes of `order` that random numbers give, with what is counted: a mask. It takes no memory to have them again. */
export function drawnNodes(order: readonly Node[], counted: ReadonlySet<Node>): ReadonlySet<Node> {
  const drawn = new Set<Node>();
  for (const node of order) {
    const isDrawn = node.inputs.some((input) => drawn.has(input));
    const isMade = node.inputs.every((input) => drawn.has(input) || counted.has(input));
    if (node.operation === "random" || (isDrawn && isMade)) drawn.add(node);
  }
  return drawn;
}

/** An unbatched scalar is computed once, in the program's outermost scope, however many nests read it. */
export function isScalarOfProgram({ type }: Node): boolean {
  return sizeOf(type.shape) === 1 && !type.batched;
}

/**
 * For each node of `order` (topological) about how many additions one element costs, its operands included as far as
 * they are likely to be computed along with it rather than stored.
 */
export function estimateCosts(
  order: readonly Node[],
  reads: ReadonlyMap<Node, readonly Read[]>,
): ReadonlyMap<Node, number> {
  const readers = new Map<Node, number>();
  for (const list of reads.values()) {
    for (const { operand } of list) readers.set(operand, (readers.get(operand) ?? 0) + 1);
  }
  const costs = new Map<Node, number>();
  for (const node of order) {
    const list = reads.get(node) ?? [];
    const combining = loweringOf(node).kind === "reduction" ? (list[0]?.count ?? 1) : 0;
    let cost = list.length === 0 ? (prices[node.operation] ?? 1) : (prices[node.operation] ?? 1) + combining;
    for (const { operand, count } of list) {
      const known = costs.get(operand) ?? 1;
      const likelyStored = known > 4 && (readers.get(operand) ?? 0) > 1;
      cost += count * (likelyStored ? 1 : known);
    }
    costs.set(node, Math.min(cost, mostCost));
  }
  return costs;
}
