import { invariant } from "../diagnostics/index.ts";
import { type Node, type NodeOf, type OperationName, recurrenceOf, sizeOf, stepsOf } from "../graph/index.ts";
import type { Lowering } from "../operations/index.ts";
import {
  type Affine,
  affineConstant,
  type Buffer,
  type Expression,
  scalarApply,
  scalarNumber,
  scaleAffine,
  shiftAffine,
} from "../program/index.ts";
import type { Memory } from "./memory.ts";
import { asOperand, loweringOf } from "./operation.ts";
import type { Part, PlacedSum } from "./placed.ts";
import { operandOf } from "./reads.ts";
import { type LoopAxes, operandAxis } from "./steps.ts";
import type { Writer } from "./writer.ts";

/** A value that has a place already and goes to the caller's memory as well. */
export interface Copy {
  readonly node: Node;
  readonly buffer: Buffer;
}

interface StorerContext {
  readonly memory: Memory;
  readonly writer: Writer;
  /** The nodes that the program computes into memory. */
  readonly computed: ReadonlySet<Node>;
  readonly sums: ReadonlyMap<Node, PlacedSum>;
}

/** Writes the nests that compute nodes into their memory: all of a node, or inside of a recurrence the step at hand. */
export class Storer {
  readonly #memory: Memory;
  readonly #writer: Writer;
  readonly #computed: ReadonlySet<Node>;
  readonly #sums: ReadonlyMap<Node, PlacedSum>;
  /** The loops over steps that are being written, and the step that each is at. */
  readonly #steps: { readonly axes: ReadonlyMap<Node, number>; readonly at: Affine }[] = [];

  constructor({ memory, writer, computed, sums }: StorerContext) {
    this.#memory = memory;
    this.#writer = writer;
    this.#computed = computed;
    this.#sums = sums;
  }

  /** What `body` writes, for each step of a loop. */
  overSteps({ loop: { steps, reverse }, axes }: LoopAxes, body: () => void): void {
    this.#writer.nest.overSteps(steps, reverse, (at) => {
      this.#steps.push({ axes, at });
      body();
      this.#steps.pop();
    });
  }

  /** The index of a node along its axes of steps, inside of the loops over them. */
  #fixed(
    node: Node,
    axisOf: (axis: number) => number | undefined = (axis) => axis,
  ): ReadonlyMap<number, Affine> {
    return new Map(
      this.#steps.flatMap(({ axes, at }): [number, Affine][] => {
        const own = axes.get(node);
        const axis = own === undefined ? undefined : axisOf(own);
        return axis === undefined ? [] : [[axis, at]];
      }),
    );
  }

  /**
   * The zeros that many windows are added to, in one loop before the nest that does so: that nest is then nothing but
   * contractions, and can be tiled.
   *
   * @returns Whether there are such zeros.
   */
  zeroNest(node: Node): boolean {
    if (!this.#startsAtZero(node) || scatterOf(node).isDisjoint === undefined) return false;
    const whole = [sizeOf(node.type.shape)];
    this.#writer.nest.forEachSample(node.type.batched, () => {
      if (this.#steps.length > 0) this.zeros(node);
      else
        this.#writer.nest.over(whole, (index) => {
          this.#writer.store(this.#bufferOf(node), whole, index, scalarNumber(0));
        });
    });
    return true;
  }

  /** Whether a node is scattered over zeros. */
  #startsAtZero(node: Node): boolean {
    if (this.#sums.has(node) || loweringOf(node).kind !== "scatter") return false;
    const { values, isDisjoint } = scatterOf(node);
    return !(
      isDisjoint?.(asOperand(node)) === true &&
      sizeOf(operandOf(node, values).type.shape) === sizeOf(node.type.shape)
    );
  }

  /** Computes the elements of a node of one sample into its buffer; `zeroed`: the zeros that it starts at are there. */
  write(node: Node, zeroed = false): void {
    const sum = this.#sums.get(node);
    if (this.#memory.isWithDelayed(node)) {
      this.#writeStart(node);
    } else if (sum !== undefined) {
      this.#writePlacedSum(node, sum);
    } else if (this.#isScatteredSum(node)) {
      this.zeros(node);
      this.#writer.nest.overBatch(() => {
        this.#writeScattered(operandOf(node, 0), node, true);
      });
      this.mean(node);
    } else if (loweringOf(node).kind === "scatter") {
      if (!zeroed && this.#startsAtZero(node)) this.zeros(node);
      this.#writeScattered(node, node, scatterOf(node).isDisjoint?.(asOperand(node)) !== true);
    } else if (loweringOf(node).kind === "reshape") {
      this.copy({ node, buffer: this.#bufferOf(node) });
    } else {
      this.#over(node, node.type.shape, (index) => {
        const value = storable(node, this.#writer.computed(node, index));
        this.#writer.storeIn(node, index, value);
      });
    }
  }

  /** What a recurrence starts from, where its first step reads the one before. */
  #writeStart(delay: NodeOf<"delay">): void {
    const { initial } = recurrenceOf(delay);
    const first = affineConstant(delay.attributes.reverse ? stepsOf(delay) - 1 : 0);
    this.#writer.nest.over(
      delay.type.shape,
      (index) => {
        this.#writer.storeIn(delay, index, storable(delay, this.#writer.value(initial, index.slice(1))));
      },
      new Map([[0, first]]),
    );
  }

  /** Over the elements of a node, or of something that has its axes: those of the step that is being written. */
  #over(node: Node, shape: readonly number[], body: (index: readonly Affine[]) => void): void {
    this.#writer.nest.over(shape, body, this.#fixed(node));
  }

  /** The parts of a sum of paddings, each at its places. */
  #writePlacedSum(node: Node, { needsZeros, dense, parts }: PlacedSum): void {
    if (needsZeros) this.zeros(node);
    for (const [position, term] of dense.entries()) {
      this.#over(node, node.type.shape, (index) => {
        const value = signed(this.#writer.value(term.node, index), term.negative);
        this.#writePart(node, index, value, position > 0);
      });
    }
    for (const part of parts) {
      this.#over(node, part.x.type.shape, (index) => {
        const x = signed(this.#writer.value(part.x, index), part.negative);
        const value = part.scale === undefined ? x : scalarApply("multiply", this.#scale(part.scale), x);
        this.#writePart(node, placeOf(part, index), storable(node, value), part.accumulate);
      });
    }
  }

  #writePart(node: Node, index: readonly Affine[], value: Expression, accumulate: boolean): void {
    this.#writer.storeIn(node, index, value, accumulate);
  }

  #scale(scale: Node): Expression {
    return scale.operation === "constant"
      ? scalarNumber(scale.attributes.value)
      : this.#writer.value(scale, []);
  }

  #bufferOf(node: Node): Buffer {
    return this.#memory.placeOf(node);
  }

  /** Copies elements in row-major order; an operand of a reshape keeps its own shape for that. */
  copy({ node, buffer }: Copy): void {
    const isOwn = this.#memory.bufferOf(node) === buffer;
    const from = node.operation === "reshape" && isOwn ? operandOf(node, 0) : node;
    this.#over(from, from.type.shape, (index) => {
      this.#writer.store(buffer, from.type.shape, index, this.#writer.value(from, index));
    });
  }

  zeros(node: Node): void {
    this.#over(node, node.type.shape, (index) => {
      this.#writer.storeIn(node, index, scalarNumber(0));
    });
  }

  /** Adds one sample's part to a sum over the batch. */
  summand(sum: Node): void {
    const operand = operandOf(sum, 0);
    if (this.#isScatteredSum(sum)) {
      this.#writeScattered(operand, sum, true);
      return;
    }
    this.#writer.nest.over(sum.type.shape, (index) => {
      this.#writer.storeIn(sum, index, this.#writer.value(operand, index), true);
    });
  }

  /** A sum over the batch of what is scattered: each sample's values go straight to their places in the sum. */
  #isScatteredSum(node: Node): boolean {
    if (node.operation !== "batchReduce") return false;
    const operand = operandOf(node, 0);
    return loweringOf(operand).kind === "scatter" && !this.#computed.has(operand);
  }

  mean(node: Node): void {
    if (node.operation !== "batchReduce" || node.attributes.kind === "sum") return;
    this.#over(node, node.type.shape, (index) => {
      const sum = this.#writer.value(node, index);
      this.#writer.storeIn(node, index, this.#writer.meanOf(node, sum));
    });
  }

  /** Puts the values of a scatter node at their places in the memory of `into`, which has its shape. */
  #writeScattered(node: Node, into: Node, accumulate: boolean): void {
    const { values, place } = scatterOf(node);
    const operand = operandOf(node, values);
    const integer = (position: number, at: readonly Affine[]): Affine =>
      this.#writer.integer(operandOf(node, position), at);
    const fixed = this.#fixed(node, (axis) => operandAxis(node, values, axis));
    const each = (index: readonly Affine[]): void => {
      const at = place({ node: asOperand(node), index, integer });
      this.#writePart(into, at, this.#writer.value(operand, index), accumulate);
    };
    this.#writer.nest.over(operand.type.shape, each, fixed);
  }
}

/** The value of an element as memory keeps it: numbers. */
function storable(node: Node, value: Expression): Expression {
  return node.type.element === "boolean"
    ? scalarApply("select", value, scalarNumber(1), scalarNumber(0))
    : value;
}

function scatterOf(node: Node): Extract<Lowering<OperationName>, { kind: "scatter" }> {
  const lowering = loweringOf(node);
  invariant(lowering.kind === "scatter", `${node.operation} is a scatter`);
  return lowering;
}

function signed(value: Expression, negative: boolean): Expression {
  return negative ? scalarApply("negate", value) : value;
}

/** Where element `index` of the part's x lies. */
function placeOf({ starts, steps }: Part, index: readonly Affine[]): readonly Affine[] {
  return index.map((i, axis) => shiftAffine(scaleAffine(i, steps[axis] ?? 1), starts[axis] ?? 0));
}
