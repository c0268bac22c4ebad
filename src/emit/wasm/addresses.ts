import { invariant } from "../../diagnostics/index.ts";
import { type Affine, type Loop, type Statement, visitMentions } from "../../program/index.ts";
import type { FunctionBuilder, Local } from "./function-builder.ts";
import { i32, op, type Value } from "./value.ts";

/** Where a buffer starts in memory, and how many bytes an element takes. */
export interface Place {
  readonly offset: number;
  readonly bytes: number;
}

/** An address is `pointer + offset`, of which the offset is part of the instruction. */
export interface Address {
  readonly pointer: Value;
  readonly offset: number;
}

/** `bytes · variable`: what an iteration of a loop moves an address by. */
interface Term {
  readonly variable: string;
  readonly bytes: number;
}

interface Scope {
  readonly variable: string | undefined;
  readonly pointers: ReadonlyMap<string, Local<"i32">>;
  /** By how many bytes each pointer moves in an iteration. */
  readonly moves: readonly { readonly pointer: Local<"i32">; readonly bytes: number }[];
}

/**
 * Addresses in loops. Accesses that move alike share a pointer, whichever buffer they are to: where that lies, and the
 * constant part of the offset, are part of the instruction. Pointers move with their loops by additions; none is multiplied out
 * in an inner loop.
 */
export class Addresses {
  readonly #builder: FunctionBuilder;
  readonly #placeOf: (buffer: string) => Place;
  /** Of the variables that are in scope. */
  readonly #variables = new Map<string, Value>();
  /** Those that may be below 0. */
  readonly #negative = new Set<string>();
  readonly #scopes: Scope[] = [];

  /** `outer`: loop variables of the caller's, which the function is given; `statements`: all that the function does. */
  constructor(
    builder: FunctionBuilder,
    placeOf: (buffer: string) => Place,
    outer: ReadonlyMap<string, Value>,
    statements: readonly Statement[],
  ) {
    this.#builder = builder;
    this.#placeOf = placeOf;
    for (const [name, value] of outer) this.#variables.set(name, value);
    const pointers = new Map<string, Local<"i32">>();
    for (const terms of this.#termsOf(statements).values()) {
      const pointer = builder.local("i32") as Local<"i32">;
      builder.set(pointer, this.#sum(terms));
      pointers.set(keyOf(terms), pointer);
    }
    this.#scopes.push({ variable: undefined, pointers, moves: [] });
  }

  /** Before a loop: sets the pointers that move with it. */
  enter({ variable, from: start, step, body }: Loop, counter: Value, from: Value): void {
    if (typeof start === "number" && start < 0) this.#negative.add(variable);
    const outside = new Map(this.#variables);
    this.#variables.set(variable, counter);
    const pointers = new Map<string, Local<"i32">>();
    const moves: { readonly pointer: Local<"i32">; readonly bytes: number }[] = [];
    for (const [key, terms] of this.#termsOf(body)) {
      const own = terms.find((term) => term.variable === variable);
      if (own === undefined) continue;
      const pointer = this.#builder.local("i32") as Local<"i32">;
      const others = terms.filter((term) => outside.has(term.variable));
      const first = times(from, own.bytes);
      this.#builder.set(pointer, others.length === 0 ? first : plus(this.#pointer(others), first));
      pointers.set(key, pointer);
      moves.push({ pointer, bytes: own.bytes * step });
    }
    this.#scopes.push({ variable, pointers, moves });
  }

  /** At the end of an iteration. */
  advance(): void {
    for (const { pointer, bytes } of this.#scope().moves) {
      this.#builder.set(pointer, op("i32.add", this.#builder.get(pointer), i32(bytes)));
    }
  }

  /** After a loop. */
  leave(): void {
    const { variable } = this.#scope();
    invariant(variable !== undefined, "a loop is left that was entered");
    this.#variables.delete(variable);
    this.#negative.delete(variable);
    this.#scopes.pop();
  }

  /** A loop variable. */
  variable(name: string): Value {
    const value = this.#variables.get(name);
    invariant(value !== undefined, `the loop variable ${name} is in scope`);
    return value;
  }

  /**
   * Where an element of a buffer lies.
   *
   * @param shift Elements to add, for a lane.
   * @param element The value of an integer element that is part of the offset.
   */
  of(
    buffer: string,
    { constant, terms }: Affine,
    shift: number,
    element: (buffer: string, offset: Affine) => Value,
  ): Address {
    const place = this.#placeOf(buffer);
    const plain = plainTerms(terms, place.bytes);
    let pointer = plain.length === 0 ? undefined : this.#pointer(plain);
    for (const { coefficient, atom } of terms) {
      if (atom.kind === "variable") continue;
      const value = times(element(atom.buffer, atom.offset), coefficient * place.bytes);
      pointer = pointer === undefined ? value : plus(pointer, value);
    }
    const offset = place.offset + (constant + shift) * place.bytes;
    // A pointer below 0 is a large one to the machine, which adds the offset without wrapping around.
    const mayBeNegative =
      offset < 0 ||
      terms.some(({ coefficient }) => coefficient < 0) ||
      plain.some(({ variable }) => this.#negative.has(variable));
    if (pointer === undefined) return { pointer: i32(0), offset };
    return mayBeNegative ? { pointer: plus(pointer, i32(offset)), offset: 0 } : { pointer, offset };
  }

  /** Where an element of known place lies, in bytes. */
  fixed(buffer: string, element: number): number {
    const { offset, bytes } = this.#placeOf(buffer);
    return offset + element * bytes;
  }

  #scope(): Scope {
    const scope = this.#scopes.at(-1);
    invariant(scope !== undefined, "the function's own scope stays");
    return scope;
  }

  /** The pointer of terms whose variables are all in scope. */
  #pointer(terms: readonly Term[]): Value {
    const key = keyOf(terms);
    for (const { pointers } of this.#scopes.toReversed()) {
      const pointer = pointers.get(key);
      if (pointer !== undefined) return this.#builder.get(pointer);
    }
    return this.#sum(terms);
  }

  #sum(terms: readonly Term[]): Value {
    const [first, ...others] = terms.map(({ variable, bytes }) => times(this.variable(variable), bytes));
    invariant(first !== undefined, "a pointer has terms");
    return others.reduce(plus, first);
  }

  /** What moves the addresses in the statements, as far as it is in scope; each once, by its key. */
  #termsOf(statements: readonly Statement[]): ReadonlyMap<string, readonly Term[]> {
    const found = new Map<string, readonly Term[]>();
    visitMentions(statements, {
      access: (buffer, { terms }) => {
        const known = plainTerms(terms, this.#placeOf(buffer).bytes).filter(({ variable }) =>
          this.#variables.has(variable),
        );
        if (known.length > 0) found.set(keyOf(known), known);
      },
    });
    return found;
  }
}

function plainTerms(terms: Affine["terms"], bytes: number): readonly Term[] {
  return terms.flatMap(({ coefficient, atom }) =>
    atom.kind === "variable" ? [{ variable: atom.name, bytes: coefficient * bytes }] : [],
  );
}

function keyOf(terms: readonly Term[]): string {
  return terms
    .map(({ variable, bytes }) => `${bytes}*${variable}`)
    .sort()
    .join("+");
}

function plus(a: Value, b: Value): Value {
  return op("i32.add", a, b);
}

/** `value · factor` */
export function times(value: Value, factor: number): Value {
  if (factor === 1) return value;
  const power = Math.log2(factor);
  return Number.isInteger(power) ? op("i32.shl", value, i32(power)) : op("i32.mul", value, i32(factor));
}
