import { invariant } from "../../diagnostics/index.ts";
import {
  type Affine,
  type AffineTerm,
  type Bound,
  type Buffer,
  type Expression,
  foldExpression,
  type Program,
  type Statement,
  visitMentions,
} from "../../program/index.ts";
import { elementBytes, type Region } from "../kernel.ts";
import type { FunctionBuilder, Local } from "./function-builder.ts";
import type { KernelPlan } from "./memory.ts";
import { randomKey, randomNumber } from "./random.ts";
import { conditionOf, numberOf, type ScalarLibrary } from "./scalar-library.ts";
import { f64, i32, load, op, store, type Value } from "./value.ts";

type Loop = Extract<Statement, { kind: "loop" }>;
type Apply = Extract<Expression, { kind: "apply" }>;

/** Where something lies: an address, and what is added to it for nothing. */
interface Address {
  readonly base: Value;
  readonly offset: number;
  readonly region: Region;
}

/** Writes the statements of one program into a function whose arguments are count, step and seed. */
export class ProgramWriter {
  readonly #program: Program;
  readonly #f: FunctionBuilder;
  readonly #memory: KernelPlan;
  readonly #library: ScalarLibrary;
  readonly #buffers: ReadonlyMap<string, Buffer>;
  readonly #keys = new Map<number, Value>();
  /** What each name means in the block at hand. */
  #names = new Map<string, Local>();
  /** Loop variables that may be below 0. */
  readonly #signed = new Set<string>();
  #result: Value | undefined;

  constructor(program: Program, f: FunctionBuilder, memory: KernelPlan, library: ScalarLibrary) {
    this.#program = program;
    this.#f = f;
    this.#memory = memory;
    this.#library = library;
    this.#buffers = new Map(program.buffers.map((buffer) => [buffer.name, buffer]));
  }

  /** @returns The program's result, in a local, if it has one. */
  write(): Value | undefined {
    visitMentions(this.#program.body, {
      random: (stream) => {
        if (this.#keys.has(stream)) return;
        this.#keys.set(stream, randomKey(this.#f.parameter(2), this.#f.parameter(1), stream, this.#f));
      },
    });
    this.#block(this.#program.body);
    return this.#result;
  }

  /** Names do not leave it. */
  #block(statements: readonly Statement[]): void {
    const around = this.#names;
    this.#names = new Map(around);
    for (const statement of statements) this.#statement(statement);
    this.#names = around;
  }

  #statement(statement: Statement): void {
    switch (statement.kind) {
      case "loop":
        this.#loop(statement);
        return;
      case "let": {
        const value = this.#expression(statement.value); // its own name is not in its scope
        this.#f.set(this.#declare(statement.name, "f64"), value);
        return;
      }
      case "assign":
        this.#f.set(this.#local(statement.name), this.#expression(statement.value));
        return;
      case "store":
        this.#store(statement);
        return;
      case "when":
        this.#f.if(conditionOf(this.#expression(statement.value)), () => {
          this.#block(statement.body);
        });
        return;
      case "piece": // no function of WebAssembly is too large to be optimised
        this.#block(statement.body);
        return;
      case "comment":
        return;
      case "return": {
        const result = this.#f.local("f64");
        this.#f.set(result, this.#expression(statement.value));
        this.#result = this.#f.get(result);
      }
    }
  }

  #loop({ lanes = 1, ...loop }: Loop): void {
    if (lanes === 1) {
      this.#plainLoop(loop, () => {
        this.#block(loop.body);
      });
      return;
    }
    // One lane after the other.
    this.#plainLoop(loop, (first) => {
      const around = this.#names;
      this.#names = new Map(around);
      const variable = this.#declare(loop.variable, "i32");
      const end = this.#f.let(op("i32.add", this.#f.get(first), i32(lanes)));
      this.#count(variable, { from: this.#f.get(first), to: end, step: 1 }, true, () => {
        this.#block(loop.body);
      });
      this.#names = around;
    });
  }

  #plainLoop({ variable, from, to, step }: Omit<Loop, "lanes">, body: (variable: Local) => void): void {
    const around = this.#names;
    this.#names = new Map(around);
    const local = this.#declare(variable, "i32");
    const least = step > 0 ? from : typeof to === "number" ? to + 1 : to;
    if (typeof least === "number" && least < 0) this.#signed.add(variable);
    const runs = typeof from === "number" && typeof to === "number" && (step > 0 ? from < to : from > to);
    this.#count(local, { from: this.#bound(from), to: this.#bound(to), step }, runs, () => {
      body(local);
    });
    this.#signed.delete(variable);
    this.#names = around;
  }

  #count(
    variable: Local,
    { from, to, step }: { readonly from: Value; readonly to: Value; readonly step: number },
    runs: boolean,
    body: () => void,
  ): void {
    const comparison = step > 0 ? "i32.lt_s" : "i32.gt_s";
    const goesOn = (end: Value): Value => op(comparison, this.#f.get(variable), end);
    this.#f.for(variable, { from, to, step: i32(step), goesOn }, runs, body);
  }

  #bound(bound: Bound): Value {
    if (typeof bound === "number") return i32(bound);
    const count = this.#f.parameter(0);
    const { multipleOf } = bound;
    return multipleOf === 1 ? count : op("i32.sub", count, op("i32.rem_s", count, i32(multipleOf)));
  }

  #store({ buffer, offset, value, accumulate }: Extract<Statement, { kind: "store" }>): void {
    const { base, offset: at, region } = this.#address(buffer, offset);
    const address = accumulate ? this.#f.let(base) : base;
    const computed = this.#expression(value);
    const result = accumulate ? op("f64.add", read(region, address, at), computed) : computed;
    this.#f.run(write(region, address, at, result));
  }

  /** A loop rather than recursion, because sums may be thousands of terms deep. */
  #expression(expression: Expression): Value {
    const results: Value[] = [];
    const pending: { readonly each: Expression; readonly operandsDone: boolean }[] = [
      { each: expression, operandsDone: false },
    ];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { each, operandsDone } = next;
      if (each.kind !== "apply") results.push(this.#leaf(each));
      else if (each.operation === "select") results.push(this.#select(each));
      else if (operandsDone) {
        const operands = results.splice(results.length - each.operands.length);
        results.push(this.#library.apply(each.operation, operands));
      } else {
        pending.push({ each, operandsDone: true });
        for (const operand of each.operands.toReversed())
          pending.push({ each: operand, operandsDone: false });
      }
    }
    const [result] = results;
    invariant(result !== undefined && results.length === 1, "an expression has one value");
    return result;
  }

  /** Computes the branch that is taken, and no other: its loads may be out of bounds. */
  #select({ operands: [condition, then, otherwise] }: Apply): Value {
    invariant(
      condition !== undefined && then !== undefined && otherwise !== undefined,
      "select has three operands",
    );
    const result = this.#f.local("f64");
    const into = (value: Expression) => () => {
      this.#f.set(result, this.#expression(value));
    };
    this.#f.if(conditionOf(this.#expression(condition)), into(then), into(otherwise));
    return this.#f.get(result);
  }

  #leaf(leaf: Exclude<Expression, Apply>): Value {
    return foldExpression<Value>(leaf, {
      number: f64,
      local: (name) => this.#f.get(this.#local(name)),
      load: (buffer, offset) => {
        const { base, offset: at, region } = this.#address(buffer, offset);
        return read(region, base, at);
      },
      index: (value) => op("f64.convert_i32_s", this.#affine(value)),
      inRange: (range) => this.#inRange(range),
      batchSize: () => op("f64.convert_i32_s", this.#f.parameter(0)),
      step: () => this.#f.parameter(1),
      random: (stream, value) => {
        const key = this.#keys.get(stream);
        invariant(key !== undefined, `stream ${stream} has a key`);
        return randomNumber(key, this.#affine(value), this.#f);
      },
      apply: (operation) => {
        invariant(false, `${operation} is no leaf`);
      },
    });
  }

  #inRange({ value, from, to, step }: Extract<Expression, { kind: "inRange" }>): Value {
    const at = this.#f.let(this.#affine(value));
    const tests = [
      op("i32.ge_s", at, i32(from)),
      ...(to === Infinity ? [] : [op("i32.lt_s", at, i32(to))]),
      ...(step === 1 ? [] : [op("i32.eqz", op("i32.rem_s", op("i32.sub", at, i32(from)), i32(step)))]),
    ];
    return numberOf(tests.reduce((all, each) => op("i32.and", all, each)));
  }

  /** An address is unsigned: what may be below 0 must not be parted from the constant that it is added to. */
  #address(name: string, { constant, terms }: Affine): Address {
    const region = this.#memory.bufferRegion(this.#program, this.#buffer(name));
    const bytes = elementBytes[region.element];
    const isNatural = ({ coefficient, atom }: AffineTerm): boolean =>
      coefficient > 0 && !(atom.kind === "variable" && this.#signed.has(atom.name));
    const offset = region.offset + bytes * constant;
    if (terms.every(isNatural) && offset >= 0)
      return { base: this.#affine({ constant: 0, terms }, bytes), offset, region };
    return { base: this.#affine({ constant, terms }, bytes), offset: region.offset, region };
  }

  #affine({ constant, terms }: Affine, factor = 1): Value {
    const parts = terms.map((term) => this.#term(term, factor));
    const all = constant === 0 && parts.length > 0 ? parts : [...parts, i32(constant * factor)];
    return all.reduce((sum, part) => op("i32.add", sum, part));
  }

  #term({ coefficient, atom }: AffineTerm, factor: number): Value {
    const value = atom.kind === "variable" ? this.#f.get(this.#local(atom.name)) : this.#element(atom);
    const by = coefficient * factor;
    return by === 1 ? value : op("i32.mul", value, i32(by));
  }

  #element({ buffer, offset }: { readonly buffer: string; readonly offset: Affine }): Value {
    const { base, offset: at } = this.#address(buffer, offset);
    return load("i32.load", base, at);
  }

  #buffer(name: string): Buffer {
    const buffer = this.#buffers.get(name);
    invariant(buffer !== undefined, `the buffer ${name} is declared by ${this.#program.name}`);
    return buffer;
  }

  #declare(name: string, type: "i32" | "f64"): Local {
    const local = this.#f.local(type);
    this.#names.set(name, local);
    return local;
  }

  #local(name: string): Local {
    const local = this.#names.get(name);
    invariant(local !== undefined, `the local ${name} is defined before it is used`);
    return local;
  }
}

/** As a number of double precision. */
function read({ element }: Region, address: Value, offset: number): Value {
  switch (element) {
    case "f64":
      return load("f64.load", address, offset);
    case "f32":
      return op("f64.promote_f32", load("f32.load", address, offset));
    case "i32":
      return op("f64.convert_i32_s", load("i32.load", address, offset));
  }
}

function write({ element }: Region, address: Value, offset: number, value: Value): Value<undefined> {
  switch (element) {
    case "f64":
      return store("f64.store", address, offset, value);
    case "f32":
      return store("f32.store", address, offset, op("f32.demote_f64", value));
    case "i32":
      return store("i32.store", address, offset, op("i32.trunc_sat_f64_s", value));
  }
}
