import { invariant } from "../diagnostics/index.ts";
import {
  type Node,
  type NodeOf,
  type OperationName,
  reachableFrom,
  recurrenceOf,
  sizeOf,
} from "../graph/index.ts";
import { operandsOf, patternOf } from "./pattern.ts";

/** How wide a formula may become before its parts get names, in characters. */
const readableWidth = 64;
/** A part that is used more than once and wider than this gets a name; a plain one (see `Inline`) may be wider. */
const sharedWidth = 16;
const sharedPlainWidth = 26;
/** A named part that is no wider, and only sums and products, is written out where it is used. */
const plainWidth = 20;

export interface NamedParts {
  /** Expressions that the user named. */
  readonly statements: ReadonlySet<Node>;
  /** Adjoints that are named after what they are the adjoints of: `dh`. */
  readonly adjoints: ReadonlySet<Node>;
  /** What functions of the language have a name for. */
  readonly labelled: ReadonlySet<Node>;
  /** What all of these are called. */
  readonly names: ReadonlyMap<Node, string>;
  readonly roots: readonly Node[];
  /** Those of the roots that have names already: the loss, ∂L/∂W. */
  readonly namedRoots: ReadonlySet<Node>;
}

/** What is known of a node when it is written out in place. */
interface Inline {
  readonly width: number;
  /** Nothing but sums and products. */
  readonly plain: boolean;
  /** Of single elements: no contraction. */
  readonly elementwise: boolean;
}

/**
 * Chooses which nodes below the roots get a name in the formulas; all others are written out where they are used. One
 * pass in topological order. No formula exceeds the readable width by more than one operation, so the text of all
 * definitions together grows linearly with the graph, however much it shares.
 *
 * @returns The named nodes in topological order; leaves and roots are not among them.
 */
export function chooseNamed({
  statements,
  adjoints,
  labelled,
  names,
  roots,
  namedRoots,
}: NamedParts): readonly Node[] {
  const nodes = presentedFrom(roots);
  const uses = countUses(nodes);
  const inline = new Map<Node, Inline>();
  const named = new Set<Node>();
  const others = delaysOfOne(nodes);
  const widthOf = (node: Node): number =>
    named.has(node) || namedRoots.has(node)
      ? Math.max(nameWidth, names.get(node)?.length ?? 0)
      : (inline.get(node)?.width ?? nameWidth);

  for (const node of nodes) {
    const operands = operandsOf(node);
    if (node.operation === "delay") {
      // A recurrence goes on by name, or its formula would never end.
      for (const operand of operands) if (operandsOf(operand).length > 0) named.add(operand);
      // Recurrences of the same that start apart are told apart.
      if (others.has(node)) named.add(node);
      inline.set(node, { width: nameWidth + 5, plain: true, elementwise: true });
      continue;
    }
    if (operands.length === 0) {
      inline.set(node, { width: leafWidth(node), plain: true, elementwise: true });
      if (node.operation === "literal" && node.attributes.data.length > shownElements) named.add(node);
      continue;
    }
    if (needsNamedOperands(node))
      for (const operand of operands) if (operandsOf(operand).length > 0) named.add(operand);
    const shorten = operands.filter((operand) => !named.has(operand)).sort((a, b) => widthOf(b) - widthOf(a));
    const measure = (): number => operands.reduce((sum, operand) => sum + widthOf(operand), ownWidth(node));
    while (measure() > readableWidth) {
      const widest = shorten.shift();
      if (widest === undefined || widthOf(widest) <= nameWidth) break;
      named.add(widest);
    }
    const width = measure();
    const isAll = (key: "plain" | "elementwise"): boolean =>
      operands.every(
        (operand) => named.has(operand) || namedRoots.has(operand) || inline.get(operand)?.[key],
      );
    const plain = isPlain(node) && isAll("plain");
    const elementwise = node.operation !== "einsum" && isAll("elementwise");
    inline.set(node, { width, plain, elementwise });
    const short = plain && elementwise && width <= plainWidth;
    const isScalar = node.type.shape.length === 0;
    if (statements.has(node)) {
      if (!(short && isScalar)) named.add(node);
    } else if (adjoints.has(node)) {
      if (!short) named.add(node);
    } else if (labelled.has(node) && (uses.get(node) ?? 0) > 1) {
      if (!short) named.add(node);
    } else if ((uses.get(node) ?? 0) > 1 && width > (plain ? sharedPlainWidth : sharedWidth)) {
      const [scalar] = operands;
      // A number that is spread is mentioned as the number.
      if (node.operation !== "broadcast" || scalar?.type.shape.length !== 0) named.add(node);
      else {
        if (operandsOf(scalar).length > 0) named.add(scalar);
        inline.set(node, { width: nameWidth, plain: true, elementwise: true });
      }
    }
  }
  return nodes.filter((node) => named.has(node) && !namedRoots.has(node));
}

/** The delays that are not alone in delaying what they delay. */
export function delaysOfOne(nodes: readonly Node[]): ReadonlySet<Node> {
  const delays = nodes.filter((node) => node.operation === "delay");
  const isAlone = (delay: NodeOf<"delay">): boolean =>
    delays.every((other) => other === delay || recurrenceOf(other).next !== recurrenceOf(delay).next);
  return new Set<Node>(delays.filter((delay) => !isAlone(delay)));
}

/** Of a name, at least: a short one is as hard to follow as any. */
const nameWidth = 3;
/** Literals of at most this many elements are written out. */
export const shownElements = 6;

/** The nodes that formulas of `roots` show, in topological order. */
function presentedFrom(roots: readonly Node[]): readonly Node[] {
  const shown = new Set(roots);
  const pending = [...shown];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (const operand of operandsOf(node)) {
      if (shown.has(operand)) continue;
      shown.add(operand);
      pending.push(operand);
    }
  }
  return reachableFrom(roots).filter((node) => shown.has(node));
}

function countUses(nodes: readonly Node[]): ReadonlyMap<Node, number> {
  const uses = new Map<Node, number>();
  for (const node of nodes) {
    // x · x is x²: one use.
    for (const operand of new Set(operandsOf(node))) uses.set(operand, (uses.get(operand) ?? 0) + 1);
  }
  return uses;
}

function leafWidth(node: Node): number {
  if (node.operation === "constant") return String(node.attributes.value).length;
  if (node.operation === "literal") return Math.min(40, node.attributes.data.join(", ").length + 2);
  if (node.operation === "input" || node.operation === "parameter") return node.attributes.name.length;
  return nameWidth;
}

const plainOperations: ReadonlySet<OperationName> = new Set<OperationName>([
  "add",
  "subtract",
  "negate",
  "multiply",
  "einsum",
  "broadcast",
  "toReal",
]);

function isPlain(node: Node): boolean {
  // a ⊙ b deserves a name sooner than sums and matrix products do.
  const isHadamard = node.operation === "multiply" && node.inputs.every(({ type }) => sizeOf(type.shape) > 1);
  const spread = node.inputs.some(({ operation }) => operation === "broadcast" || operation === "constant");
  const isSimple = plainOperations.has(node.operation) && (!isHadamard || spread || isSquare(node));
  return isSimple || patternOf(node)?.kind === "oneHot";
}

function isSquare({ inputs }: Node): boolean {
  return inputs[0] === inputs[1];
}

/** Characters that an operation adds around its operands, roughly; at least 1, so that depth is bounded with width. */
const operationWidths: { readonly [K in OperationName]?: number } = {
  add: 3,
  subtract: 3,
  multiply: 3,
  divide: 3,
  negate: 1,
  broadcast: 1,
  toReal: 1,
  power: 1,
  permute: 1,
  einsum: 2,
  batchReduce: 3,
  select: 6,
};

function ownWidth(node: Node): number {
  const pattern = patternOf(node);
  // In index notation softmax shows its operand twice.
  if (pattern?.kind === "softmax") return 14;
  return operationWidths[node.operation] ?? node.operation.length + 2;
}

/** Where index notation has no formula for an element, it indexes a whole value, which must have a name. */
export function needsNamedOperands(node: Node): boolean {
  if (node.operation !== "reshape") return false;
  const [operand] = node.inputs;
  invariant(operand !== undefined, "a reshape has an operand");
  return !isAffineReshape(operand.type.shape, node.type.shape);
}

/** Whether the element of a reshape is found by linear index arithmetic: unit axes come or go, or a vector is split. */
export function isAffineReshape(from: readonly number[], to: readonly number[]): boolean {
  return (
    sameWithoutUnits(from, to) || from.filter((extent) => extent !== 1).length <= 1 || sizeOf(from) === 1
  );
}

export function sameWithoutUnits(a: readonly number[], b: readonly number[]): boolean {
  return a.filter((extent) => extent !== 1).join() === b.filter((extent) => extent !== 1).join();
}
