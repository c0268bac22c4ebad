import { type Node, type NodeOf, sizeOf } from "../graph/index.ts";
import type { Read } from "./reads.ts";

/**
 * Sums of paddings: a_i = Σₖ pad(xₖ)_i. The adjoint of a value that is read in parts, `w[1]`, `w[2:5]`, … is such a sum.
 * Added up over the whole shape, each part would cost as much as the whole, and n parts n²; stored where they belong,
 * each costs its own elements. So the work of a gradient stays within a small factor of the work of its loss.
 *
 * A concatenation of many values is such a sum, too: asked for an element of it, a choice among n operands costs n.
 */

/** A term that is zero outside of where x was placed: ± scale · pad(x). */
export interface Part {
  readonly x: Node;
  /** Along each axis, where element 0 of x lies, and how far apart the others do. */
  readonly starts: readonly number[];
  readonly steps: readonly number[];
  readonly negative: boolean;
  /** A scalar factor. */
  readonly scale: Node | undefined;
  /** Whether it is added to what earlier terms have stored at its places; else it is the first there. */
  readonly accumulate: boolean;
}

/** A term that is not known to be zero anywhere. */
export interface DenseTerm {
  readonly node: Node;
  readonly negative: boolean;
}

/**
 * A sum of two or more paddings and of other terms, stored in this order: zeros if they are needed, dense terms, parts.
 * Parts of a concatenation need no zeros.
 */
export interface PlacedSum {
  readonly needsZeros: boolean;
  readonly dense: readonly DenseTerm[];
  readonly parts: readonly Part[];
}

/** More places than this are not checked for being disjoint, but filled with zeros. */
const mostPlacesChecked = 2 ** 20;

/** In place, an element of a concatenation is chosen among no more operands than this. */
const mostChosen = 4;

/**
 * The sums of paddings among the nodes of `order` (topological), by the node that is the whole sum. Takes linear time.
 *
 * @param axesOfSteps Along which axes a node is computed step by step: a part must have all of the steps.
 */
export function findPlacedSums(
  order: readonly Node[],
  results: readonly Node[],
  axesOfSteps: (node: Node) => readonly number[] = () => [],
): ReadonlyMap<Node, PlacedSum> {
  const readers = new Map<Node, number>();
  for (const node of [...results, ...order.flatMap(({ inputs }) => inputs)]) {
    readers.set(node, (readers.get(node) ?? 0) + 1);
  }
  const inner = new Set<Node>();
  const sums = new Map<Node, PlacedSum>();
  for (const node of [...order].reverse()) {
    if (isLongConcatenation(node)) sums.set(node, sideBySide(node));
    if (!isSum(node) || inner.has(node)) continue;
    const terms = termsOf(node, (each) => readers.get(each) === 1, inner);
    const partsOf = (term: DenseTerm): readonly Placed[] =>
      asPart(term).filter((part) => axesOfSteps(node).every((axis) => spans(part, axis, node.type.shape)));
    const placed = terms.flatMap(partsOf);
    if (placed.length < 2) continue;
    const dense = terms.filter((term) => partsOf(term).length === 0);
    sums.set(node, { dense, ...arrange(node.type.shape, placed, dense.length > 0) });
  }
  return sums;
}

/** What storing the sum reads: of each part its own elements only. */
export function readsOfSum(node: Node, { dense, parts }: PlacedSum): readonly Read[] {
  const size = sizeOf(node.type.shape);
  const reading = (operand: Node, count: number, sameIndex: boolean): Read => ({
    operand,
    sameIndex,
    count,
    needsMemory: false,
  });
  return [
    ...dense.map((term) => reading(term.node, 1, true)),
    ...parts.flatMap(({ x, scale }) => [
      reading(x, sizeOf(x.type.shape) / size, false),
      ...(scale === undefined ? [] : [reading(scale, 1 / size, false)]),
    ]),
  ];
}

function isLongConcatenation(node: Node): node is NodeOf<"concatenate"> {
  return (
    node.operation === "concatenate" && node.inputs.length > mostChosen && node.type.element !== "integer"
  );
}

function sideBySide({ inputs, attributes: { axis } }: NodeOf<"concatenate">): PlacedSum {
  let start = 0;
  const parts = inputs.map((x): Part => {
    const { shape } = x.type;
    const starts = shape.map((_, each) => (each === axis ? start : 0));
    start += shape[axis] ?? 0;
    return { x, starts, steps: shape.map(() => 1), negative: false, scale: undefined, accumulate: false };
  });
  return { needsZeros: false, dense: [], parts };
}

function isSum(node: Node): boolean {
  return (node.operation === "add" || node.operation === "subtract") && node.type.element === "real";
}

/** The terms of a sum from left to right, seen through the sums and signs (`inner`) that nothing else reads. */
function termsOf(root: Node, isReadOnce: (node: Node) => boolean, inner: Set<Node>): readonly DenseTerm[] {
  const terms: DenseTerm[] = [];
  const stack: DenseTerm[] = [{ node: root, negative: false }];
  for (let term = stack.pop(); term !== undefined; term = stack.pop()) {
    const { node, negative } = term;
    const isSeenThrough = isSum(node) || node.operation === "negate";
    if (node !== root && !(isSeenThrough && isReadOnce(node))) {
      terms.push(term);
      continue;
    }
    if (node !== root) inner.add(node);
    const [a, b] = node.inputs;
    if (b !== undefined) stack.push({ node: b, negative: negative !== (node.operation === "subtract") });
    if (a !== undefined) stack.push({ node: a, negative: negative !== (node.operation === "negate") });
  }
  return terms;
}

type Placed = Omit<Part, "accumulate">;

/** The term as a part: none if it is no padding. */
function asPart({ node, negative }: DenseTerm): readonly Placed[] {
  if (node.operation === "negate") {
    const [x] = node.inputs;
    return x === undefined ? [] : asPart({ node: x, negative: !negative });
  }
  if (node.operation === "pad") return paddingOf(node, negative, undefined);
  if (node.operation !== "multiply") return [];
  const [a, b] = node.inputs;
  const pad = a?.operation === "pad" ? a : b;
  const scale = scalarOf(a?.operation === "pad" ? b : a);
  return pad?.operation === "pad" && scale !== undefined ? paddingOf(pad, negative, scale) : [];
}

function paddingOf(pad: NodeOf<"pad">, negative: boolean, scale: Node | undefined): readonly Placed[] {
  const [x] = pad.inputs;
  const { starts, steps, value } = pad.attributes;
  return x === undefined || value !== undefined ? [] : [{ x, starts, steps, negative, scale }];
}

/** Whether element i of the part is element i of the sum along an axis. */
function spans({ x, starts, steps }: Placed, axis: number, shape: readonly number[]): boolean {
  return starts[axis] === 0 && steps[axis] === 1 && x.type.shape[axis] === shape[axis];
}

/** A factor that is the same in every element and surely finite, a constant or c/N: ∞ · 0 would not be zero. */
function scalarOf(node: Node | undefined): Node | undefined {
  if (node?.operation === "constant") return Number.isFinite(node.attributes.value) ? node : undefined;
  const [x] = node?.operation === "broadcast" ? node.inputs : [];
  const [numerator, divisor] = x?.operation === "divide" ? x.inputs : [];
  const isShare = numerator?.operation === "constant" && divisor?.operation === "batchSize";
  return isShare && Number.isFinite(numerator.attributes.value) ? x : undefined;
}

/** Finds which parts are the first at their places, and whether a place is left that none is the first at. */
function arrange(
  shape: readonly number[],
  placed: readonly Placed[],
  hasDense: boolean,
): Pick<PlacedSum, "needsZeros" | "parts"> {
  const size = sizeOf(shape);
  const work = placed.reduce((sum, { x }) => sum + sizeOf(x.type.shape), size);
  if (hasDense || work > mostPlacesChecked) {
    return { needsZeros: !hasDense, parts: placed.map((part) => ({ ...part, accumulate: true })) };
  }
  const covered = new Uint8Array(size);
  let needsZeros = false;
  const parts: Part[] = [];
  for (const part of placed) {
    const places = placesOf(part, shape);
    const known = places.reduce((sum, place) => sum + (covered[place] ?? 0), 0);
    for (const place of places) covered[place] = 1;
    needsZeros ||= known > 0 && known < places.length;
    parts.push({ ...part, accumulate: known > 0 });
  }
  return { needsZeros: needsZeros || covered.includes(0), parts };
}

/** The linear offsets in the sum of the elements of a part. */
function placesOf({ x, starts, steps }: Placed, shape: readonly number[]): readonly number[] {
  let places = [0];
  for (const [axis, extent] of shape.entries()) {
    const [start = 0, step = 1, count = 1] = [starts[axis], steps[axis], x.type.shape[axis]];
    places = places.flatMap((place) =>
      Array.from({ length: count }, (_, k) => place * extent + start + k * step),
    );
  }
  return places;
}
