import { invariant } from "../diagnostics/index.ts";
import { type Loop, type Node, recurrenceOf, sizeOf } from "../graph/index.ts";
import { type Affine, affineKey, affineVariable, type Expression, scalarNumber } from "../program/index.ts";
import { asOperand, loweringOf } from "./operation.ts";
import { operandOf } from "./reads.ts";

/** The loop of a recurrence, and along which axis each of its nodes has the steps. */
export interface LoopAxes {
  readonly loop: Loop;
  readonly axes: ReadonlyMap<Node, number>;
}

/** Those of a loop and of the loops in it. */
export function axesOfLoops(loop: Loop): readonly LoopAxes[] {
  const inner = loop.body.flatMap((unit) => (unit.kind === "loop" ? axesOfLoops(unit) : []));
  return [{ loop, axes: axesOf(loop) }, ...inner];
}

/**
 * Along which axis the nodes have the steps of a loop: found from what is delayed down, by asking the lowering rules which
 * elements of its operands an element of a node needs. Element t of a node of the loop needs elements t alone.
 */
function axesOf(loop: Loop): ReadonlyMap<Node, number> {
  const own = new Set(loop.nodes);
  const axes = new Map<Node, number>();
  const pending: Node[] = [];
  const found = (node: Node, axis: number | undefined): void => {
    if (!own.has(node)) return;
    const known = axes.get(node);
    invariant(
      axis !== undefined && (known === undefined || known === axis),
      `the steps of ${node.operation} ${node.id} lie along one axis`,
    );
    if (known !== undefined) return;
    axes.set(node, axis);
    pending.push(node);
  };
  for (const delay of loop.delays) {
    found(delay, delay.attributes.axis);
    found(recurrenceOf(delay).next, delay.attributes.axis);
  }
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const axis = axes.get(node) ?? 0;
    if (node.operation !== "delay") {
      for (const [operand, x] of node.inputs.entries())
        if (own.has(x)) found(x, operandAxis(node, operand, axis));
    } else if (!loop.delays.includes(node)) {
      const { initial, next } = recurrenceOf(node);
      found(next, axis);
      found(initial, axis > node.attributes.axis ? axis - 1 : axis);
    }
  }
  invariant(axes.size === own.size, "every node of a loop is computed for what is delayed");
  return axes;
}

/** The axis of an operand along which its index is the node's own along `axis`. */
export function operandAxis(node: Node, operand: number, axis: number): number | undefined {
  const lowering = loweringOf(node);
  if (lowering.kind === "scatter") {
    const values = operandOf(node, lowering.values).type.shape.map((_, k) => variable(String(k)));
    const asked = new Asked(operand);
    const place = lowering.place({ node: asOperand(node), index: values, integer: asked.integer })[axis];
    if (operand === lowering.values) return place && positionIn(values, place);
    return place && asked.at && positionIn(asked.at, place);
  }
  if (lowering.kind === "reshape") return keptAxis(node.type.shape, operandOf(node, 0).type.shape, axis);
  const index = node.type.shape.map((_, k) => variable(String(k)));
  const own = index[axis];
  const at = askedAt(node, operand, index);
  return own && at && positionIn(at, own);
}

/** The axis of `from` that a row-major reshape of it leaves as axis `axis` of `to`, whatever becomes of the others. */
function keptAxis(to: readonly number[], from: readonly number[], axis: number): number | undefined {
  const inner = sizeOf(to.slice(axis + 1));
  const found = from.findIndex(
    (extent, k) => extent === to[axis] && extent !== 1 && sizeOf(from.slice(k + 1)) === inner,
  );
  return found < 0 ? undefined : found;
}

/** At which index an element of the node reads an operand. */
function askedAt(node: Node, operand: number, index: readonly Affine[]): readonly Affine[] | undefined {
  const lowering = loweringOf(node);
  const asked = new Asked(operand);
  const { operand: element, integer } = asked;
  const context = { node: asOperand(node), index, sample: variable("sample"), operand: element, integer };
  if (lowering.kind === "element") lowering.element(context);
  else if (lowering.kind === "reduction") {
    const over = lowering.domain(asOperand(node)).map((_, k) => variable(`over${k}`));
    lowering.element({ ...context, over });
  } else return index;
  return asked.at;
}

/** Remembers the index that a lowering rule asks an operand for. */
class Asked {
  at: readonly Affine[] | undefined;
  readonly #operand: number;

  constructor(operand: number) {
    this.#operand = operand;
  }

  readonly operand = (position: number, at: readonly Affine[]): Expression => {
    if (position === this.#operand) this.at = at;
    return scalarNumber(0);
  };

  readonly integer = (position: number, at: readonly Affine[]): Affine => {
    if (position === this.#operand) this.at = at;
    return variable("element");
  };
}

function variable(name: string): Affine {
  return affineVariable(`@${name}`);
}

/** Which entry of an index is this variable and nothing else. */
function positionIn(index: readonly Affine[], own: Affine): number | undefined {
  const found = index.findIndex((each) => affineKey(each) === affineKey(own));
  return found < 0 ? undefined : found;
}
