import { invariant } from "../../diagnostics/index.ts";
import {
  type Expression,
  ownStatements,
  type Program,
  type Statement,
  type Store,
  visitMentions,
} from "../../program/index.ts";
import { Accesses, type ElementOf } from "./accesses.ts";
import { Addresses, type Place } from "./addresses.ts";
import { type Compiled, Conversions } from "./compiled.ts";
import { Expressions, type Surroundings } from "./expressions.ts";
import { FunctionBuilder } from "./function-builder.ts";
import type { ValueType } from "./instructions.ts";
import { isRemainder, laneAfterLane, type LaneLoopContext, laneLoops, laneLoopsFrom } from "./lane-loops.ts";
import { LaneScope } from "./lane-scope.ts";
import type { LaneType } from "./lane-type.ts";
import { callOf, type FunctionLibrary } from "./library.ts";
import { Locals } from "./locals.ts";
import { wholeLoop } from "./loops.ts";
import { operationCodes } from "./operations.ts";
import { randomKey } from "./random.ts";
import { op, type Value } from "./value.ts";
import { readInLanes } from "./lane-locals.ts";

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

/** Writes the statements of one function. */
class BodyEmitter {
  readonly #context: ProgramContext;
  readonly #builder: FunctionBuilder;
  readonly #addresses: Addresses;
  readonly #accesses: Accesses;
  readonly #locals: Locals;
  readonly #lanes = new LaneScope();
  readonly #expressions: Expressions;
  readonly #convert: Conversions;
  readonly #laneLoops: LaneLoopContext;

  /** `outer`: loop variables of the caller's, which the function is given. */
  constructor(
    context: ProgramContext,
    builder: FunctionBuilder,
    outer: ReadonlyMap<string, Value>,
    statements: readonly Statement[],
  ) {
    const { type, placeOf } = context;
    const lanes = this.#lanes;
    const addresses = new Addresses(builder, placeOf, outer, statements);
    const accesses = new Accesses({
      builder,
      addresses,
      lanes,
      elementOf: elementsOf(context.program),
      type,
    });
    const convert = new Conversions(type);
    const readBefore = new Set(readInLanes(statements));
    const locals = new Locals({ builder, accesses, convert, lanes, readInLanes: readBefore });
    this.#context = context;
    this.#builder = builder;
    this.#addresses = addresses;
    this.#accesses = accesses;
    this.#convert = convert;
    this.#locals = locals;
    this.#expressions = new Expressions(
      builder,
      accesses,
      context.library,
      this.#surroundings(statements),
      type,
    );
    const block = (body: readonly Statement[]): void => {
      this.block(body);
    };
    this.#laneLoops = { type, builder, addresses, accesses, locals, lanes, block };
  }

  #surroundings(statements: readonly Statement[]): Surroundings {
    const builder = this.#builder;
    const [count, step, seed] = programParameters.map((_, k) => builder.parameter(k));
    invariant(
      count !== undefined && step !== undefined && seed !== undefined,
      "a program has three arguments",
    );
    const streams = [...streamsOf(statements)];
    const keys = new Map(streams.map((stream) => [stream, randomKey(seed, step, stream, builder)] as const));
    const isShort = elementaryCount(statements) <= mostInlined;
    return {
      local: (name) => this.#locals.read(name),
      count,
      step,
      key: (stream) => {
        const key = keys.get(stream);
        invariant(key !== undefined, "the keys of all streams stand at the start of a function");
        return key;
      },
      inlines: () => isShort && this.#lanes.loop?.isRemainder !== true,
    };
  }

  block(statements: readonly Statement[]): void {
    this.#locals.block(() => {
      for (let k = 0; k < statements.length;) k += this.#compileFrom(statements, k);
    });
  }

  /** Compiles the statement at `start`, with those after it that belong to it; gives how many they are. */
  #compileFrom(statements: readonly Statement[], start: number): number {
    const statement = statements[start];
    invariant(statement !== undefined, "there are statements left");
    const loops = laneLoopsFrom(statements, start, this.#context.type);
    if (loops.length === 0) {
      this.#statement(statement);
      return 1;
    }
    const around = { before: statements.slice(0, start), after: statements.slice(start + loops.length) };
    const { taken, left } = laneLoops(loops, around, this.#laneLoops);
    for (const store of left) this.#statement(store);
    return loops.length + taken;
  }

  #statement(statement: Statement): void {
    switch (statement.kind) {
      case "loop":
        if ((statement.lanes ?? 1) > 1) laneAfterLane(statement, this.#laneLoops);
        else {
          wholeLoop(statement, this.#laneLoops, () => {
            this.block(statement.body);
          });
        }
        break;
      case "let":
        this.#locals.define(statement, this.#compile(statement.value));
        break;
      case "assign":
        this.#locals.assign(statement.name, this.#compile(statement.value));
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
        this.#builder.result(this.#convert.asReal(this.#compile(statement.value)).value);
        break;
    }
  }

  #compile(expression: Expression): Compiled {
    return this.#expressions.compile(expression);
  }

  #store({ buffer, offset, value, accumulate }: Store): void {
    const compiled = this.#convert.asReal(this.#compile(value));
    if (this.#lanes.loop === undefined) this.#accesses.store(buffer, offset, compiled.value, accumulate);
    else this.#accesses.storeLanes(buffer, offset, this.#convert.asLanes(compiled).value, accumulate);
  }

  #when(condition: Expression, body: readonly Statement[]): void {
    const { value, inLanes } = this.#convert.asBoolean(this.#compile(condition));
    if (!inLanes) {
      this.#builder.if(value, () => {
        this.block(body);
      });
      return;
    }
    const around = this.#lanes.mask;
    const mask = this.#builder.let(around === undefined ? value : op("v128.and", around, value));
    this.#builder.if(op("v128.any_true", mask), () => {
      this.#lanes.masked(mask, () => {
        this.block(body);
      });
    });
  }

  /** A function of its own, which is given the loop variables around it that it reads. */
  #piece(body: readonly Statement[]): void {
    invariant(this.#lanes.loop === undefined, "a piece runs by itself");
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
    const own = programParameters.map((_, k) => this.#builder.parameter(k));
    this.#builder.run(callOf(callee, [...own, ...handed.map((name) => this.#addresses.variable(name))]));
  }
}

function elementsOf({ buffers }: Program): ElementOf {
  const elements = new Map(buffers.map(({ name, element }) => [name, element]));
  return (buffer) => elements.get(buffer) ?? "real";
}

/** Elementary functions that are written out in a function if they are in any; remainders call theirs. */
function elementaryCount(statements: readonly Statement[]): number {
  let count = 0;
  visitMentions(ownStatements(statements, isRemainder), {
    operation: (name) => (count += operationCodes[name].kind === "elementary" ? 1 : 0),
  });
  return count;
}

function streamsOf(statements: readonly Statement[]): ReadonlySet<number> {
  const streams = new Set<number>();
  visitMentions(ownStatements(statements), { random: (stream) => streams.add(stream) });
  return streams;
}
