import { invariant } from "../diagnostics/index.ts";
import { type Node, type OperationName, sizeOf, sourcesOf } from "../graph/index.ts";
import type { Lowering } from "../operations/index.ts";
import { type Affine, affineVariable, scalarNumber } from "../program/index.ts";
import { asOperand, loweringOf } from "./operation.ts";
import { splitIndex } from "./reshape.ts";

/** One way in which computing an element of a node reads an operand. */
export interface Read {
  readonly operand: Node;
  /** The operand's element at the node's own index, outside of any reduction. */
  readonly sameIndex: boolean;
  /** How many elements of the operand are read for one element of the node; a batch reduction's batch not counted. */
  readonly count: number;
  /** The operand must lie in memory: it is addressed by linear offset, or as an index, or out of its bounds under a guard. */
  readonly needsMemory: boolean;
}

/** How one element of `node` reads the node's operands, found by running its lowering rule on symbolic indices. */
export function readsOf(node: Node): readonly Read[] {
  const lowering = loweringOf(node);
  switch (lowering.kind) {
    case "leaf":
    case "expand":
      return [];
    case "delay":
      // What it delays lies in memory whatever else reads it.
      return sourcesOf(node)
        .slice(0, 1)
        .map((operand) => ({ operand, sameIndex: false, count: 1, needsMemory: false }));
    case "reshape":
      return reshapeRead(node);
    case "batchReduction":
      return [{ operand: operandOf(node, 0), sameIndex: true, count: 1, needsMemory: false }];
    case "scatter":
      return scatterReads(node, lowering);
    case "element":
      return symbolicReads(node, node, [], (index, record) =>
        lowering.element({ node: asOperand(node), index, sample, ...record }),
      );
    case "reduction":
      return symbolicReads(node, node, lowering.domain(asOperand(node)), (index, record, over) =>
        lowering.element({ node: asOperand(node), index, sample, over, ...record }),
      );
  }
}

const sample = affineVariable("@sample");

export function operandOf(node: Node, position: number): Node {
  const operand = node.inputs[position];
  invariant(operand !== undefined, `${node.operation} has an operand ${position}`);
  return operand;
}

function reshapeRead(node: Node): readonly Read[] {
  const operand = operandOf(node, 0);
  const index = node.type.shape.map((_, axis) => affineVariable(`@${axis}`));
  const needsMemory = splitIndex(node.type.shape, operand.type.shape, index) === undefined;
  return [{ operand, sameIndex: false, count: 1, needsMemory }];
}

/** Indices lie in memory; of the values each is read once. */
function scatterReads(
  node: Node,
  { values, place }: Extract<Lowering<OperationName>, { kind: "scatter" }>,
): readonly Read[] {
  const operand = operandOf(node, values);
  const indices = symbolicReads(operand, node, [], (index, { integer }) =>
    place({ node: asOperand(node), index, integer }),
  );
  const count = sizeOf(operand.type.shape) / sizeOf(node.type.shape);
  return [...indices, { operand, sameIndex: false, count, needsMemory: false }];
}

interface Recorder {
  readonly operand: (operand: number, index: readonly Affine[]) => ReturnType<typeof scalarNumber>;
  readonly integer: (operand: number, index: readonly Affine[]) => Affine;
}

/** What `element` reads of the operands of `node`, one element of `shaped` at a time. */
function symbolicReads(
  shaped: Node,
  node: Node,
  domain: readonly number[],
  element: (index: readonly Affine[], record: Recorder, over: readonly Affine[]) => unknown,
): readonly Read[] {
  const reads: Read[] = [];
  const extents = new Map<string, number>();
  const variable = (name: string, extent: number): Affine => {
    extents.set(name, extent);
    return affineVariable(name);
  };
  const index = shaped.type.shape.map((extent, axis) => variable(`@${axis}`, extent));
  const over = domain.map((extent, axis) => variable(`@over${axis}`, extent));
  const count = domain.reduce((product, extent) => product * extent, 1);
  const note = (position: number, at: readonly Affine[], integer: boolean): void => {
    const operand = operandOf(node, position);
    const sameIndex =
      domain.length === 0 && at.length === index.length && at.every((each, axis) => each === index[axis]);
    const inBounds = at.every((each, axis) => staysWithin(each, operand.type.shape[axis] ?? 1, extents));
    reads.push({ operand, sameIndex, count, needsMemory: integer || !inBounds });
  };
  element(
    index,
    {
      operand: (position, at) => {
        note(position, at, false);
        return scalarNumber(0);
      },
      integer: (position, at) => {
        note(position, at, true);
        return affineVariable("@element");
      },
    },
    over,
  );
  return reads;
}

/** Whether an index can only be 0 … extent − 1. Data-dependent indices count as valid: they are checked where data comes in. */
function staysWithin(index: Affine, extent: number, extents: ReadonlyMap<string, number>): boolean {
  let least = index.constant;
  let most = index.constant;
  for (const { coefficient, atom } of index.terms) {
    const count = atom.kind === "variable" ? extents.get(atom.name) : undefined;
    if (count === undefined) return true;
    const reach = coefficient * (count - 1);
    least += Math.min(0, reach);
    most += Math.max(0, reach);
  }
  return least >= 0 && most < extent;
}
