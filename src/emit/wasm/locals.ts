import { invariant } from "../../diagnostics/index.ts";
import type { Expression, Let } from "../../program/index.ts";
import type { Accesses } from "./accesses.ts";
import type { Compiled, Conversions } from "./compiled.ts";
import type { FunctionBuilder, Local } from "./function-builder.ts";
import type { LaneScope } from "./lane-scope.ts";
import { op, type Value } from "./value.ts";

/** What a local of the program is in the function: by itself a double or an i32, or a vector. */
export interface Variable {
  readonly local: Local;
  readonly isBoolean: boolean;
  readonly inLanes: boolean;
  /** The same in all lanes, where a loop in lanes reads it. */
  readonly splat?: Local;
}

/** What locals are kept with. */
export interface LocalsContext {
  readonly builder: FunctionBuilder;
  readonly accesses: Accesses;
  readonly convert: Conversions;
  readonly lanes: LaneScope;
  /** Names of locals from outside that loops in lanes read. */
  readonly readInLanes: ReadonlySet<string>;
}

/** The locals of the program in one function, by their names in the blocks around the statement at hand. */
export class Locals {
  readonly #context: LocalsContext;
  readonly #variables = new Map<string, Variable>();
  /** The names that the innermost block has defined. */
  #own: string[] = [];

  constructor(context: LocalsContext) {
    this.#context = context;
  }

  /** Compiles a block: what it defines is known in it alone. */
  block(compile: () => void): void {
    const around = this.#own;
    this.#own = [];
    compile();
    for (const name of this.#own) this.#variables.delete(name);
    this.#own = around;
  }

  variable(name: string): Variable {
    const variable = this.#variables.get(name);
    invariant(variable !== undefined, `the local ${name} is defined before it is mentioned`);
    return variable;
  }

  read(name: string): Compiled {
    const { builder } = this.#context;
    const { local, isBoolean, inLanes, splat } = this.variable(name);
    const value = builder.get(local);
    return { value, isBoolean, inLanes, ...(splat === undefined ? {} : { splat: builder.get(splat) }) };
  }

  /** In a loop in lanes one that is assigned to is a vector, as it may come to differ between them. */
  define({ name, value, mutable }: Let, compiled: Compiled): void {
    const { builder, convert, lanes, readInLanes } = this.#context;
    const mayVary = lanes.loop !== undefined && mutable;
    const { value: code, isBoolean, inLanes } = mayVary ? convert.asLanes(compiled) : compiled;
    const local = builder.local(code.type);
    builder.set(local, code);
    const isRead = lanes.loop !== undefined || (!mutable && readInLanes.has(name));
    const isSplat = isRead && !inLanes && !isBoolean;
    invariant(!this.#variables.has(name), `no other local around it is called ${name}`);
    this.#own.push(name);
    const splat = isSplat ? { splat: this.#splatOf(local, value) } : {};
    this.#variables.set(name, { local, isBoolean, inLanes, ...splat });
  }

  /** Where the statements at hand run in some lanes only, the others keep what they have. */
  assign(name: string, compiled: Compiled): void {
    const { builder, convert, lanes } = this.#context;
    const { local, isBoolean, inLanes } = this.variable(name);
    const typed = isBoolean ? convert.asBoolean(compiled) : convert.asReal(compiled);
    if (!inLanes) {
      builder.set(local, typed.value);
      return;
    }
    const { value } = convert.asLanes(typed);
    const { mask } = lanes;
    builder.set(local, mask === undefined ? value : op("v128.bitselect", value, builder.get(local), mask));
  }

  /** Compiles statements for which the names stand for other variables. */
  replaced(others: ReadonlyMap<string, Variable>, compile: () => void): void {
    const before = [...others.keys()].map((name) => [name, this.variable(name)] as const);
    for (const [name, variable] of others) this.#variables.set(name, variable);
    compile();
    for (const [name, variable] of before) this.#variables.set(name, variable);
  }

  /**
   * Compiles statements that read these names in lanes, with each of them in a vector too. Where the same names are read again,
   * they are put into lanes again, as they may be other numbers by then.
   */
  splatted(names: Iterable<string>, compile: () => void): void {
    const others = new Map<string, Variable>();
    for (const name of names) {
      const variable = this.#variables.get(name); // none if it is a loop's variable
      if (variable === undefined || variable.isBoolean || variable.splat !== undefined) continue;
      others.set(name, { ...variable, splat: this.#splatOf(variable.local) });
    }
    this.replaced(others, compile);
  }

  /** A local in all lanes; straight from memory, if it has just been loaded. */
  #splatOf(local: Local, definition?: Expression): Local {
    const { builder } = this.#context;
    const splat = builder.local("v128");
    builder.set(splat, this.#loadedSplat(definition) ?? this.#inAllLanes(local));
    return splat;
  }

  #loadedSplat(definition: Expression | undefined): Value | undefined {
    return definition?.kind === "load"
      ? this.#context.accesses.loadSplat(definition.buffer, definition.offset)
      : undefined;
  }

  #inAllLanes(local: Local): Value {
    const { builder, convert } = this.#context;
    return convert.asLanes({ value: builder.get(local), isBoolean: false, inLanes: false }).value;
  }
}
