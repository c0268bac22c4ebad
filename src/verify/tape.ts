import { invariant } from "../diagnostics/index.ts";
import { type Node, type OperationName, reachableFrom } from "../graph/index.ts";
import { at, maximum } from "./indexing.ts";
import { type Bindings, evaluate, lengthOf, sampleOf, valueOf, type Values } from "./interpreter.ts";
import { accumulate, type Add, type Pullback, pullbacks } from "./local-derivatives.ts";

export interface LossAndGradients {
  readonly loss: number;
  /** ∂loss/∂leaf for each leaf that was asked about. */
  readonly gradients: ReadonlyMap<Node, Float64Array>;
}

/**
 * Numeric reverse-mode differentiation: runs the loss forwards, keeps every value, and walks the record (the Wengert
 * list) backwards with its own local derivatives. It knows nothing of derivative graphs, rewriting or generated code.
 *
 * @param loss an unbatched scalar.
 * @param wrt the nodes to differentiate with respect to, leaves as a rule.
 * @param options what to differentiate with other numbers than the network's own.
 */
export function tapeGradients(
  loss: Node,
  wrt: readonly Node[],
  bindings: Bindings,
  { values, adjoint }: TapeOptions = {},
): LossAndGradients {
  const tape = record(loss, wrt, bindings, values);
  return gradientsOf(tape, adjointsOf(tape, adjoint));
}

/** Numbers to take in place of those of the network. */
export interface TapeOptions {
  /** Of the loss and of what it depends on. */
  readonly values?: Values;
  /** Makes of each number of an adjoint the one that is handed on. */
  readonly adjoint?: (value: number) => number;
}

/** What the tape knows of a point: gradients, and how well anybody could compute them. */
export interface MeasuredGradients extends LossAndGradients {
  /**
   * For each leaf the size s of the terms that its gradient is made of: whoever computes it in arithmetic of unit roundoff u
   * errs by about u · s in its worst element. It is far above the gradient's own size where large terms cancel.
   *
   * Every derivative p of an element y by x hands on the error of the adjoint ȳ and a rounding of the term p ȳ. Roundings
   * are as good as independent (Higham and Mary 2019), so squares add up: s²(x) = Σ p² (s²(y) + ȳ²).
   */
  readonly termSizes: ReadonlyMap<Node, number>;
}

export function measureGradients(loss: Node, wrt: readonly Node[], bindings: Bindings): MeasuredGradients {
  const tape = record(loss, wrt, bindings);
  const adjoints = adjointsOf(tape);
  const squares = sweep(
    tape,
    (node, s2) => s2.map((each, k) => Math.hypot(Math.sqrt(each), adjoints.get(node)?.[k] ?? 0)),
    (into, k, term) => {
      accumulate(into, k, term * term);
    },
  );
  const termSizes = new Map(wrt.map((node) => [node, Math.sqrt(maximum(squares.get(node) ?? []))]));
  return { ...gradientsOf(tape, adjoints), termSizes };
}

interface Tape {
  readonly loss: Node;
  readonly wrt: readonly Node[];
  readonly bindings: Bindings;
  readonly nodes: readonly Node[];
  readonly values: Values;
  /** The nodes that depend on `wrt`. */
  readonly active: ReadonlySet<Node>;
}

function record(
  loss: Node,
  wrt: readonly Node[],
  bindings: Bindings,
  values = evaluate([loss], bindings),
): Tape {
  invariant(!loss.type.batched && loss.type.shape.length === 0, "the loss is one number");
  const nodes = reachableFrom([loss]);
  return { loss, wrt, bindings, nodes, values, active: activeNodes(nodes, wrt) };
}

type Arrived = ReadonlyMap<Node, Float64Array>;

function adjointsOf(tape: Tape, handOn: (value: number) => number = (value) => value): Arrived {
  const begun = (node: Node, adjoint: Float64Array) => (node === tape.loss ? adjoint.fill(1) : adjoint);
  return sweep(tape, (node, adjoint) => begun(node, adjoint).map(handOn), accumulate);
}

/**
 * Walks the tape backwards. `handOn` makes of what arrived at a node what its derivatives are multiplied with, and `add`
 * says how these terms gather at its operands.
 */
function sweep(tape: Tape, handOn: (node: Node, arrived: Float64Array) => Float64Array, add: Add): Arrived {
  const { nodes, active, bindings } = tape;
  const arrived = new Map<Node, Float64Array>();
  for (const node of active) arrived.set(node, new Float64Array(lengthOf(node, bindings.batchSize)));
  for (const node of nodes.toReversed()) {
    const own = active.has(node) ? arrived.get(node) : undefined;
    if (own !== undefined) pullBack(tape, node, handOn(node, own), arrived, add);
  }
  return arrived;
}

function gradientsOf({ loss, wrt, values, bindings }: Tape, adjoints: Arrived): LossAndGradients {
  const zero = (node: Node) => new Float64Array(lengthOf(node, bindings.batchSize));
  return {
    loss: at(valueOf(loss, values), 0),
    gradients: new Map(wrt.map((node) => [node, adjoints.get(node) ?? zero(node)])),
  };
}

/** The nodes of the tape that depend on `wrt`. */
function activeNodes(tape: readonly Node[], wrt: readonly Node[]): ReadonlySet<Node> {
  const active = new Set(wrt);
  for (const node of tape) {
    const flows = node.type.element === "real" && node.inputs.some((input) => active.has(input));
    if (flows) active.add(node);
  }
  return active;
}

function pullBack(
  { values, bindings: { batchSize, leaves } }: Tape,
  node: Node,
  dy: Float64Array,
  adjoints: Arrived,
  add: Add,
): void {
  if (node.inputs.length === 0 || leaves.has(node)) return;
  if (node.operation === "batchReduce") {
    const [x] = node.inputs;
    const dx = x && adjoints.get(x);
    const share = node.attributes.kind === "mean" ? 1 / batchSize : 1;
    dx?.forEach((_, k) => {
      add(dx, k, at(dy, k % dy.length) * share);
    });
    return;
  }
  // Nodes with operands are all but leaves; the entry is the one of this node's own operation.
  const pullback = pullbacks[node.operation as keyof typeof pullbacks] as Pullback<OperationName> | undefined;
  if (pullback === undefined) return;
  // Samples of an unbatched operand share one stretch of adjoint: adding to it n times is the sum over the batch.
  for (let n = 0; n < (node.type.batched ? batchSize : 1); n += 1) {
    pullback({
      node,
      operands: node.inputs.map((input) => sampleOf(input, valueOf(input, values), n)),
      result: sampleOf(node, valueOf(node, values), n),
      dy: sampleOf(node, dy, n),
      into: node.inputs.map((input) => {
        const dx = adjoints.get(input);
        return dx && sampleOf(input, dx, n);
      }),
      add,
    });
  }
}
