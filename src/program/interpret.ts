import { invariant } from "../diagnostics/index.ts";
import { scalarFunctions } from "./arithmetic.ts";
import { boundValue } from "./cost.ts";
import { type ExpressionMeaning, foldExpression } from "./fold.ts";
import type {
  Affine,
  Buffer,
  BufferRole,
  Expression,
  IndexAtom,
  Loop,
  Program,
  Statement,
  Store,
} from "./program.ts";
import { randomNumber } from "./random.ts";
import type { ScalarOperation } from "./scalar.ts";

/** The contents of each buffer, by name; a batched buffer holds its samples one after the other. */
export type Memory = Map<string, MemoryArray>;
export type MemoryArray = Float64Array | Float32Array | Int32Array;

export interface RunOptions {
  /** The number of samples. */
  readonly batch: number;
  /** The number of the optimizer step, from 1. */
  readonly step?: number;
  /** Of the random numbers; only programs that draw some need it. */
  readonly seed?: number;
}

/**
 * Runs a program statement by statement, the way its meaning is defined and as slowly as that: what every schedule and
 * every target is compared with. Overwrites `memory`. Scratch and constant buffers that `memory` lacks are added to it.
 *
 * @returns The value of the program's `return`, or `undefined` if it has none.
 * @throws {InvariantError} on an access out of bounds, an unknown name, a buffer of the wrong length, a read of scratch,
 * gradient or output that this run has not written, or a gradient or output element left unwritten.
 */
export function runProgram(program: Program, memory: Memory, options: RunOptions): number | undefined {
  for (const buffer of program.buffers) supply(buffer, memory, options.batch);
  const machine = new Machine(program, memory, options);
  const run = machine.block(program.body);
  run();
  machine.checkResults(program);
  return machine.returned;
}

/** Number of elements of a buffer for a batch of this many samples. */
export function bufferLength(buffer: Buffer, batch: number): number {
  return buffer.shape.reduce((product, extent) => product * extent, buffer.batched ? batch : 1);
}

/** Makes sure that memory has the buffer. */
function supply(buffer: Buffer, memory: Memory, batch: number): void {
  const length = bufferLength(buffer, batch);
  const given = memory.get(buffer.name);
  if (given !== undefined) {
    invariant(given.length >= length, `${buffer.name} holds ${length} elements, not ${given.length}`);
  } else if (buffer.role === "constant") {
    invariant(buffer.data !== undefined, `the constant ${buffer.name} has data`);
    memory.set(
      buffer.name,
      buffer.element === "integer" ? Int32Array.from(buffer.data) : Float64Array.from(buffer.data),
    );
  } else {
    invariant(buffer.role === "scratch", `memory for ${buffer.name} is given`);
    memory.set(buffer.name, new Float64Array(length));
  }
}

const unwrittenRoles: ReadonlySet<BufferRole> = new Set<BufferRole>(["gradient", "output", "scratch"]);

/** Whether a buffer's contents mean nothing before the program stores to it. `update` and `means` are given gradients. */
export function startsUnwritten({ name }: Program, { role }: Buffer): boolean {
  const isGiven = role === "gradient" && (name === "update" || name === "means");
  return unwrittenRoles.has(role) && !isGiven;
}

type Run = () => void;
type Value = () => number;

/** Turns statements into closures over its own slots, so that loops do not interpret the tree anew each time. */
class Machine {
  readonly #memory: Memory;
  readonly #options: RunOptions;
  /** Which elements have been stored to, of the buffers that start unwritten. */
  readonly #written = new Map<string, Uint8Array>();
  /** Values of locals and loop variables. */
  readonly #slots: number[] = [];
  readonly #slotOf = new Map<string, number>();
  /** What the names declared in the blocks around meant before, innermost last. */
  readonly #hidden: (readonly [name: string, slot: number | undefined])[] = [];
  #slotCount = 0;
  readonly #meaning: ExpressionMeaning<Value>;
  returned: number | undefined;

  constructor(program: Program, memory: Memory, options: RunOptions) {
    for (const buffer of program.buffers) {
      const { name } = buffer;
      const length = memory.get(name)?.length ?? 0;
      if (startsUnwritten(program, buffer)) this.#written.set(name, new Uint8Array(length));
    }
    this.#memory = memory;
    this.#options = options;
    this.#meaning = {
      number: (value) => () => value,
      local: (name) => this.#read(name),
      load: (buffer, offset) => this.#load(buffer, offset),
      index: (value) => this.#affine(value),
      inRange: (range) => this.#inRange(range),
      batchSize: () => () => options.batch,
      step: () => () => {
        invariant(options.step !== undefined, "a program that reads the step is given one");
        return options.step;
      },
      random: (stream, value) => this.#random(stream, value),
      apply: applied,
    };
  }

  block(statements: readonly Statement[]): Run {
    const outside = this.#hidden.length;
    const runs = statements.map((statement) => this.#statement(statement));
    this.#leave(outside);
    return () => {
      for (const run of runs) run();
    };
  }

  /** What the program promises to compute, it has computed. */
  checkResults(program: Program): void {
    for (const buffer of program.buffers) {
      if (buffer.role !== "gradient" && buffer.role !== "output") continue;
      const length = bufferLength(buffer, this.#options.batch);
      const missing = this.#written.get(buffer.name)?.subarray(0, length).indexOf(0) ?? -1;
      invariant(missing === -1, `element ${missing} of ${buffer.name} is written`);
    }
  }

  #statement(statement: Statement): Run {
    switch (statement.kind) {
      case "loop":
        return this.#loop(statement);
      case "let":
      case "assign": {
        // The value first: its own name is not in its scope.
        const value = this.#expression(statement.value);
        const slot = statement.kind === "let" ? this.#declare(statement.name) : this.#slot(statement.name);
        return () => {
          this.#slots[slot] = value();
        };
      }
      case "store":
        return this.#store(statement);
      case "piece":
        return this.block(statement.body);
      case "when": {
        const condition = this.#expression(statement.value);
        const body = this.block(statement.body);
        return () => {
          if (condition() !== 0) body();
        };
      }
      case "comment":
        return () => undefined;
      case "return": {
        const value = this.#expression(statement.value);
        return () => {
          this.returned = value();
        };
      }
    }
  }

  #loop(loop: Loop): Run {
    const outside = this.#hidden.length;
    const slot = this.#declare(loop.variable);
    const [from, to] = [boundValue(loop.from, this.#options.batch), boundValue(loop.to, this.#options.batch)];
    invariant(loop.step !== 0, `the loop over ${loop.variable} goes on`);
    const body = this.block(loop.body);
    this.#leave(outside);
    const lanes = loop.lanes ?? 1;
    return () => {
      for (let i = from; loop.step > 0 ? i < to : i > to; i += loop.step) {
        for (let lane = 0; lane < lanes && (lane === 0 || i + lane < to); lane++) {
          this.#slots[slot] = i + lane;
          body();
        }
      }
    };
  }

  #store(store: Store): Run {
    const array = this.#array(store.buffer);
    const written = this.#written.get(store.buffer);
    const offset = this.#affine(store.offset);
    const value = this.#expression(store.value);
    return () => {
      const at = checked(array, offset(), store.buffer);
      if (store.accumulate) checkWritten(written, at, store.buffer);
      array[at] = store.accumulate ? (array[at] ?? NaN) + value() : value();
      if (written !== undefined) written[at] = 1;
    };
  }

  #expression(expression: Expression): Value {
    return foldExpression(expression, this.#meaning);
  }

  #load(buffer: string, offset: Affine): Value {
    const array = this.#array(buffer);
    const written = this.#written.get(buffer);
    const place = this.#affine(offset);
    return () => {
      const at = checked(array, place(), buffer);
      checkWritten(written, at, buffer);
      return array[at] ?? NaN;
    };
  }

  #inRange(range: Extract<Expression, { kind: "inRange" }>): Value {
    const value = this.#affine(range.value);
    return () => {
      const v = value();
      return v >= range.from && v < range.to && (v - range.from) % range.step === 0 ? 1 : 0;
    };
  }

  #random(stream: number, value: Affine): Value {
    const { seed, step } = this.#options;
    const index = this.#affine(value);
    return () => {
      invariant(seed !== undefined && step !== undefined, "a program that draws is given seed and step");
      return randomNumber(seed, step, stream, index());
    };
  }

  #affine(affine: Affine): Value {
    const terms = affine.terms.map((term) => ({
      coefficient: term.coefficient,
      value: this.#atom(term.atom),
    }));
    return () => {
      let sum = affine.constant;
      for (const term of terms) sum += term.coefficient * term.value();
      return sum;
    };
  }

  #atom(atom: IndexAtom): Value {
    return atom.kind === "variable" ? this.#read(atom.name) : this.#load(atom.buffer, atom.offset);
  }

  #array(buffer: string): MemoryArray {
    const array = this.#memory.get(buffer);
    invariant(array !== undefined, `the buffer ${buffer} is declared`);
    return array;
  }

  #declare(name: string): number {
    this.#hidden.push([name, this.#slotOf.get(name)]);
    const slot = this.#slotCount;
    this.#slotCount += 1;
    this.#slotOf.set(name, slot);
    return slot;
  }

  /** At the end of a block names mean again what they meant around it: a piece may use one once more. */
  #leave(outside: number): void {
    for (const [name, slot] of this.#hidden.splice(outside).reverse()) {
      if (slot === undefined) this.#slotOf.delete(name);
      else this.#slotOf.set(name, slot);
    }
  }

  #slot(name: string): number {
    const slot = this.#slotOf.get(name);
    invariant(slot !== undefined, `the local ${name} is defined before it is used`);
    return slot;
  }

  #read(name: string): Value {
    const slot = this.#slot(name);
    return () => this.#slots[slot] ?? NaN;
  }
}

function applied(operation: ScalarOperation, operands: readonly Value[]): Value {
  const [a, b, c] = operands;
  invariant(a !== undefined, `${operation} has an operand`);
  if (operation === "select") {
    invariant(b !== undefined && c !== undefined, "select has three operands");
    return () => (a() === 0 ? c() : b()); // only the branch taken: the other's loads may be out of bounds
  }
  const f = scalarFunctions[operation];
  if (b === undefined) return () => f(a());
  return () => f(a(), b());
}

function checkWritten(written: Uint8Array | undefined, offset: number, buffer: string): void {
  invariant(written?.[offset] !== 0, `element ${offset} of ${buffer} is written before it is read`);
}

function checked(array: MemoryArray, offset: number, buffer: string): number {
  invariant(
    Number.isInteger(offset) && offset >= 0 && offset < array.length,
    `an access to ${buffer} at ${offset} is within its ${array.length} elements`,
  );
  return offset;
}
