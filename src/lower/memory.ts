import { invariant } from "../diagnostics/index.ts";
import { type Node, type NodeOf, recurrenceOf, sizeOf } from "../graph/index.ts";
import {
  type Affine,
  type Buffer,
  addAffine,
  affineVariable,
  scaleAffine,
  shiftAffine,
} from "../program/index.ts";
import { linearOffset } from "./reshape.ts";
import type { LoopAxes } from "./steps.ts";
import { operandOf } from "./reads.ts";

/** Where a node lies. */
interface Place {
  readonly buffer: Buffer;
  /** Loops of which the buffer holds the step at hand alone. */
  readonly momentary: readonly LoopAxes[];
  /** How many elements of a sample lie before the node's own: a delay and what it delays lie one step apart in one buffer. */
  readonly lead: number;
}

/** Which node lies in which buffer. */
export class Memory {
  readonly #places = new Map<Node, Place>();
  readonly #delayed = new Set<Node>();
  readonly #batchVariable: string;

  constructor(batchVariable: string) {
    this.#batchVariable = batchVariable;
  }

  place(node: Node, buffer: Buffer, momentary: readonly LoopAxes[] = []): void {
    invariant(!this.#places.has(node), `${node.operation} ${node.id} has one place`);
    this.#places.set(node, { buffer, momentary, lead: 0 });
  }

  /**
   * Places a delay and what it delays in one buffer, of a step more than they have: what one step leaves is where the next one
   * finds it.
   */
  placeDelayed(delay: NodeOf<"delay">, buffer: Buffer): void {
    const { next } = recurrenceOf(delay);
    const step = sizeOf(delay.type.shape.slice(1));
    const [first, second] = delay.attributes.reverse ? [next, delay] : [delay, next];
    this.#places.set(first, { buffer, momentary: [], lead: 0 });
    this.#places.set(second, { buffer, momentary: [], lead: step });
    this.#delayed.add(delay);
  }

  /** Whether the node is a delay that lies with what it delays: only its first step has to be written. */
  isWithDelayed(node: Node): node is NodeOf<"delay"> {
    return this.#delayed.has(node);
  }

  placeOf(node: Node): Buffer {
    const place = this.#places.get(node);
    invariant(place !== undefined, `${node.operation} ${node.id} has a place`);
    return place.buffer;
  }

  /** The buffer that holds the node's elements in row-major order: its own, or that of what it is a reshape of. */
  bufferOf(node: Node): Buffer | undefined {
    return this.#find(node)?.buffer;
  }

  #find(node: Node): Place | undefined {
    for (let each = node; ; each = operandOf(each, 0)) {
      const place = this.#places.get(each);
      if (place !== undefined || each.operation !== "reshape") return place;
    }
  }

  /** Where the element at `index` of one sample of the node lies in its buffer. */
  offsetOf(node: Node, index: readonly Affine[]): Affine {
    const place = this.#find(node);
    invariant(place !== undefined, `${node.operation} ${node.id} lies in memory`);
    const steps = place.momentary.map(({ axes }) => axes.get(node));
    const isKept = (_: unknown, axis: number): boolean => !steps.includes(axis);
    const within = linearOffset(node.type.shape.filter(isKept), index.filter(isKept));
    return this.#ofSample(place.buffer, sizeOf(place.buffer.shape), shiftAffine(within, place.lead));
  }

  /** Where the element at `index` of one sample of something of this shape lies in a buffer. */
  offset(buffer: Buffer, shape: readonly number[], index: readonly Affine[]): Affine {
    return this.#ofSample(buffer, sizeOf(shape), linearOffset(shape, index));
  }

  #ofSample(buffer: Buffer, size: number, within: Affine): Affine {
    if (!buffer.batched) return within;
    return addAffine(scaleAffine(affineVariable(this.#batchVariable), size), within);
  }
}
