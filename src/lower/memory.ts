import { invariant } from "../diagnostics/index.ts";
import type { Node } from "../graph/index.ts";
import { type Affine, type Buffer, addAffine, affineVariable, scaleAffine } from "../program/index.ts";
import { sizeOf } from "../graph/index.ts";
import { linearOffset } from "./reshape.ts";
import { operandOf } from "./reads.ts";

/** Which node lies in which buffer. */
export class Memory {
  readonly #buffers = new Map<Node, Buffer>();
  readonly #batchVariable: string;

  constructor(batchVariable: string) {
    this.#batchVariable = batchVariable;
  }

  place(node: Node, buffer: Buffer): void {
    invariant(!this.#buffers.has(node), `${node.operation} ${node.id} has one place`);
    this.#buffers.set(node, buffer);
  }

  placeOf(node: Node): Buffer {
    const buffer = this.#buffers.get(node);
    invariant(buffer !== undefined, `${node.operation} ${node.id} has a place`);
    return buffer;
  }

  /** The buffer that holds the node's elements in row-major order: its own, or that of what it is a reshape of. */
  bufferOf(node: Node): Buffer | undefined {
    for (let each = node; ; each = operandOf(each, 0)) {
      const buffer = this.#buffers.get(each);
      if (buffer !== undefined || each.operation !== "reshape") return buffer;
    }
  }

  /** Where the element at `index` of one sample of `node` lies in `buffer`. */
  offset(buffer: Buffer, shape: readonly number[], index: readonly Affine[]): Affine {
    const within = linearOffset(shape, index);
    if (!buffer.batched) return within;
    return addAffine(scaleAffine(affineVariable(this.#batchVariable), sizeOf(shape)), within);
  }
}
