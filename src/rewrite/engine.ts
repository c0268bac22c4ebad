import { invariant, InvariantError } from "../diagnostics/index.ts";
import {
  type Graph,
  type Node,
  type OperationName,
  type RewriteStep,
  sameShape,
  sourcesOf,
} from "../graph/index.ts";
import { belowOperands, Builder, delaysBelow, renewRecurrences } from "../operations/index.ts";
import type { RewriteRule, RuleContext } from "./rule.ts";

/** What a pass made of a graph. */
export interface Rewritten {
  /** The counterparts of the roots, in the same order. */
  readonly roots: readonly Node[];
  /** The counterpart of any node of the graph, whether or not the roots depend on it. */
  readonly replace: (node: Node) => Node;
  /** Each rule that fired below the roots, in order. */
  readonly trace: readonly RewriteStep[];
}

export interface RewriteOptions {
  /**
   * Nodes that hold what the user's own expressions compute. They and all they depend on are rewritten first and by
   * rules that keep every NaN. Without it: the roots' nodes that depend on no adjoint and no tangent.
   */
  readonly forward?: readonly Node[];
}

/** A pair of ids below this is one exact number. */
const mostNodes = 2 ** 26;

/** A rule can only enable others in what it made; after so many sweeps what is left is not worth another. */
const mostSweeps = 4;

/**
 * Rewrites everything below `roots` by `rules` until none applies. Each sweep visits a node once, inputs first, with
 * an explicit stack, so that depth is no limit and the time is linear; another sweep follows only where one changed
 * something, because a node that lost a reader may match where it did not before.
 */
export function rewrite(
  graph: Graph,
  roots: readonly Node[],
  rules: readonly RewriteRule[],
  pass: string,
  options: RewriteOptions = {},
): Rewritten {
  const sweeps: Sweep[] = [];
  const settled: Settled = { forward: new Set(), derivative: new Set() };
  const replaceBy = (node: Node): Node => sweeps.reduce((each, sweep) => sweep.normalise(each), node);
  // Sweeps take delays for leaves; what they are of is rewritten like any root.
  const delays = delaysBelow(roots);
  let current = [...roots, ...delays.flatMap(sourcesOf)];
  for (let count = 0; count < mostSweeps; count += 1) {
    const sweep = new Sweep(graph, current, rules, pass, settled, options.forward?.map(replaceBy));
    const next = current.map((root) => sweep.normalise(root));
    const changed = next.some((root, index) => root !== current[index]);
    sweep.close();
    sweeps.push(sweep);
    current = next;
    if (!changed) break;
  }
  const renew = renewRecurrences(graph, delays, replaceBy);
  return {
    roots: current.slice(0, roots.length).map(renew),
    replace: (node) => renew(replaceBy(node)),
    trace: sweeps.flatMap((sweep) => sweep.trace),
  };
}

/** Whether a node is an adjoint or a tangent, or was made from one. */
function isDerivative(node: Node): boolean {
  let origin = node.origin;
  while (origin.kind === "rewrite") origin = origin.from.origin;
  return origin.kind === "adjoint" || origin.kind === "tangent";
}

/** The nodes below `roots` that neither are nor depend on a derivative. */
function forwardPart(roots: readonly Node[]): readonly Node[] {
  const derivative = new Set<Node>();
  const forward: Node[] = [];
  for (const node of belowOperands(roots)) {
    if (isDerivative(node) || node.inputs.some((input) => derivative.has(input))) derivative.add(node);
    else forward.push(node);
  }
  return forward;
}

/** Nodes that no rule matches whatever else reads their operands: later sweeps need not try them again. */
interface Settled {
  readonly forward: Set<Node>;
  readonly derivative: Set<Node>;
}

class Sweep {
  readonly trace: RewriteStep[] = [];
  readonly #graph: Graph;
  readonly #pass: string;
  readonly #rules: ReadonlyMap<OperationName, readonly RewriteRule[]>;
  /** What each visited node has become. */
  readonly #normal = new Map<Node, Node>();
  /** What a node turned into by one step, not yet normal itself. */
  readonly #step = new Map<Node, Node>();
  /** How many operands and roots read a node. */
  readonly #readers = new Map<Node, number>();
  readonly #firstSeen = new Map<string, Map<number, Node>>();
  readonly #settled: Settled;
  readonly #context: Context;
  #derivative = false;
  /** Firings left: termination is proved rule by rule; this catches a proof that was wrong. */
  #fuel: number;
  #closed = false;

  constructor(
    graph: Graph,
    roots: readonly Node[],
    rules: readonly RewriteRule[],
    pass: string,
    settled: Settled,
    forward: readonly Node[] | undefined,
  ) {
    this.#graph = graph;
    this.#settled = settled;
    this.#context = new Context(
      graph,
      (node) => this.#readersOf(node),
      (node) => this.#commuted(node),
    );
    this.#pass = pass;
    this.#rules = byOperation(rules);
    const live = belowOperands(roots);
    this.#fuel = 64 * live.length + 1000;
    for (const node of [...roots, ...live.flatMap((each) => each.inputs)]) {
      this.#readers.set(node, this.#readersOf(node) + 1);
    }
    for (const node of forward ?? forwardPart(roots)) this.normalise(node);
    this.#derivative = true;
  }

  /** From here on nodes are rewritten without a trace: the roots do not depend on them. */
  close(): void {
    this.#closed = true;
  }

  normalise(root: Node): Node {
    const stack = [root];
    // Nodes that wait for another to be done; one that waits for itself would wait for ever.
    const waiting = new Set<Node>();
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      const next = this.#step.get(node) ?? node;
      const known = this.#normal.get(next);
      if (known !== undefined) {
        this.#settle(node, known);
        waiting.delete(node);
        stack.pop();
        continue;
      }
      const needed = next === node ? node.inputs.filter((input) => !this.#normal.has(input)) : [next];
      if (needed.length > 0) {
        waiting.add(node);
        if (needed.some((each) => waiting.has(each))) this.#fail("undo each other");
        for (const each of needed) stack.push(each);
      } else {
        const stepped = this.#rewriteOnce(node);
        if (stepped === node) this.#normal.set(node, node);
        else this.#step.set(node, stepped);
      }
    }
    const normal = this.#normal.get(root);
    invariant(normal !== undefined, "a visited node has a normal form");
    return normal;
  }

  /** A fault of ours: the set of rules does not terminate. */
  #fail(what: string): never {
    const names = new Set(this.trace.slice(-6).map((step) => `'${step.rule}'`));
    throw new InvariantError(`in ${this.#pass}, rules ${what}: ${[...names].join(", ")}`);
  }

  #settle(node: Node, normal: Node): void {
    if (this.#normal.has(node)) return;
    this.#normal.set(node, normal);
    const readers = this.#readers.get(node);
    if (readers !== undefined) this.#readers.set(normal, this.#readersOf(normal) + readers);
  }

  #readersOf(node: Node): number {
    return this.#readers.get(node) ?? 0;
  }

  /** The node with its inputs rewritten, else what the first rule that matches makes of it, else the node itself. */
  #rewriteOnce(node: Node): Node {
    const inputs = node.inputs.map((input) => this.#normal.get(input) ?? input);
    if (inputs.some((input, index) => input !== node.inputs[index]))
      return rebuild(this.#graph, node, inputs);
    const settled = this.#derivative ? this.#settled.derivative : this.#settled.forward;
    if (settled.has(node)) return node;
    const context = this.#context;
    context.begin(node, this.#derivative);
    for (const rule of this.#rules.get(node.operation) ?? []) {
      if ((rule.holds === "finite" || rule.derivativeOnly === true) && !this.#derivative) continue;
      context.rule = rule;
      const result = rule.apply(node, context);
      if (result === undefined || result === node) continue;
      this.#check(rule, node, result);
      if (!this.#closed) this.trace.push({ pass: this.#pass, rule: rule.name, from: node, to: result });
      return result;
    }
    if (!context.metShared) settled.add(node);
    return node;
  }

  #commuted(node: Node): Node {
    const [a = 0, b = 0] = node.inputs.map((input) => input.id);
    const key = Math.min(a, b) * mostNodes + Math.max(a, b);
    let ofOperation = this.#firstSeen.get(node.operation);
    if (ofOperation === undefined)
      this.#firstSeen.set(node.operation, (ofOperation = new Map<number, Node>()));
    const first = ofOperation.get(key);
    if (first === undefined) ofOperation.set(key, node);
    return first ?? node;
  }

  #check(rule: RewriteRule, from: Node, to: Node): void {
    this.#fuel -= 1;
    if (this.#fuel === 0) this.#fail("come to no end");
    invariant(
      sameShape(from.type.shape, to.type.shape) && from.type.element === to.type.element,
      `'${rule.name}' keeps shape and elements`,
    );
    invariant(from.type.batched || !to.type.batched, `'${rule.name}' makes no value vary over the batch`);
  }
}

/** What rules see of a sweep; one object, so that trying a rule costs nothing. */
class Context implements RuleContext {
  derivative = false;
  /** Whether `shared` was ever true for the node at hand: then a later sweep may decide otherwise. */
  metShared = false;
  readonly shared: (node: Node) => boolean;
  readonly read: (node: Node) => boolean;
  readonly commuted: (node: Node) => Node;
  readonly #graph: Graph;
  #from: Node | undefined;
  #rule: RewriteRule | undefined;
  #build: Builder | undefined;

  constructor(graph: Graph, readersOf: (node: Node) => number, commuted: (node: Node) => Node) {
    this.#graph = graph;
    this.commuted = commuted;
    this.shared = (node) => {
      const result = readersOf(node) > 1;
      this.metShared ||= result;
      return result;
    };
    this.read = (node) => readersOf(node) > 0;
  }

  begin(from: Node, derivative: boolean): void {
    this.#from = from;
    this.derivative = derivative;
    this.metShared = false;
  }

  set rule(rule: RewriteRule) {
    this.#rule = rule;
    this.#build = undefined;
  }

  get build(): Builder {
    invariant(this.#from !== undefined && this.#rule !== undefined, "a rule is at a node");
    this.#build ??= new Builder(this.#graph, { kind: "rewrite", rule: this.#rule.name, from: this.#from });
    return this.#build;
  }
}

/** The same operation on other inputs. It stays what the user wrote, so it keeps its origin. */
function rebuild(graph: Graph, node: Node, inputs: readonly Node[]): Node {
  return new Builder(graph, node.origin).again(node, inputs);
}

function byOperation(rules: readonly RewriteRule[]): ReadonlyMap<OperationName, readonly RewriteRule[]> {
  const index = new Map<OperationName, RewriteRule[]>();
  for (const rule of rules) {
    for (const operation of rule.operations) {
      const known = index.get(operation);
      if (known === undefined) index.set(operation, [rule]);
      else known.push(rule);
    }
  }
  return index;
}
