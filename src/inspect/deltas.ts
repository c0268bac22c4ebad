import { type DerivedNetwork, type Node, type OperationName, sameShape } from "../graph/index.ts";
import type { ErrorOf } from "./activations.ts";
import { operandsOf } from "./pattern.ts";

interface Parts {
  readonly gradients: DerivedNetwork["gradients"];
  readonly statements: ReadonlySet<Node>;
  readonly names: ReadonlyMap<Node, string>;
  /** The statements that errors can be named after. */
  readonly owners: ReadonlyMap<Node, ErrorOf>;
  /** The nodes that get names. */
  readonly chosen: ReadonlySet<Node>;
}

/** The name of an error, and what it is the derivative by. */
export interface Delta {
  readonly name: string;
  readonly errorOf: ErrorOf;
}

/**
 * Names for the errors that backpropagation carries from layer to layer: where ∂L/∂b = c Σ v or ∂L/∂W = c Σ v xᵀ and the
 * parameter belongs to statement h, v is called δh (Rumelhart, Hinton & Williams 1986). It is the adjoint of h,
 * or of what h applies its activation to, up to the factor c; a statement that is neither names no error. A statement whose parameters have different errors, as two
 * layers in one have, gives its name to none of them; nor does a value of another shape.
 */
export function deltaNames(parts: Parts): ReadonlyMap<Node, Delta> {
  const owners = ownersOf(parts);
  const errors = new Map<Node, Set<Node>>();
  for (const { parameter, node } of parts.gradients) {
    const owner = owners.get(parameter.node);
    if (owner === undefined) continue;
    const found = errors.get(owner) ?? new Set();
    for (const error of errorsIn(node, parts)) found.add(error);
    errors.set(owner, found);
  }
  const names = new Map<Node, Delta>();
  for (const [owner, [error, another]] of errors) {
    if (error === undefined || another !== undefined || !parts.chosen.has(error) || names.has(error))
      continue;
    const errorOf = parts.owners.get(owner);
    if (errorOf === undefined) continue;
    if (!sameShape(error.type.shape, owner.type.shape)) continue;
    names.set(error, { name: `δ${parts.names.get(owner) ?? ""}`, errorOf });
  }
  return names;
}

/** The named statement that first uses each parameter, not through another statement. */
function ownersOf({ statements, names }: Parts): ReadonlyMap<Node, Node> {
  const owners = new Map<Node, Node>();
  // What an earlier statement reads, it owns: each node is visited once.
  const seen = new Set<Node>();
  for (const statement of [...statements].sort((a, b) => a.id - b.id)) {
    const isNamed = names.has(statement);
    const pending = [statement];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      if (node.operation === "parameter" && isNamed) owners.set(node, statement);
      for (const operand of operandsOf(node)) {
        if (seen.has(operand) || statements.has(operand)) continue;
        seen.add(operand);
        pending.push(operand);
      }
    }
  }
  return owners;
}

/**
 * What the gradient sums over the batch: v of c Σ v, of c Σ v xᵀ or of c Σ scatterAdd(k, v) if v is to be named, else the
 * whole summand. Several for a parameter that is used in several places.
 */
function errorsIn(gradient: Node, parts: Parts): readonly Node[] {
  return batchReductionsIn(gradient).flatMap(({ inputs: [summand] }) => {
    if (summand === undefined) return [];
    return [(isShown(summand, parts) ? undefined : errorWithin(summand, parts)) ?? summand];
  });
}

/** Whether formulas show a name for what is no more than a product with an error. */
function isShown(summand: Node, { chosen }: Parts): boolean {
  return summand.operation === "einsum" && chosen.has(summand);
}

/** The error in what its parameter makes of it: v xᵀ of a matrix, v x of a vector, the place k of a table. */
function errorWithin(summand: Node, { chosen, names }: Parts): Node | undefined {
  const isError = (node: Node): boolean => node.type.batched && chosen.has(node) && !names.has(node);
  if (summand.operation === "einsum") return summand.inputs.find(isError);
  if (summand.operation === "scatterAdd") return summand.inputs.slice(1).find(isError);
  if (summand.operation !== "multiply") return undefined;
  const scalars = summand.inputs.filter(({ operation }) => operation === "broadcast");
  return scalars.flatMap(({ inputs }) => inputs).find(isError);
}

const scales: ReadonlySet<OperationName> = new Set<OperationName>([
  "multiply",
  "divide",
  "negate",
  "einsum",
  "add",
]);

/** Through sums, and through scaling by what does not vary. */
function batchReductionsIn(gradient: Node): readonly Node[] {
  const reached = new Set([gradient]);
  for (const node of reached) {
    if (!scales.has(node.operation)) continue;
    for (const input of node.inputs) reached.add(input);
  }
  return [...reached].filter(({ operation }) => operation === "batchReduce");
}
