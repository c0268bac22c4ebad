import { invariant } from "../diagnostics/index.ts";
import {
  type Node,
  type NodeOf,
  type OperationName,
  reachableFrom,
  recurrenceOf,
  sizeOf,
  sourcesOf,
  type Unit,
  unitsOf,
} from "../graph/index.ts";
import type { Lowering } from "../operations/index.ts";
import {
  type Affine,
  type Buffer,
  type Expression,
  scalarApply,
  scalarNumber,
  scaleAffine,
  shiftAffine,
  type Statement,
} from "../program/index.ts";
import { leafBuffer } from "./leaves.ts";
import { Memory } from "./memory.ts";
import { NameSupply, baseNames } from "./names.ts";
import { asOperand, loweringOf } from "./operation.ts";
import { type BatchOrder, type Demand, planStorage } from "./plan.ts";
import { findPlacedSums, type Part, type PlacedSum } from "./placed.ts";
import { operandOf } from "./reads.ts";
import { findMomentary } from "./momentary.ts";
import { axesOfLoops, type LoopAxes, operandAxis } from "./steps.ts";
import { updatePlace, writeResults } from "./updates.ts";
import { Writer } from "./writer.ts";

/** Something that a program delivers. */
export type Sink =
  /** The program's scalar result. */
  | { readonly kind: "return"; readonly node: Node }
  /** Into memory of the caller's: a gradient or an output. */
  | { readonly kind: "store"; readonly buffer: Buffer; readonly node: Node }
  /** Over a parameter or state. All updates are computed from the old values. */
  | { readonly kind: "update"; readonly target: NodeOf<"parameter"> | NodeOf<"state">; readonly node: Node };

export interface AssembleOptions {
  readonly sinks: readonly Sink[];
  /** Names for people; not every node has one. */
  readonly names: ReadonlyMap<Node, string>;
  readonly batchOrder: BatchOrder;
  /** The usual number of samples, which decides between storing and computing again. */
  readonly batchSize: number;
}

export interface Assembled {
  readonly buffers: readonly Buffer[];
  readonly body: readonly Statement[];
  readonly names: NameSupply;
  readonly batchVariable: string;
  /** The usual number of samples. */
  readonly batchSize: number;
}

/** A value that has a place already and goes to the caller's memory as well. */
interface Copy {
  readonly node: Node;
  readonly buffer: Buffer;
}

/** The program as plain loop nests, one for each stored node, in an order that the graph allows. */
export function assemble(options: AssembleOptions): Assembled {
  const assembler = new Assembler(options);
  assembler.placeStored();
  if (options.batchOrder === "nest") assembler.writeNests();
  else assembler.writeSamples();
  return assembler.finish();
}

class Assembler {
  readonly #options: AssembleOptions;
  readonly #order: readonly Node[];
  readonly #units: readonly Unit[];
  /** For each loop of a recurrence, along which axis its nodes have the steps. */
  readonly #axes: LoopAxes[] = [];
  /** The loops that are being written, and the step that each is at. */
  readonly #steps: { readonly axes: ReadonlyMap<Node, number>; readonly at: Affine }[] = [];
  readonly #names = new NameSupply();
  readonly #baseNames: ReadonlyMap<Node, string>;
  readonly #buffers: Buffer[] = [];
  readonly #batchVariable: string;
  readonly #memory: Memory;
  readonly #writer: Writer;
  /** Nodes that the program computes into memory: not leaves, not aliases, not computed in place. */
  readonly #computed = new Set<Node>();
  readonly #copies: Copy[] = [];
  readonly #sums: ReadonlyMap<Node, PlacedSum>;

  constructor(options: AssembleOptions) {
    this.#options = options;
    const roots = options.sinks.flatMap((sink) =>
      sink.kind === "update" ? [sink.node, sink.target] : [sink.node],
    );
    this.#order = reachableFrom(roots);
    this.#units = unitsOf(this.#order);
    for (const unit of this.#units) if (unit.kind === "loop") this.#axes.push(...axesOfLoops(unit));
    this.#sums = findPlacedSums(this.#order, roots, (node) =>
      this.#axes.flatMap(({ axes }) => axes.get(node) ?? []),
    );
    this.#baseNames = baseNames(this.#order, options.names);
    const leaves = this.#order.flatMap((node): readonly (readonly [Node, Buffer])[] => {
      const buffer = leafBuffer(node, (base) => this.#names.claim(base));
      return buffer === undefined ? [] : [[node, buffer]];
    });
    for (const [, buffer] of leaves) this.#buffers.push(buffer);
    const results = options.sinks.flatMap((sink) =>
      sink.kind === "store"
        ? [{ node: sink.node, buffer: { ...sink.buffer, name: this.#names.claim(sink.buffer.name) } }]
        : [],
    );
    for (const { buffer } of results) this.#buffers.push(buffer);
    this.#batchVariable = this.#names.claim("n");
    this.#memory = new Memory(this.#batchVariable);
    for (const [node, buffer] of leaves) this.#memory.place(node, buffer);
    for (const result of results) this.#placeResult(result);
    this.#writer = new Writer({
      memory: this.#memory,
      names: this.#names,
      baseNames: this.#baseNames,
      batchVariable: this.#batchVariable,
    });
  }

  /** A result is computed in the caller's memory, unless it has a place already. */
  #placeResult(result: Copy): void {
    const { node, buffer } = result;
    if (this.#memory.bufferOf(node) !== undefined || buffer.batched !== node.type.batched) {
      this.#copies.push(result);
    } else {
      this.#memory.place(node, buffer);
      this.#computed.add(node);
    }
  }

  placeStored(): void {
    const { sinks, batchOrder, batchSize } = this.#options;
    const demands = sinks.map(({ node, ...sink }): Demand => {
      return { node, place: sink.kind === "update" ? updatePlace(sink.target) : sink.kind };
    });
    const batch = { order: batchOrder, size: batchSize };
    const delayed = this.#order.flatMap((node) =>
      node.operation === "delay" ? [recurrenceOf(node).next] : [],
    );
    const demanded = [...demands, ...delayed.map((node): Demand => ({ node, place: `delayed ${node.id}` }))];
    const needed = new Set([
      ...this.#computed,
      ...delayed.filter((node) => this.#memory.bufferOf(node) === undefined),
    ]);
    const inLoops = new Set(this.#units.flatMap((unit) => (unit.kind === "loop" ? unit.nodes : [])));
    const stored = planStorage(this.#order, demanded, needed, batch, this.#sums, inLoops);
    const roots = sinks.map(({ node }) => node);
    const momentary = findMomentary(this.#order, this.#axes, { stored, roots });
    for (const node of this.#order) {
      if (!stored.has(node) || this.#computed.has(node)) continue;
      const loops = momentary(node);
      const steps = loops.map(({ axes }) => axes.get(node));
      const buffer: Buffer = {
        name: this.#names.claim(this.#baseNames.get(node) ?? node.operation),
        role: "scratch",
        element: node.type.element === "integer" ? "integer" : "real",
        shape: node.type.shape.filter((_, axis) => !steps.includes(axis)),
        batched: node.type.batched,
      };
      this.#buffers.push(buffer);
      this.#memory.place(node, buffer, loops);
      this.#computed.add(node);
    }
  }

  /** Each stored node as a nest of its own, with its own loop over the batch. */
  writeNests(): void {
    for (const unit of this.#units) {
      this.#writeUnit(unit, (node) => {
        const zeroed = this.#writeZeroNest(node);
        this.#forEachSample(node.type.batched, () => {
          this.#writeNode(node, zeroed);
        });
      });
    }
    for (const copy of this.#copies) {
      this.#forEachSample(copy.buffer.batched, () => {
        this.#writeCopy(copy);
      });
    }
  }

  /** The stored nodes of a unit; those of a recurrence step by step. */
  #writeUnit(unit: Unit, write: (node: Node) => void): void {
    if (unit.kind === "node") {
      if (this.#computed.has(unit.node)) write(unit.node);
      return;
    }
    const axes = this.#axes.find(({ loop }) => loop === unit)?.axes ?? new Map<Node, number>();
    this.#writer.overSteps(unit.steps, unit.reverse, (at) => {
      this.#steps.push({ axes, at });
      for (const node of unit.delays) write(node);
      for (const inner of unit.body) this.#writeUnit(inner, write);
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
   * One sample goes through everything before the next one starts. What needs a sum over the batch has to wait for the
   * end of the loop that accumulates it: the level of a node is the number of such loops before it.
   */
  writeSamples(): void {
    const levels = this.#levels();
    const unitsOfLevel: Unit[][] = [];
    for (const unit of this.#units) {
      const level = levels.get(unit.kind === "node" ? unit.node : first(unit.nodes)) ?? 0;
      (unitsOfLevel[level] ??= []).push(unit);
    }
    for (const [level, units = []] of unitsOfLevel.entries()) {
      const sums = (unitsOfLevel[level + 1] ?? []).flatMap((unit) =>
        unit.kind === "node" && unit.node.operation === "batchReduce" ? [unit.node] : [],
      );
      const copies = this.#copies.filter(({ node }) => levels.get(node) === level);
      this.#writeLevel(units, sums, copies);
    }
  }

  #levels(): ReadonlyMap<Node, number> {
    const levels = new Map<Node, number>();
    for (const unit of this.#units) {
      const nodes = unit.kind === "node" ? [unit.node] : unit.nodes;
      const sources = nodes.flatMap(sourcesOf);
      const below = sources.reduce((most, source) => Math.max(most, levels.get(source) ?? 0), 0);
      for (const node of nodes) levels.set(node, node.operation === "batchReduce" ? below + 1 : below);
    }
    return levels;
  }

  #writeLevel(units: readonly Unit[], sums: readonly Node[], copies: readonly Copy[]): void {
    const [shared, ofSample] = [
      units.filter((unit) => !variesOverBatch(unit)),
      units.filter(variesOverBatch),
    ];
    for (const unit of shared) {
      this.#writeUnit(unit, (node) => {
        if (node.operation === "batchReduce") this.#writeMean(node);
        else this.#writeNode(node);
      });
    }
    for (const copy of copies) if (!copy.buffer.batched) this.#writeCopy(copy);
    for (const sum of sums) this.#writeZeros(sum);
    this.#writer.overBatch(() => {
      for (const unit of ofSample) {
        this.#writeUnit(unit, (node) => {
          this.#writeNode(node);
        });
      }
      for (const copy of copies) if (copy.buffer.batched) this.#writeCopy(copy);
      for (const sum of sums) this.#writeSummand(sum);
    });
  }

  finish(): Assembled {
    const context = { writer: this.#writer, memory: this.#memory, names: this.#names };
    const results = writeResults(this.#options.sinks, context);
    return {
      buffers: [...this.#buffers, ...results],
      body: this.#writer.body,
      names: this.#names,
      batchVariable: this.#batchVariable,
      batchSize: this.#options.batchSize,
    };
  }

  #forEachSample(batched: boolean, body: () => void): void {
    if (batched) this.#writer.overBatch(body);
    else body();
  }

  /**
   * The zeros that many windows are added to, in one loop before the nest that does so: that nest is then nothing but
   * contractions, and can be tiled.
   *
   * @returns Whether there are such zeros.
   */
  #writeZeroNest(node: Node): boolean {
    if (!this.#startsAtZero(node) || scatterOf(node).isDisjoint === undefined) return false;
    const whole = [sizeOf(node.type.shape)];
    this.#forEachSample(node.type.batched, () => {
      this.#writer.over(whole, (index) => {
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
  #writeNode(node: Node, zeroed = false): void {
    const sum = this.#sums.get(node);
    if (sum !== undefined) {
      this.#writePlacedSum(node, sum);
    } else if (this.#isScatteredSum(node)) {
      this.#writeZeros(node);
      this.#writer.overBatch(() => {
        this.#writeScattered(operandOf(node, 0), node, true);
      });
      this.#writeMean(node);
    } else if (loweringOf(node).kind === "scatter") {
      if (!zeroed && this.#startsAtZero(node)) this.#writeZeros(node);
      this.#writeScattered(node, node, scatterOf(node).isDisjoint?.(asOperand(node)) !== true);
    } else if (loweringOf(node).kind === "reshape") {
      this.#writeCopy({ node, buffer: this.#bufferOf(node) });
    } else {
      this.#over(node, node.type.shape, (index) => {
        const value = storable(node, this.#writer.computed(node, index));
        this.#writer.storeIn(node, index, value);
      });
    }
  }

  /** Over the elements of a node, or of something that has its axes: those of the step that is being written. */
  #over(node: Node, shape: readonly number[], body: (index: readonly Affine[]) => void): void {
    this.#writer.over(shape, body, this.#fixed(node));
  }

  /** The parts of a sum of paddings, each at its places. */
  #writePlacedSum(node: Node, { needsZeros, dense, parts }: PlacedSum): void {
    if (needsZeros) this.#writeZeros(node);
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
  #writeCopy({ node, buffer }: Copy): void {
    const isOwn = this.#memory.bufferOf(node) === buffer;
    const from = node.operation === "reshape" && isOwn ? operandOf(node, 0) : node;
    this.#over(from, from.type.shape, (index) => {
      this.#writer.store(buffer, from.type.shape, index, this.#writer.value(from, index));
    });
  }

  #writeZeros(node: Node): void {
    this.#over(node, node.type.shape, (index) => {
      this.#writer.storeIn(node, index, scalarNumber(0));
    });
  }

  /** Adds one sample's part to a sum over the batch. */
  #writeSummand(sum: Node): void {
    const operand = operandOf(sum, 0);
    if (this.#isScatteredSum(sum)) {
      this.#writeScattered(operand, sum, true);
      return;
    }
    this.#writer.over(sum.type.shape, (index) => {
      this.#writer.storeIn(sum, index, this.#writer.value(operand, index), true);
    });
  }

  /** A sum over the batch of what is scattered: each sample's values go straight to their places in the sum. */
  #isScatteredSum(node: Node): boolean {
    if (node.operation !== "batchReduce") return false;
    const operand = operandOf(node, 0);
    return loweringOf(operand).kind === "scatter" && !this.#computed.has(operand);
  }

  #writeMean(node: Node): void {
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
    this.#writer.over(operand.type.shape, each, fixed);
  }
}

function variesOverBatch(unit: Unit): boolean {
  const nodes = unit.kind === "node" ? [unit.node] : unit.nodes;
  return nodes.some(({ type }) => type.batched);
}

function first(nodes: readonly Node[]): Node {
  const [node] = nodes;
  invariant(node !== undefined, "a loop has nodes");
  return node;
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
