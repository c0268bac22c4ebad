import { invariant } from "../diagnostics/index.ts";
import type { Node } from "../graph/index.ts";
import { type Affine, type Buffer, addAffine, affineVariable, scaleAffine } from "../program/index.ts";
import { sizeOf } from "../graph/index.ts";
import { linearOffset } from "./reshape.ts";
import type { LoopAxes } from "./steps.ts";
import { operandOf } from "./reads.ts";

/** Where a node lies. */
interface Place {
  readonly buffer: Buffer;
  /** Loops of which the buffer holds the step at hand alone. */
  readonly momentary: readonly LoopAxes[];
}

/** Which node lies in which buffer. */
export class Memory {
  readonly #places = new Map<Node, Place>();
  readonly #batchVariable: string;

  constructor(batchVariable: string) {
    this.#batchVariable = batchVariable;
  }

  place(node: Node, buffer: Buffer, momentary: readonly LoopAxes[] = []): void {
    invariant(!this.#places.has(node), `${node.operation} ${node.id} has one place`);
    this.#places.set(node, { buffer, momentary });
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
    return this.offset(place.buffer, node.type.shape.filter(isKept), index.filter(isKept));
  }

  /** Where the element at `index` of one sample of something of this shape lies in a buffer. */
  offset(buffer: Buffer, shape: readonly number[], index: readonly Affine[]): Affine {
    const within = linearOffset(shape, index);
    if (!buffer.batched) return within;
    return addAffine(scaleAffine(affineVariable(this.#batchVariable), sizeOf(shape)), within);
  }
}
