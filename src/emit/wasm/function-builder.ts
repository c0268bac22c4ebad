import { invariant } from "../../diagnostics/index.ts";
import type { ValueType } from "./instructions.ts";
import { unsigned } from "./leb128.ts";
import { op, typeCodes, type Value } from "./value.ts";

/** A local variable of a function. */
export interface Local<T extends ValueType = ValueType> {
  readonly index: number;
  readonly type: T;
}

/** A function as its callers know it; its index is its place in the module. */
export interface FunctionType {
  readonly parameters: readonly ValueType[];
  readonly result: ValueType | undefined;
}

/** The start or the end of a block, to jump to. */
export interface Label {
  readonly depth: number;
}

/** Writes the code of one function, instruction by instruction. */
export class FunctionBuilder {
  readonly type: FunctionType;
  readonly #locals: ValueType[] = [];
  readonly #code: number[] = [];
  #depth = 0;
  #finished: readonly number[] | undefined;

  constructor(type: FunctionType) {
    this.type = type;
  }

  /** An argument. */
  parameter(index: number): Value {
    const type = this.type.parameters[index];
    invariant(type !== undefined, `a function has a parameter ${index}`);
    return local({ index, type });
  }

  /** A new local, which is 0. */
  local(type: ValueType): Local {
    this.#locals.push(type);
    return { index: this.type.parameters.length + this.#locals.length - 1, type };
  }

  get(from: Local): Value {
    return local(from);
  }

  set(to: Local, value: Value): void {
    invariant(to.type === value.type, `a local of type ${to.type} holds no ${value.type}`);
    this.#write(value);
    this.#bytes([0x21, ...unsigned(to.index)]);
  }

  /** The value in a local of its own, unless computing it again is as cheap: it may be used any number of times. */
  let(value: Value): Value {
    if (value.isCheap) return value;
    const own = this.local(value.type);
    this.set(own, value);
    return local(own);
  }

  /** A store, or a call without a result. */
  run(value: Value<undefined>): void {
    this.#write(value);
  }

  /** Ends with the value on the stack: the function's result. */
  result(value: Value): void {
    invariant(value.type === this.type.result, "a function gives what its type says");
    this.#write(value);
  }

  if(condition: Value, then: () => void, otherwise?: () => void): void {
    this.#condition(condition);
    this.#open([0x04, 0x40], then);
    if (otherwise !== undefined) {
      this.#code.pop(); // the end, which comes after the other branch
      this.#open([0x05], otherwise);
    }
  }

  /** A block whose label is its end: jumping there leaves it. */
  block(body: (end: Label) => void): void {
    this.#open([0x02, 0x40], body);
  }

  /** A block whose label is its start: jumping there does it again. */
  loop(body: (start: Label) => void): void {
    this.#open([0x03, 0x40], body);
  }

  jump(to: Label): void {
    this.#bytes([0x0c, ...unsigned(this.#depth - to.depth)]);
  }

  jumpIf(condition: Value, to: Label): void {
    this.#condition(condition);
    this.#bytes([0x0d, ...unsigned(this.#depth - to.depth)]);
  }

  /**
   * `for (variable = from; variable < to; variable += step) body`, or `>` for a step below 0. The bounds are computed once.
   *
   * @param runs Whether it is known to run at least once, which saves the first comparison.
   */
  for(
    variable: Local,
    bounds: {
      readonly from: Value;
      readonly to: Value;
      readonly step: Value;
      readonly goesOn: (to: Value) => Value;
    },
    runs: boolean,
    body: () => void,
  ): void {
    this.set(variable, bounds.from);
    const to = this.let(bounds.to);
    const loop = (): void => {
      this.loop((start) => {
        body();
        this.set(variable, op("i32.add", local(variable), bounds.step));
        this.jumpIf(bounds.goesOn(to), start);
      });
    };
    if (runs) loop();
    else this.if(bounds.goesOn(to), loop);
  }

  /** The function's body: sizes of its locals, its code, and the end. */
  finish(): readonly number[] {
    this.#finished ??= this.#body();
    return this.#finished;
  }

  #body(): readonly number[] {
    invariant(this.#depth === 0, "every block is closed");
    const groups: { readonly type: ValueType; count: number }[] = [];
    for (const type of this.#locals) {
      const last = groups.at(-1);
      if (last?.type === type) last.count += 1;
      else groups.push({ type, count: 1 });
    }
    const locals = groups.flatMap(({ type, count }) => [...unsigned(count), typeCodes[type]]);
    const body = [...unsigned(groups.length), ...locals];
    for (const byte of this.#code) body.push(byte);
    body.push(0x0b);
    return body;
  }

  #condition(value: Value): void {
    invariant(value.type === "i32", "a condition is an integer");
    this.#write(value);
  }

  #open(bytes: readonly number[], body: (label: Label) => void): void {
    this.#bytes(bytes);
    this.#depth += 1;
    body({ depth: this.#depth });
    this.#depth -= 1;
    this.#code.push(0x0b);
  }

  /** Operands first. A loop, as sums may be thousands of terms deep. */
  #write(value: Value<ValueType | undefined>): void {
    const pending: (Value<ValueType | undefined> | readonly number[])[] = [value];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (!("operands" in next)) {
        this.#bytes(next);
        continue;
      }
      const { operands, bytes, branches } = next;
      if (branches !== undefined) pending.push([0x0b], branches[1], [0x05], branches[0]);
      pending.push(bytes);
      for (const operand of operands.toReversed()) pending.push(operand);
    }
  }

  #bytes(bytes: readonly number[]): void {
    for (const byte of bytes) this.#code.push(byte);
  }
}

function local({ index, type }: Local): Value {
  return { type, operands: [], bytes: [0x20, ...unsigned(index)], isCheap: true };
}

/** A call of function number `index`. */
export function call<T extends ValueType | undefined>(
  index: number,
  type: FunctionType & { readonly result: T },
  operands: readonly Value[],
): Value<T> {
  const fits = type.parameters.every((expected, k) => operands[k]?.type === expected);
  invariant(fits && operands.length === type.parameters.length, "a call has the function's arguments");
  return { type: type.result, operands, bytes: [0x10, ...unsigned(index)], isCheap: false };
}
