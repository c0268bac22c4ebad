import { invariant } from "../diagnostics/index.ts";
import {
  closeRecurrence,
  type Graph,
  type Loop,
  type Node,
  type NodeOf,
  type OperationAttributes,
  type OperationName,
  reachableFrom,
  recurrenceOf,
  sizeOf,
  unitsOf,
} from "../graph/index.ts";
import { at } from "./indexing.ts";

/**
 * The same values without recurrences: every step spelled out. So the judges need not know what a recurrence is, nor trust
 * anybody's derivative of one.
 *
 * @returns For each node below `roots`, and for others as they are, the node that computes its value.
 */
export function withoutRecurrences(graph: Graph, roots: readonly Node[]): (node: Node) => Node {
  let current = roots;
  const rounds: ReadonlyMap<Node, Node>[] = [];
  while (reachableFrom(current).some(({ operation }) => operation === "delay")) {
    const plain = new Unroller(graph).run(reachableFrom(current));
    rounds.push(plain);
    current = current.map((root) => plain.get(root) ?? root);
  }
  return (node) => rounds.reduce((each, plain) => plain.get(each) ?? each, node);
}

/** Spells out the outermost loops. */
class Unroller {
  readonly #graph: Graph;
  readonly #plain = new Map<Node, Node>();

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  run(nodes: readonly Node[]): ReadonlyMap<Node, Node> {
    for (const unit of unitsOf(nodes)) {
      if (unit.kind === "loop") this.#unroll(unit);
      else if (unit.node.operation === "delay") this.#plain.set(unit.node, this.#shifted(unit.node));
      else
        this.#plain.set(
          unit.node,
          this.#again(
            unit.node,
            unit.node.inputs.map((x) => this.#now(x)),
          ),
        );
    }
    return this.#plain;
  }

  #now(node: Node): Node {
    return this.#plain.get(node) ?? node;
  }

  /** The node on other operands, with its own attributes or others. */
  #again(node: Node, inputs: readonly Node[], type = node.type, attributes: object = node.attributes): Node {
    const isSame = inputs.every((input, k) => input === node.inputs[k]) && type === node.type;
    if (isSame) return node;
    return this.#make(node.operation, inputs, attributes as OperationAttributes[OperationName], type, node);
  }

  #make<K extends OperationName>(
    operation: K,
    inputs: readonly Node[],
    attributes: OperationAttributes[K],
    type: Node["type"],
    { origin }: Node,
  ): Node {
    return this.#graph.intern(operation, inputs, attributes, type, origin) as unknown as Node; // one of the union
  }

  /** A delay of what does not depend on it: no loop, only what it starts from, and then what it delays but for the last step. */
  #shifted(delay: NodeOf<"delay">): Node {
    const { initial, next } = recurrenceOf(delay);
    const { axis, reverse } = delay.attributes;
    const { shape } = delay.type;
    const oneStep = withOne(shape, axis);
    const type = { ...delay.type, shape: oneStep };
    const start = this.#make("reshape", [this.#now(initial)], { shape: oneStep }, type, delay);
    const others = {
      starts: shape.map((_, k) => (k === axis && reverse ? 1 : 0)),
      sizes: shape.map((extent, k) => (k === axis ? extent - 1 : extent)),
      steps: shape.map(() => 1),
    };
    const rest = this.#make(
      "slice",
      [this.#now(next)],
      others,
      { ...delay.type, shape: others.sizes },
      delay,
    );
    return this.#make("concatenate", reverse ? [rest, start] : [start, rest], { axis }, delay.type, delay);
  }

  #unroll(loop: Loop): void {
    const axes = axesOfSteps(loop);
    const axisOf = (node: Node): number => {
      const axis = axes.get(node);
      invariant(axis !== undefined, `node ${node.id} (${node.operation}) lies in the loop`);
      return axis;
    };
    const steps: ReadonlyMap<Node, Node>[] = [];
    for (let count = 0; count < loop.steps; count += 1) {
      const t = loop.reverse ? loop.steps - 1 - count : count;
      steps[t] = this.#step(loop, axisOf, t, steps[loop.reverse ? t + 1 : t - 1]);
    }
    for (const node of loop.nodes) {
      const parts = steps.map((step) => step.get(node) ?? node);
      this.#plain.set(node, this.#make("concatenate", parts, { axis: axisOf(node) }, node.type, node));
    }
  }

  /** The nodes of the loop at one step, each with an extent of 1 along its axis of steps. */
  #step(
    loop: Loop,
    axisOf: (node: Node) => number,
    t: number,
    before: ReadonlyMap<Node, Node> | undefined,
  ): ReadonlyMap<Node, Node> {
    const now = new Map<Node, Node>();
    const inner: (readonly [NodeOf<"delay">, NodeOf<"delay">])[] = [];
    const operand = (x: Node, axis: number | undefined): Node => {
      const known = now.get(x);
      if (known !== undefined) return known;
      return axis === undefined ? this.#now(x) : this.#element(this.#now(x), axis, t);
    };
    for (const node of loop.nodes) {
      const axis = axisOf(node);
      const type = { ...node.type, shape: withOne(node.type.shape, axis) };
      if (node.operation === "delay" && loop.delays.includes(node)) {
        const { initial, next } = recurrenceOf(node);
        const value = before === undefined ? this.#now(initial) : (before.get(next) ?? next);
        // Each sample has its own, even where all of them start alike.
        now.set(node, this.#make("reshape", [value], { shape: type.shape }, type, node));
      } else if (node.operation === "delay") {
        const attributes = { ...node.attributes, id: this.#graph.nodes.length };
        const copy = this.#graph.intern("delay", [], attributes, type, node.origin);
        inner.push([node, copy]);
        now.set(node, copy);
      } else {
        const inputs = node.inputs.map((x, k) => operand(x, operandAxis(node, k, axis)));
        now.set(node, this.#again(node, inputs, type, withOneStep(node, axis)));
      }
    }
    for (const [delay, copy] of inner) {
      const { initial, next } = recurrenceOf(delay);
      const axis = axisOf(delay);
      const behind = axis > delay.attributes.axis ? axis - 1 : axis;
      closeRecurrence(copy, { initial: operand(initial, behind), next: operand(next, axis) });
    }
    return now;
  }

  /** Element t along an axis, which stays with an extent of 1. */
  #element(x: Node, axis: number, t: number): Node {
    const { shape } = x.type;
    const attributes = {
      starts: shape.map((_, k) => (k === axis ? t : 0)),
      sizes: withOne(shape, axis),
      steps: shape.map(() => 1),
    };
    return this.#make("slice", [x], attributes, { ...x.type, shape: attributes.sizes }, x);
  }
}

/** Along which axis the steps lie, of each node of a loop: found from what is delayed down to its operands. */
function axesOfSteps(loop: Loop): ReadonlyMap<Node, number> {
  const own = new Set(loop.nodes);
  const axes = new Map<Node, number>();
  const found = (node: Node, axis: number | undefined): void => {
    if (!own.has(node)) return;
    invariant(
      axis !== undefined && (axes.get(node) ?? axis) === axis,
      `the steps of node ${node.id} (${node.operation}) lie along one axis`,
    );
    axes.set(node, axis);
  };
  for (const delay of loop.delays) {
    found(delay, delay.attributes.axis);
    found(recurrenceOf(delay).next, delay.attributes.axis);
  }
  // What an inner recurrence delays comes later than its delay: a second round finds the rest.
  for (let round = 0; axes.size < own.size; round += 1) {
    invariant(round <= loop.nodes.length, "every node of a loop is read by another");
    for (const node of [...loop.nodes].reverse()) {
      const axis = axes.get(node);
      if (axis === undefined) continue;
      if (node.operation !== "delay") {
        node.inputs.forEach((x, k) => {
          found(x, operandAxis(node, k, axis));
        });
      } else if (!loop.delays.includes(node)) {
        const { initial, next } = recurrenceOf(node);
        found(next, axis);
        found(initial, axis > node.attributes.axis ? axis - 1 : axis);
      }
    }
  }
  return axes;
}

function withOne(shape: readonly number[], axis: number): readonly number[] {
  return shape.map((extent, k) => (k === axis ? 1 : extent));
}

/** The attributes of a node for one step: the shape that is among them has an extent of 1 along the axis of the steps. */
function withOneStep(node: Node, axis: number): object {
  if (node.operation === "broadcast" || node.operation === "reshape" || node.operation === "pad")
    return { ...node.attributes, shape: withOne(node.attributes.shape, axis) };
  if (node.operation === "slice") return { ...node.attributes, sizes: withOne(node.attributes.sizes, axis) };
  return node.attributes;
}

type AxisRule<K extends OperationName> = (
  node: NodeOf<K>,
  operand: number,
  axis: number,
) => number | undefined;

/** The axis of an operand that becomes axis `axis` of the node; `undefined` where the operand lacks it. */
function operandAxis(node: Node, operand: number, axis: number): number | undefined {
  // The table is indexed by the node's own operation.
  const rule = (axisRules as Partial<Record<OperationName, AxisRule<OperationName>>>)[node.operation];
  return rule === undefined ? axis : rule(node, operand, axis);
}

/** Of all others, elementwise operations and those that leave axes in place, the axis is the same. */
const axisRules = {
  broadcast: ({ attributes }, _, axis) => positionOf(attributes.axes, axis),
  permute: ({ attributes }, _, axis) => at(attributes.order, axis),
  reshape: (node, _, axis) => {
    const to = operandShape(node, 0);
    const behind = sizeOf(node.type.shape.slice(axis + 1));
    const found = to.findIndex(
      (extent, k) => extent === node.type.shape[axis] && sizeOf(to.slice(k + 1)) === behind,
    );
    return found < 0 ? undefined : found;
  },
  gather: (node, operand, axis) => {
    const rank = operandShape(node, 1).length;
    if (operand === 1) return axis < rank ? axis : undefined;
    return axis < rank ? undefined : axis - rank + 1;
  },
  scatterAdd: (node, operand, axis) => {
    if (operand === 0 || axis === 0) return undefined;
    return operandShape(node, 0).length + axis - 1;
  },
  einsum: ({ attributes }, operand, axis) => {
    const [operands, output] = attributes.specification.split("->");
    const letters = operands?.split(",")[operand];
    const letter = output?.[axis];
    return letters === undefined || letter === undefined
      ? undefined
      : positionOf(Array.from(letters), letter);
  },
  reduce: (node, _, axis) => {
    const kept = operandShape(node, 0).flatMap((__, k) => (node.attributes.axes.includes(k) ? [] : [k]));
    return kept[axis];
  },
} satisfies { readonly [K in OperationName]?: AxisRule<K> };

function positionOf<T>(list: readonly T[], value: T): number | undefined {
  const position = list.indexOf(value);
  return position < 0 ? undefined : position;
}

function operandShape(node: { readonly inputs: readonly Node[] }, operand: number): readonly number[] {
  const x = node.inputs[operand];
  invariant(x !== undefined, "the operand is there");
  return x.type.shape;
}
