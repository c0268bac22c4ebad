import { type Node, type OperationName, reachableFrom, sizeOf } from "../graph/index.ts";
import { parseSpecification } from "../operations/index.ts";

/** What only moves or names data: index arithmetic, no arithmetic on elements. */
const free: ReadonlySet<OperationName> = new Set<OperationName>([
  "input", "parameter", "constant", "literal", "iota", "batchSize", "state", "step", "random",
  "broadcast", "permute", "reshape", "slice", "pad", "window", "concatenate", "gather", "stopGradient", "whenTraining",
  "toReal",
]); // prettier-ignore

/**
 * Arithmetic operations that computing `roots` takes, a node counted once however often it is used: one for each
 * element of an elementwise operation and each element that a reduction reads, two (a product and a sum) for each point
 * of a contraction's domain. `perSample` is the work for each sample, `perBatch` what is done once for all of them.
 */
export function countOperations(roots: readonly Node[]): {
  readonly perSample: number;
  readonly perBatch: number;
} {
  let perSample = 0;
  let perBatch = 0;
  for (const node of reachableFrom(roots)) {
    if (free.has(node.operation)) continue;
    // A sum over the batch does its work for each sample, although its result is one for all.
    if (node.type.batched || node.operation === "batchReduce") perSample += operationsOf(node);
    else perBatch += operationsOf(node);
  }
  return { perSample, perBatch };
}

function operationsOf(node: Node): number {
  const [x, y] = node.inputs;
  if (node.operation === "einsum") {
    const { a, b } = parseSpecification(node.attributes.specification);
    const extents = new Map<string, number>();
    Array.from(a).forEach((letter, axis) => extents.set(letter, x?.type.shape[axis] ?? 1));
    Array.from(b).forEach((letter, axis) => extents.set(letter, y?.type.shape[axis] ?? 1));
    return 2 * sizeOf([...extents.values()]);
  }
  if (node.operation === "reduce" || node.operation === "overlapAdd") return sizeOf(x?.type.shape ?? []);
  if (node.operation === "scatterAdd") return sizeOf(y?.type.shape ?? []);
  return sizeOf(node.type.shape);
}
