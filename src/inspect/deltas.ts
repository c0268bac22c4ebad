import type { DerivedNetwork, Node } from "../graph/index.ts";
import { operandsOf } from "./pattern.ts";

interface Parts {
  readonly gradients: DerivedNetwork["gradients"];
  readonly statements: ReadonlySet<Node>;
  readonly names: ReadonlyMap<Node, string>;
  /** The nodes that get names. */
  readonly chosen: ReadonlySet<Node>;
}

/**
 * Names for the errors that backpropagation carries from layer to layer: where ∂L/∂b = c Σ v or ∂L/∂W = c Σ v xᵀ and the
 * parameter belongs to statement h, v is called δh (Rumelhart, Hinton & Williams 1986). It is the adjoint of what h
 * applies its activation to, up to the constant factor c.
 */
export function deltaNames(parts: Parts): ReadonlyMap<Node, string> {
  const owners = ownersOf(parts);
  const names = new Map<Node, string>();
  const taken = new Set<string>();
  for (const { parameter, node } of parts.gradients) {
    const owner = owners.get(parameter.node);
    const error = errorIn(node, parts.chosen);
    if (owner === undefined || error === undefined || names.has(error) || taken.has(owner)) continue;
    names.set(error, `δ${owner}`);
    taken.add(owner);
  }
  return names;
}

/** The name of the statement that first uses each parameter, not through another statement. */
function ownersOf({ statements, names }: Parts): ReadonlyMap<Node, string> {
  const owners = new Map<Node, string>();
  // What an earlier statement reads, it owns: each node is visited once.
  const seen = new Set<Node>();
  for (const statement of [...statements].sort((a, b) => a.id - b.id)) {
    const name = names.get(statement);
    const pending = [statement];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      if (node.operation === "parameter" && name !== undefined) owners.set(node, name);
      for (const operand of operandsOf(node)) {
        if (seen.has(operand) || statements.has(operand)) continue;
        seen.add(operand);
        pending.push(operand);
      }
    }
  }
  return owners;
}

/** v of c Σ v or c Σ v xᵀ, if it is a named part. */
function errorIn(gradient: Node, chosen: ReadonlySet<Node>): Node | undefined {
  const total = batchReductionIn(gradient);
  const [summand] = total?.inputs ?? [];
  if (summand === undefined) return undefined;
  if (chosen.has(summand)) return summand;
  return summand.operation === "einsum" ? summand.inputs.find((input) => chosen.has(input)) : undefined;
}

/** Through scaling by what does not vary. */
function batchReductionIn(node: Node): Node | undefined {
  const scales = new Set<Node["operation"]>(["multiply", "divide", "negate", "einsum", "add"]);
  let [seen, next]: [Node | undefined, Node | undefined] = [undefined, node];
  while (next !== seen) {
    seen = next;
    if (seen.operation === "batchReduce") return seen;
    if (!scales.has(seen.operation)) return undefined;
    next =
      seen.inputs.find((input) => input.operation === "batchReduce" || scales.has(input.operation)) ?? seen;
  }
  return undefined;
}
