import { invariant } from "../../diagnostics/index.ts";
import {
  affineVariable,
  type Bound,
  type Expression,
  fillsLanes,
  type Program,
  type ScalarOperation,
  type Statement,
  visitMentions,
} from "../../program/index.ts";
import { Accesses } from "./accesses.ts";
import { Addresses, type Place } from "./addresses.ts";
import { type Compiled, Conversions } from "./compiled.ts";
import { Expressions } from "./expressions.ts";
import { FunctionBuilder, type Local, call } from "./function-builder.ts";
import type { ValueType } from "./instructions.ts";
import type { LaneType } from "./lane-type.ts";
import type { Callee, FunctionLibrary } from "./library.ts";
import { operationCodes } from "./operations.ts";
import { isRemainder, ownStatements, readInLanes } from "./own-statements.ts";
import { randomKey } from "./random.ts";
import { guardsGathers } from "./reach.ts";
import { type Accumulation, accumulationsOf, neutral, sumStores } from "./sums.ts";
import { choose, i32, op, type Value } from "./value.ts";
import { laneLocals } from "./varying.ts";

/** The arguments of every function that does part of a program: the number of samples, of the step, and the seed. */
export const programParameters: readonly ValueType[] = ["i32", "f64", "i32"];

/** What the functions of a program have in common. */
export interface ProgramContext {
  readonly program: Program;
  readonly type: LaneType;
  readonly library: FunctionLibrary;
  readonly placeOf: (buffer: string) => Place;
}

/** Up to so many elementary functions of vectors are written out in one function; more are called. */
const mostInlined = 24;

/** The function of a whole program; it gives what the program returns. */
export function programFunction(context: ProgramContext): FunctionBuilder {
  const { body } = context.program;
  const returns = body.some(({ kind }) => kind === "return");
  const builder = new FunctionBuilder({ parameters: programParameters, result: returns ? "f64" : undefined });
  new BodyEmitter(context, builder, new Map(), body).block(body);
  return builder;
}

type LoopStatement = Extract<Statement, { kind: "loop" }>;

type StoreStatement = Extract<Statement, { kind: "store" }>;

/** The same with what each lane has of it. */
interface LaneSum extends Accumulation {
  readonly variable: Variable;
  readonly own: Local;
}

/** A local of the program: by itself a double or an i32, or a vector. */
interface Variable {
  readonly local: Local;
  readonly isBoolean: boolean;
  readonly inLanes: boolean;
  /** The same in all lanes, where a loop in lanes reads it. */
  readonly splat?: Local;
}

/** Writes the statements of one function. */
class BodyEmitter {
  readonly #context: ProgramContext;
  readonly #f: FunctionBuilder;
  readonly #addresses: Addresses;
  readonly #accesses: Accesses;
  readonly #expressions: Expressions;
  readonly #convert: Conversions;
  readonly #variables = new Map<string, Variable>();
  readonly #keys = new Map<number, Value>();
  /** Locals from outside that loops in lanes read. */
  readonly #readInLanes = new Set<string>();
  /** Names that differ from lane to lane, in a loop in lanes. */
  #varying: ReadonlySet<string> | undefined;
  /** Whether the statements at hand are those of a loop over what does not fill a vector. */
  #isRemainder = false;
  /** In which lanes the statements at hand run; in all if undefined. */
  #mask: Value | undefined;

  constructor(
    context: ProgramContext,
    builder: FunctionBuilder,
    outer: ReadonlyMap<string, Value>,
    statements: readonly Statement[],
  ) {
    const { program, type, library, placeOf } = context;
    this.#context = context;
    this.#f = builder;
    this.#addresses = new Addresses(builder, placeOf, outer, statements);
    const elements = new Map(program.buffers.map(({ name, element }) => [name, element]));
    const elementOf = (buffer: string): "real" | "integer" => elements.get(buffer) ?? "real";
    this.#accesses = new Accesses(builder, this.#addresses, elementOf, type);
    this.#convert = new Conversions(type);
    const [count, step, seed] = programParameters.map((_, k) => builder.parameter(k));
    invariant(
      count !== undefined && step !== undefined && seed !== undefined,
      "a program has three arguments",
    );
    for (const name of readInLanes(statements)) this.#readInLanes.add(name);
    let elementary = 0;
    visitMentions(ownStatements(statements, isRemainder), {
      operation: (name) => (elementary += isElementary(name) ? 1 : 0),
    });
    visitMentions(ownStatements(statements), {
      random: (stream) => {
        if (!this.#keys.has(stream)) this.#keys.set(stream, randomKey(seed, step, stream, builder));
      },
    });
    this.#expressions = new Expressions(
      builder,
      this.#accesses,
      library,
      {
        local: (name) => this.#read(name),
        count,
        step,
        key: (stream) => this.#key(stream),
        inlines: () => elementary <= mostInlined && !this.#isRemainder,
      },
      type,
    );
  }

  block(statements: readonly Statement[]): void {
    const hidden = new Map<string, Variable | undefined>();
    for (let k = 0; k < statements.length;) {
      const [statement] = statements.slice(k, k + 1);
      invariant(statement !== undefined, "there are statements left");
      if (statement.kind === "let") hidden.set(statement.name, this.#variables.get(statement.name));
      const loops = this.#togetherFrom(statements, k);
      if (loops.length === 0) {
        this.#statement(statement);
        k += 1;
      } else k = this.#laneLoops(loops, statements, k);
    }
    for (const [name, before] of hidden) {
      if (before === undefined) this.#variables.delete(name);
      else this.#variables.set(name, before);
    }
  }

  #statement(statement: Statement): void {
    switch (statement.kind) {
      case "loop":
        if ((statement.lanes ?? 1) > 1) this.#laneAfterLane(statement);
        else this.#loop(statement);
        break;
      case "let":
        this.#variables.set(statement.name, this.#define(statement));
        break;
      case "assign":
        this.#assign(statement.name, this.#compile(statement.value));
        break;
      case "store":
        this.#store(statement);
        break;
      case "when":
        this.#when(statement.value, statement.body);
        break;
      case "piece":
        this.#piece(statement.body);
        break;
      case "comment":
        break;
      case "return":
        this.#f.result(this.#convert.asReal(this.#compile(statement.value)).value);
        break;
    }
  }

  #compile(expression: Expression): Compiled {
    return this.#expressions.compile(expression);
  }

  #read(name: string): Compiled {
    const variable = this.#variables.get(name);
    invariant(variable !== undefined, `the local ${name} is defined before it is read`);
    const { local, isBoolean, inLanes, splat } = variable;
    const value = this.#f.get(local);
    return { value, isBoolean, inLanes, ...(splat === undefined ? {} : { splat: this.#f.get(splat) }) };
  }

  #define({ name, value, mutable }: Extract<Statement, { kind: "let" }>): Variable {
    const compiled = this.#compile(value);
    const mayVary = this.#varying !== undefined && (mutable || this.#varying.has(name));
    const { value: code, isBoolean, inLanes } = mayVary ? this.#convert.asLanes(compiled) : compiled;
    const local = this.#f.local(code.type);
    this.#f.set(local, code);
    const isRead = this.#varying !== undefined || (!mutable && this.#readInLanes.has(name));
    if (!isRead || inLanes || isBoolean) return { local, isBoolean, inLanes };
    return { local, isBoolean, inLanes, splat: this.#splatOf(local, value) };
  }

  /** A local in all lanes; straight from memory, if it has just been loaded. */
  #splatOf(local: Local, definition?: Expression): Local {
    const splat = this.#f.local("v128");
    const loaded =
      definition?.kind === "load"
        ? this.#accesses.loadSplat(definition.buffer, definition.offset)
        : undefined;
    if (loaded !== undefined) {
      this.#f.set(splat, loaded);
      return splat;
    }
    const { value } = this.#convert.asLanes({ value: this.#f.get(local), isBoolean: false, inLanes: false });
    this.#f.set(splat, value);
    return splat;
  }

  #assign(name: string, compiled: Compiled): void {
    const variable = this.#variables.get(name);
    invariant(variable !== undefined, `the local ${name} is assigned after it is defined`);
    const { local, isBoolean, inLanes } = variable;
    const typed = isBoolean ? this.#convert.asBoolean(compiled) : this.#convert.asReal(compiled);
    const { value } = inLanes ? this.#convert.asLanes(typed) : typed;
    const kept =
      this.#mask === undefined ? value : op("v128.bitselect", value, this.#f.get(local), this.#mask);
    this.#f.set(local, inLanes ? kept : value);
  }

  #store({ buffer, offset, value, accumulate }: Extract<Statement, { kind: "store" }>): void {
    const compiled = this.#convert.asReal(this.#compile(value));
    if (this.#varying === undefined) this.#accesses.store(buffer, offset, compiled.value, accumulate);
    else {
      const lanes = this.#convert.asLanes(compiled).value;
      this.#accesses.storeLanes(buffer, offset, lanes, accumulate, this.#mask);
    }
  }

  #when(condition: Expression, body: readonly Statement[]): void {
    const { value, inLanes } = this.#convert.asBoolean(this.#compile(condition));
    if (!inLanes) {
      this.#f.if(value, () => {
        this.block(body);
      });
      return;
    }
    const around = this.#mask;
    const mask = this.#f.let(around === undefined ? value : op("v128.and", around, value));
    this.#f.if(op("v128.any_true", mask), () => {
      this.#mask = mask;
      this.block(body);
      this.#mask = around;
    });
  }

  #inVectors(statement: Statement | undefined): statement is LoopStatement {
    if (statement?.kind !== "loop" || statement.lanes === undefined) return false;
    return statement.lanes === this.#context.type.width && !guardsGathers(statement);
  }

  /** Loops in vectors one after the other that add to the same locals, which each lane may keep for itself meanwhile. */
  #togetherFrom(statements: readonly Statement[], start: number): readonly LoopStatement[] {
    const loops: LoopStatement[] = [];
    let common = "";
    for (let next = statements[start]; this.#inVectors(next); next = statements[start + loops.length]) {
      const added = accumulationsOf(next)
        .map(({ name, operation }) => `${name} ${operation}`)
        .sort()
        .join();
      if (loops.length > 0 && (added === "" || added !== common)) break;
      common = added;
      loops.push(next);
    }
    return loops;
  }

  #bodyOf({ body }: LoopStatement): () => void {
    return () => {
      this.block(body);
    };
  }

  #loop(loop: LoopStatement, body = this.#bodyOf(loop)): void {
    const isKnown = typeof loop.from === "number" && typeof loop.to === "number";
    const runs = isKnown && (loop.step > 0 ? loop.from < loop.to : loop.from > loop.to);
    this.#counting(loop, { from: this.#f.let(this.#bound(loop.from)), to: this.#bound(loop.to), runs, body });
  }

  #counting(
    loop: LoopStatement,
    {
      from,
      to,
      runs,
      body,
    }: { readonly from: Value; readonly to: Value; readonly runs: boolean; readonly body: () => void },
  ): void {
    const counter = this.#f.local("i32");
    this.#addresses.enter(loop, this.#f.get(counter), from);
    const compare = loop.step > 0 ? "i32.lt_s" : "i32.gt_s";
    const goesOn = (end: Value): Value => op(compare, this.#f.get(counter), end);
    this.#f.for(counter, { from, to, step: i32(loop.step), goesOn }, runs, () => {
      body();
      this.#addresses.advance();
    });
    this.#addresses.leave();
  }

  /** As many iterations at each step as there are lanes, one after the other: for vectors of other machines, and for safety. */
  #laneAfterLane({ lanes = 1, ...loop }: LoopStatement): void {
    const first = this.#f.local("i32");
    const [from, to] = [this.#bound(loop.from), this.#f.let(this.#bound(loop.to))];
    const goesOn = (end: Value): Value => op("i32.lt_s", this.#f.get(first), end);
    this.#f.for(first, { from, to, step: i32(loop.step), goesOn }, false, () => {
      const own = this.#f.get(first);
      const next = this.#f.let(op("i32.add", own, i32(lanes)));
      const end = fillsLanes({ ...loop, lanes }) ? next : choose(op("i32.lt_s", next, to), next, to);
      const body = this.#bodyOf(loop);
      this.#counting({ ...loop, step: 1 }, { from: own, to: end, runs: true, body });
    });
  }

  /**
   * What loops in lanes add to a local from outside, each lane adds for itself; afterwards all of it is put together.
   *
   * @param start Where the loops are among the statements.
   * @returns Where what is still to be done begins.
   */
  #laneLoops(loops: readonly LoopStatement[], statements: readonly Statement[], start: number): number {
    const [first] = loops;
    invariant(this.#varying === undefined && first !== undefined, "no loop in lanes holds another");
    const sums = accumulationsOf(first).map(({ name, operation }): LaneSum => {
      const variable = this.#variables.get(name);
      invariant(variable !== undefined, `the local ${name} is assigned after it is defined`);
      const own = this.#f.local("v128");
      this.#f.set(own, this.#context.type.constant(neutral[operation]));
      this.#variables.set(name, { local: own, isBoolean: false, inLanes: true });
      return { name, variable, operation, own };
    });
    for (const loop of loops) this.#laneLoop(loop);
    for (const { name, variable } of sums) this.#variables.set(name, variable);
    const end = start + loops.length;
    const added = sums.filter(({ operation }) => operation === "f64.add").map(({ name }) => name);
    const known = sumStores(new Set(added), statements.slice(0, start), statements.slice(end));
    const stored = this.#storeSums(sums, [...known.stores]);
    this.#putTogether(sums.filter(({ name }) => !stored.has(name)));
    for (const [name, store] of known.stores) if (!stored.has(name)) this.#statement(store);
    return end + known.statements;
  }

  /** Sums that go to places one after the other are put together in a vector, and stored as one. */
  #storeSums(
    sums: readonly LaneSum[],
    stores: readonly (readonly [string, StoreStatement])[],
  ): ReadonlySet<string> {
    const { type, placeOf } = this.#context;
    const vectors = new Map(sums.map(({ name, own }) => [name, own]));
    const stored = new Set<string>();
    const placed = stores
      .map(([name, { buffer, offset }]) => {
        const place = placeOf(buffer);
        return { name, buffer, offset, address: place.offset + offset.constant * place.bytes };
      })
      .sort((a, b) => a.address - b.address);
    for (let k = 0; k + type.width <= placed.length;) {
      const group = placed.slice(k, k + type.width);
      const [first] = group;
      invariant(first !== undefined, "a group has members");
      if (group.every(({ address }, i) => address === first.address + i * type.bytes)) {
        const own = group.flatMap(({ name }) => vectors.get(name) ?? []);
        this.#accesses.storeSums(
          first.buffer,
          first.offset,
          own.map((each) => this.#f.get(each)),
        );
        for (const { name } of group) stored.add(name);
        k += type.width;
      } else k += 1;
    }
    return stored;
  }

  #putTogether(sums: readonly LaneSum[]): void {
    for (const operation of ["f64.add", "f64.max", "f64.min"] as const) {
      const alike = sums.filter((each) => each.operation === operation);
      const combined = this.#accesses.combineAll(
        alike.map(({ own }) => this.#f.get(own)),
        operation,
      );
      for (const [k, { variable }] of alike.entries()) {
        const value = combined[k];
        invariant(value !== undefined, "each accumulator is put together");
        this.#f.set(variable.local, op(operation, this.#f.get(variable.local), value));
      }
    }
  }

  #laneLoop(loop: LoopStatement): void {
    const { varying, read } = laneLocals(loop.variable, loop.body);
    const before = new Map(this.#variables);
    for (const name of read) {
      const variable = this.#variables.get(name);
      if (variable === undefined || variable.isBoolean || variable.splat !== undefined) continue;
      this.#variables.set(name, { ...variable, splat: this.#splatOf(variable.local) });
    }
    this.#varying = varying;
    this.#accesses.laneVariable = loop.variable;
    this.#isRemainder = isRemainder(loop);
    this.#loop(loop, () => {
      this.#mask = this.#isRemainder ? this.#busyLanes(loop) : undefined;
      this.block(loop.body);
      this.#mask = undefined;
    });
    this.#isRemainder = false;
    this.#accesses.laneVariable = undefined;
    this.#varying = undefined;
    // What was put into lanes for this loop may be another number at the next.
    for (const [name, variable] of before) this.#variables.set(name, variable);
  }

  /** The lanes that have not come to the loop's end. */
  #busyLanes({ variable, to }: LoopStatement): Value {
    const busy = op(
      "i32x4.lt_s",
      this.#accesses.integers(affineVariable(variable)),
      op("i32x4.splat", this.#bound(to)),
    );
    return this.#f.let(this.#context.type.width === 4 ? busy : op("i64x2.extend_low_i32x4_s", busy));
  }

  #bound(bound: Bound): Value {
    if (typeof bound === "number") return i32(bound);
    const count = this.#f.parameter(0);
    const { multipleOf } = bound;
    return multipleOf === 1 ? count : op("i32.sub", count, op("i32.rem_u", count, i32(multipleOf)));
  }

  #key(stream: number): Value {
    const key = this.#keys.get(stream);
    invariant(key !== undefined, "the keys of all streams stand at the start of a function");
    return key;
  }

  /** A function of its own, which is given the loop variables around it that it reads. */
  #piece(body: readonly Statement[]): void {
    invariant(this.#varying === undefined, "a piece runs by itself");
    const declared = new Set<string>();
    const used = new Set<string>();
    visitMentions(body, {
      declaration: (name) => declared.add(name),
      local: (name) => used.add(name),
    });
    const handed = [...used].filter((name) => !declared.has(name)).sort();
    const parameters = [...programParameters, ...handed.map((): ValueType => "i32")];
    const builder = new FunctionBuilder({ parameters, result: undefined });
    const outer = new Map(
      handed.map((name, k) => [name, builder.parameter(programParameters.length + k)] as const),
    );
    new BodyEmitter(this.#context, builder, outer, body).block(body);
    const callee = this.#context.library.add(builder);
    const own = programParameters.map((_, k) => this.#f.parameter(k));
    this.#f.run(callOf(callee, [...own, ...handed.map((name) => this.#addresses.variable(name))]));
  }
}

/** A call of a function without a result. */
export function callOf({ index, type }: Callee, operands: readonly Value[]): Value<undefined> {
  invariant(type.result === undefined, "a piece gives no result");
  return call(index, { parameters: type.parameters, result: undefined }, operands);
}

function isElementary(operation: ScalarOperation): boolean {
  return operationCodes[operation].kind === "elementary";
}
