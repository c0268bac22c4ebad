import { invariant } from "../diagnostics/index.ts";
import {
  closeRecurrence,
  dependentsOf,
  formatShape,
  type Graph,
  type Node,
  type NodeOf,
  type OperationName,
  reachableFrom,
  recurrenceOf,
  sameShape,
} from "../graph/index.ts";
import { Builder, operationTable } from "../operations/index.ts";

/** One application of the chain rule: what `node` adds to the adjoint of its operand. */
export interface DerivationStep {
  /** y = f(x₀, x₁, …) */
  readonly node: Node;
  /** Which xₖ; of a delay, 0 is what it starts from and 1 what it delays. */
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
  const sweep = dependingOn(wrt, reachableFrom([loss]));
  // The adjoint of a delay is taken to be the same for each sample until it turns out to vary.
  const varying = new Set<Node>();
  for (;;) {
    const found = new ReverseSweep(graph, sweep, varying);
    if (sweep.has(loss)) found.run(loss);
    const known = varying.size;
    for (const delay of found.varying) varying.add(delay);
    if (varying.size > known) continue;
    found.close();
    const { adjoints, steps } = found;
    return { gradients: gradientsOf(graph, wrt, adjoints), adjoints, steps };
  }
}

/** The real nodes among `nodes` (in topological order) that depend on a node of `wrt`, in the same order. */
function dependingOn(wrt: readonly Node[], nodes: readonly Node[]): ReadonlySet<Node> {
  const real = nodes.filter(({ type }) => type.element === "real");
  const dependents = dependentsOf(wrt, real);
  return new Set(real.filter((node) => dependents.has(node)));
}

/**
 * One walk from the loss back. A recurrence is gone through backwards: where nextₜ is read by the delay at step t + 1, its
 * adjoint takes what arrives there, λₜ = ∂loss/∂nextₜ + ∂loss/∂Dₜ₊₁ (backpropagation through time: Werbos 1990), which is a
 * delay the other way round.
 */
class ReverseSweep {
  readonly adjoints = new Map<Node, Node>();
  readonly steps: DerivationStep[] = [];
  readonly #graph: Graph;
  readonly #sweep: ReadonlySet<Node>;
  /** For each delay what passes its adjoint on to the step before. */
  readonly #reverse = new Map<NodeOf<"delay">, NodeOf<"delay">>();

  constructor(graph: Graph, sweep: ReadonlySet<Node>, varying: ReadonlySet<Node>) {
    this.#graph = graph;
    this.#sweep = sweep;
    for (const node of sweep) {
      if (node.operation !== "delay") continue;
      const { attributes, type } = node;
      const build = new Builder(graph, { kind: "adjoint", of: node, operand: 1 });
      const reverse = build.delay(
        { ...attributes, reverse: !attributes.reverse },
        { ...type, batched: varying.has(node) },
      );
      this.#reverse.set(node, reverse);
    }
  }

  run(loss: Node): void {
    const seed = new Builder(this.#graph, {
      kind: "compiler",
      reason: "the seed of the reverse sweep, ∂loss/∂loss",
    });
    this.adjoints.set(loss, seed.constant(1));
    const delaysOf = new Map<Node, NodeOf<"delay">[]>();
    for (const delay of this.#reverse.keys()) {
      const { next } = recurrenceOf(delay);
      delaysOf.set(next, [...(delaysOf.get(next) ?? []), delay]);
    }
    // A set iterates in order of insertion, which is topological: backwards, every consumer of a node comes before it,
    // but for the delays of a recurrence.
    for (const node of [...this.#sweep].reverse()) {
      for (const delay of delaysOf.get(node) ?? []) this.#passBack(delay, node);
      const dy = this.adjoints.get(node);
      if (dy === undefined) continue;
      if (node.operation === "delay") this.#reachStart(node, dy);
      for (const [operand, x] of node.inputs.entries()) {
        if (!this.#sweep.has(x)) continue;
        const build = new Builder(this.#graph, { kind: "adjoint", of: node, operand });
        const contribution = contributionOf(build, node, dy, operand);
        if (contribution !== undefined) this.#add(build, { node, operand }, x, contribution);
      }
    }
  }

  /** The delays whose adjoint varies over the batch. */
  get varying(): readonly Node[] {
    return [...this.#reverse.keys()].filter((delay) => this.adjoints.get(delay)?.type.batched === true);
  }

  /** Says what is passed back: the adjoints of the delays, now that they are known. After the last step, nothing is. */
  close(): void {
    for (const [delay, reverse] of this.#reverse) {
      const build = new Builder(this.#graph, reverse.origin);
      const { initial } = recurrenceOf(delay);
      closeRecurrence(reverse, {
        initial: build.constantLike(0, initial),
        next: this.adjoints.get(delay) ?? build.constantLike(0, delay),
      });
    }
  }

  /** dnextₜ += dDₜ₊₁ */
  #passBack(delay: NodeOf<"delay">, next: Node): void {
    const reverse = this.#reverse.get(delay);
    invariant(reverse !== undefined, "each delay of the sweep has its reverse");
    const build = new Builder(this.#graph, { kind: "adjoint", of: delay, operand: 1 });
    this.#add(build, { node: delay, operand: 1 }, next, sharedBy(build, delay, next, reverse));
  }

  /** dinitial += dD₀ */
  #reachStart(delay: NodeOf<"delay">, dy: Node): void {
    const { initial } = recurrenceOf(delay);
    if (!this.#sweep.has(initial)) return;
    const build = new Builder(this.#graph, { kind: "adjoint", of: delay, operand: 0 });
    const { axis, reverse } = delay.attributes;
    const first = build.apply("slice", [dy], {
      starts: delay.type.shape.map((extent, each) => (each === axis && reverse ? extent - 1 : 0)),
      sizes: delay.type.shape.map((extent, each) => (each === axis ? 1 : extent)),
      steps: delay.type.shape.map(() => 1),
    });
    const contribution = build.reshape(first, initial.type.shape);
    this.#add(build, { node: delay, operand: 0 }, initial, sharedBy(build, delay, initial, contribution));
  }

  #add(
    build: Builder,
    by: { readonly node: Node; readonly operand: number },
    x: Node,
    contribution: Node,
  ): void {
    const before = this.adjoints.get(x);
    const total = before ? build.add(before, contribution) : contribution;
    this.adjoints.set(x, total);
    this.steps.push({ ...by, contribution, total });
  }
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
  return sharedBy(build, node, x, contribution);
}

/** What all samples of `node` contribute to an operand that is the same for each of them. */
function sharedBy(build: Builder, node: Node, x: Node, contribution: Node): Node {
  return node.type.batched && !x.type.batched ? build.batchSum(contribution) : contribution;
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
