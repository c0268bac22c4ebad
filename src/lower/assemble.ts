import { invariant } from "../diagnostics/index.ts";
import {
  type Node,
  type NodeOf,
  reachableFrom,
  recurrenceOf,
  sourcesOf,
  type Unit,
  unitsOf,
} from "../graph/index.ts";
import { type Buffer, type Precision, type Statement } from "../program/index.ts";
import { comparedValues } from "./compared.ts";
import { leafBuffer } from "./leaves.ts";
import { Memory } from "./memory.ts";
import { NameSupply, baseNames } from "./names.ts";
import { type BatchOrder, type Demand, planStorage } from "./plan.ts";
import { findPlacedSums, type PlacedSum } from "./placed.ts";
import { findMomentary } from "./momentary.ts";
import type { Sink } from "./sink.ts";
import { axesOfLoops, type LoopAxes } from "./steps.ts";
import { type Copy, Storer } from "./store.ts";
import { updatePlace, writeResults } from "./updates.ts";
import { Writer } from "./writer.ts";

export interface AssembleOptions {
  readonly sinks: readonly Sink[];
  /** Names for people; not every node has one. */
  readonly names: ReadonlyMap<Node, string>;
  readonly batchOrder: BatchOrder;
  /** The usual number of samples, which decides between storing and computing again. */
  readonly batchSize: number;
  /** In which memory keeps reals; `f64` if undefined. */
  readonly precision?: Precision | undefined;
}

export interface Assembled {
  readonly buffers: readonly Buffer[];
  readonly body: readonly Statement[];
  readonly names: NameSupply;
  readonly batchVariable: string;
  /** The usual number of samples. */
  readonly batchSize: number;
  /** Buffers whose values all must read as memory has them, because storing rounds: see `comparedValues`. */
  readonly rounded?: ReadonlySet<string>;
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
  readonly #names = new NameSupply();
  readonly #baseNames: ReadonlyMap<Node, string>;
  readonly #buffers: Buffer[] = [];
  readonly #batchVariable: string;
  readonly #memory: Memory;
  readonly #writer: Writer;
  readonly #storer: Storer;
  /** Nodes that the program computes into memory: not leaves, not aliases, not computed in place. */
  readonly #computed = new Set<Node>();
  readonly #copies: Copy[] = [];
  readonly #sums: ReadonlyMap<Node, PlacedSum>;
  /** What rounding must not tell apart. */
  readonly #compared: ReadonlySet<Node>;

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
    this.#compared = options.precision === "f32" ? comparedValues(this.#order) : new Set();
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
    this.#storer = new Storer({
      memory: this.#memory,
      writer: this.#writer,
      computed: this.#computed,
      sums: this.#sums,
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
      ...this.#compared,
      ...delayed.filter((node) => this.#memory.bufferOf(node) === undefined),
    ]);
    const inLoops = new Set(this.#units.flatMap((unit) => (unit.kind === "loop" ? unit.nodes : [])));
    const stored = planStorage(this.#order, demanded, needed, batch, this.#sums, inLoops);
    const roots = sinks.map(({ node }) => node);
    const momentary = findMomentary(this.#order, this.#axes, { stored, roots });
    const isOfAllSteps = (node: Node): boolean => momentary(node).length === 0;
    for (const unit of this.#units) {
      for (const delay of unit.kind === "loop" ? unit.delays : []) {
        const { next } = recurrenceOf(delay);
        const isFree = [delay, next].every((node) => stored.has(node) && !this.#computed.has(node));
        if (!isFree || !canLieTogether(delay, next) || ![delay, next].some(isOfAllSteps)) continue;
        const [steps = 0, ...rest] = next.type.shape;
        this.#memory.placeDelayed(delay, this.#scratch(next, [steps + 1, ...rest]));
        this.#computed.add(delay).add(next);
      }
    }
    for (const node of this.#order) {
      if (!stored.has(node) || this.#computed.has(node)) continue;
      const loops = momentary(node);
      const steps = loops.map(({ axes }) => axes.get(node));
      const shape = node.type.shape.filter((_, axis) => !steps.includes(axis));
      this.#memory.place(node, this.#scratch(node, shape), loops);
      this.#computed.add(node);
    }
  }

  /** A new buffer for a node. */
  #scratch(node: Node, shape: readonly number[]): Buffer {
    const buffer: Buffer = {
      name: this.#names.claim(this.#baseNames.get(node) ?? node.operation),
      role: "scratch",
      element: node.type.element === "integer" ? "integer" : "real",
      shape,
      batched: node.type.batched,
    };
    this.#buffers.push(buffer);
    return buffer;
  }

  /** Each stored node as a nest of its own, with its own loop over the batch. */
  writeNests(): void {
    for (const unit of this.#units) {
      this.#writeUnit(unit, (node) => {
        const zeroed = this.#storer.zeroNest(node);
        this.#writer.nest.forEachSample(node.type.batched, () => {
          this.#storer.write(node, zeroed);
        });
      });
    }
    for (const copy of this.#copies) {
      this.#writer.nest.forEachSample(copy.buffer.batched, () => {
        this.#storer.copy(copy);
      });
    }
  }

  /** The stored nodes of a unit; those of a recurrence step by step. */
  #writeUnit(unit: Unit, write: (node: Node) => void): void {
    if (unit.kind === "node") {
      if (this.#computed.has(unit.node)) write(unit.node);
      return;
    }
    const loop = this.#axes.find((each) => each.loop === unit);
    invariant(loop !== undefined, "the axes of every loop have been found");
    const isWithDelayed = (node: Node): boolean => this.#memory.isWithDelayed(node);
    for (const delay of unit.delays.filter(isWithDelayed)) write(delay);
    this.#storer.overSteps(loop, () => {
      for (const node of unit.delays) if (!isWithDelayed(node)) write(node);
      for (const inner of unit.body) this.#writeUnit(inner, write);
    });
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
        if (node.operation === "batchReduce") this.#storer.mean(node);
        else this.#storer.write(node);
      });
    }
    for (const copy of copies) if (!copy.buffer.batched) this.#storer.copy(copy);
    for (const sum of sums) this.#storer.zeros(sum);
    this.#writer.nest.overBatch(() => {
      for (const unit of ofSample) {
        this.#writeUnit(unit, (node) => {
          this.#storer.write(node);
        });
      }
      for (const copy of copies) if (copy.buffer.batched) this.#storer.copy(copy);
      for (const sum of sums) this.#storer.summand(sum);
    });
  }

  finish(): Assembled {
    const context = { writer: this.#writer, memory: this.#memory, names: this.#names };
    const results = writeResults(this.#options.sinks, context);
    return {
      buffers: [...this.#buffers, ...results],
      body: this.#writer.nest.body,
      names: this.#names,
      batchVariable: this.#batchVariable,
      batchSize: this.#options.batchSize,
      rounded: new Set([...this.#compared].flatMap((node) => this.#memory.bufferOf(node)?.name ?? [])),
    };
  }
}

/** Whether what is delayed can lie one step behind its delay: the steps come first, and a step after the other. */
function canLieTogether(delay: NodeOf<"delay">, next: Node): boolean {
  const isOwn = next.operation !== "delay" && next.operation !== "reshape";
  return isOwn && delay.attributes.axis === 0 && next.type.batched === delay.type.batched;
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
