import { invariant } from "../diagnostics/index.ts";
import type { Node, NodeOf, OperationName } from "../graph/index.ts";
import type { Builder } from "../operations/index.ts";

/**
 * When both sides of a rule agree:
 *
 * - `ieee`: bit for bit, for every double, NaN, ±0 and ±∞ included (NaNs are not told apart);
 * - `real`: as real functions, wherever the left side is defined; rounding, overflow and the sign of zero may differ;
 * - `finite`: where every value of the left side is finite. Such a rule can turn a NaN into a number, so it is tried on
 *   derivatives only, never on what the user's forward pass computes.
 */
export type Soundness = "ieee" | "real" | "finite";

/** What a rule may ask while it looks at a node. */
export interface RuleContext {
  /** Makes nodes whose origin is this rule. */
  readonly build: Builder;
  /** Whether the node belongs to a derivative only; false for all that the user's own expressions compute. */
  readonly derivative: boolean;
  /** Whether something besides the node at hand reads `node`, so that replacing the one reading does not save it. */
  readonly shared: (node: Node) => boolean;
  /** Whether anything reads `node`: what a rule has just made may have been there before. */
  readonly read: (node: Node) => boolean;
  /** The first node seen in this pass with the same operation and the same two operands, in either order. */
  readonly commuted: (node: Node) => Node;
}

/** A rewrite rule: named data that says when it is true. */
export interface RewriteRule {
  readonly name: string;
  readonly holds: Soundness;
  /** The operations at the root of the left side. */
  readonly operations: readonly OperationName[];
  /** The rule as a formula for people. */
  readonly statement: string;
  /** Tried on derivatives only, although it is sound elsewhere: in the user's own formulas it would not pay or not please. */
  readonly derivativeOnly?: boolean;
  /**
   * The right side, or `undefined` where the left side does not match. The inputs of `node` are already rewritten. The
   * result has the same shape and elements as `node`, and is not batched unless `node` is.
   */
  readonly apply: (node: Node, context: RuleContext) => Node | undefined;
}

interface RuleOf<K extends OperationName> extends Omit<RewriteRule, "operations" | "apply"> {
  readonly operations: readonly K[];
  readonly apply: (node: { readonly [P in K]: NodeOf<P> }[K], context: RuleContext) => Node | undefined;
}

/** Types `apply` by the operations that the rule names. */
export function rule<K extends OperationName>(definition: RuleOf<K>): RewriteRule {
  // The engine applies a rule only to nodes of its operations.
  return definition as unknown as RewriteRule;
}

/** Operand `index` of a node that has one. */
export function operand(node: Pick<Node, "inputs">, index: number): Node {
  const input = node.inputs[index];
  invariant(input !== undefined, `the node has an operand ${index}`);
  return input;
}

/** Both operands of a node that has two. */
export function operands(node: Pick<Node, "inputs">): readonly [Node, Node] {
  return [operand(node, 0), operand(node, 1)];
}
