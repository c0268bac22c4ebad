import { invariant } from "../diagnostics/index.ts";
import {
  formatShape,
  type Graph,
  type Node,
  type NodeOf,
  type OperationName,
  reachableFrom,
  sameShape,
} from "../graph/index.ts";
import { Builder, operationTable } from "../operations/index.ts";

/** One application of the chain rule: what `node` adds to the adjoint of its operand. */
export interface DerivationStep {
  /** y = f(x₀, x₁, …) */
  readonly node: Node;
  /** Which xₖ. */
  readonly operand: number;
  /** ∂loss/∂xₖ by way of y alone; summed over the batch where xₖ is the same for every sample and y is not. */
  readonly contribution: Node;
  /** The adjoint of xₖ so far, this contribution included. */
  readonly total: Node;
}

/** What a reverse sweep found. */
export interface Derivation {
  /** ∂loss/∂w for each w asked for, of w's shape; zeros where the loss does not depend on w. */
  readonly gradients: ReadonlyMap<Node, Node>;
  /** ∂loss/∂v for every v that the reverse sweep passed. */
  readonly adjoints: ReadonlyMap<Node, Node>;
  /** In the order taken: from the loss back. */
  readonly steps: readonly DerivationStep[];
}

/**
 * The derivatives of a scalar with respect to many nodes, by one reverse sweep that visits each node between them once
 * (reverse accumulation: Linnainmaa 1970; Griewank & Walther, Evaluating Derivatives, §3.2). The work, and the number of
 * new nodes, is linear in the number of nodes between `wrt` and `loss`.
 *
 * The adjoint of a node that varies over the batch is per sample; the adjoint of one that does not is the sum over it.
 * An adjoint that is the same for each sample is left unbatched.
 *
 * @param graph The graph of all these nodes; what is new is added to it.
 * @param loss An unbatched real scalar.
 * @param wrt The nodes to differentiate by.
 * @returns The derivatives, and how they came about.
 * @throws {InvariantError} if the loss is anything else.
 */
export function differentiate(graph: Graph, loss: Node, wrt: readonly Node[]): Derivation {
  invariant(
    loss.type.shape.length === 0 && !loss.type.batched && loss.type.element === "real",
    "a loss is one real number for the whole batch",
  );
  const adjoints = new Map<Node, Node>();
  const steps: DerivationStep[] = [];
  const sweep = dependingOn(wrt, reachableFrom([loss]));
  if (sweep.has(loss)) {
    const seed = new Builder(graph, {
      kind: "compiler",
      reason: "the seed of the reverse sweep, ∂loss/∂loss",
    });
    adjoints.set(loss, seed.constant(1));
  }
  // A set iterates in order of insertion, which is topological: backwards, every consumer of a node comes before it.
  for (const node of [...sweep].reverse()) {
    const dy = adjoints.get(node);
    if (dy === undefined) continue;
    for (const [operand, x] of node.inputs.entries()) {
      if (!sweep.has(x)) continue;
      const build = new Builder(graph, { kind: "adjoint", of: node, operand });
      const contribution = contributionOf(build, node, dy, operand);
      if (contribution === undefined) continue;
      const before = adjoints.get(x);
      const total = before ? build.add(before, contribution) : contribution;
      adjoints.set(x, total);
      steps.push({ node, operand, contribution, total });
    }
  }
  return { gradients: gradientsOf(graph, wrt, adjoints), adjoints, steps };
}

/** The real nodes among `nodes` (in topological order) that depend on a node of `wrt`, in the same order. */
function dependingOn(wrt: readonly Node[], nodes: readonly Node[]): ReadonlySet<Node> {
  const sources = new Set(wrt);
  const dependents = new Set<Node>();
  for (const node of nodes) {
    const depends = sources.has(node) || node.inputs.some((input) => dependents.has(input));
    if (depends && node.type.element === "real") dependents.add(node);
  }
  return dependents;
}

/** What `node` contributes to the adjoint of an operand, with the batch rule applied. */
function contributionOf(build: Builder, node: Node, dy: Node, operand: number): Node | undefined {
  const contribution = applyAdjointRule(build, node as NodeOf<OperationName>, dy, operand);
  const x = node.inputs[operand];
  if (contribution === undefined || x === undefined) return undefined;
  invariant(
    sameShape(contribution.type.shape, x.type.shape),
    `${node.operation} gives operand ${operand} an adjoint of its shape ${formatShape(x.type.shape)}`,
  );
  const isShared = node.type.batched && !x.type.batched;
  return isShared ? build.batchSum(contribution) : contribution;
}

function applyAdjointRule<K extends OperationName>(
  build: Builder,
  node: NodeOf<K>,
  dy: Node,
  operand: number,
): Node | undefined {
  const { adjoint } = operationTable[node.operation];
  const context = { build, node, dy };
  if (typeof adjoint === "function") return adjoint(context, operand);
  const rule = adjoint[operand];
  invariant(rule !== undefined, `${node.operation} has an adjoint rule for operand ${operand}`);
  return rule(context);
}

function gradientsOf(
  graph: Graph,
  wrt: readonly Node[],
  adjoints: ReadonlyMap<Node, Node>,
): ReadonlyMap<Node, Node> {
  const unreachable = new Builder(graph, { kind: "compiler", reason: "the loss does not depend on it" });
  return new Map(wrt.map((node) => [node, adjoints.get(node) ?? unreachable.constantLike(0, node)]));
}
