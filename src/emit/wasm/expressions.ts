import { invariant } from "../../diagnostics/index.ts";
import {
  type Affine,
  type Expression,
  type ExpressionMeaning,
  foldExpression,
  type ScalarOperation,
} from "../../program/index.ts";
import type { Accesses } from "./accesses.ts";
import { boolean, type Compiled, Conversions, mask, real, realLanes } from "./compiled.ts";
import type { FunctionBuilder } from "./function-builder.ts";
import { exactReciprocal, laneMask, type LaneType } from "./lane-type.ts";
import { applyElementary, type FunctionLibrary } from "./library.ts";
import { type ArithmeticName, operationCodes } from "./operations.ts";
import { randomLanes, randomScalar } from "./random.ts";
import { choose, f64, i32, i32x4, op, type Value } from "./value.ts";

/** What an expression may mention besides memory. */
export interface Surroundings {
  readonly local: (name: string) => Compiled;
  /** The number of samples. */
  readonly count: Value;
  readonly step: Value;
  readonly key: (stream: number) => Value;
  /** Whether elementary functions of vectors are written out here. */
  readonly inlines: () => boolean;
}

/** Code for expressions, which may put some of it before the statement that it is compiled for. */
export class Expressions {
  readonly #builder: FunctionBuilder;
  readonly #accesses: Accesses;
  readonly #library: FunctionLibrary;
  readonly #surroundings: Surroundings;
  readonly #type: LaneType;
  readonly #convert: Conversions;

  constructor(
    builder: FunctionBuilder,
    accesses: Accesses,
    library: FunctionLibrary,
    surroundings: Surroundings,
    type: LaneType,
  ) {
    this.#builder = builder;
    this.#accesses = accesses;
    this.#library = library;
    this.#surroundings = surroundings;
    this.#type = type;
    this.#convert = new Conversions(type);
  }

  /** In lanes only what may differ between them, or is loaded in a loop in lanes. */
  compile(expression: Expression): Compiled {
    return foldExpression(expression, this.#meaning);
  }

  readonly #meaning: ExpressionMeaning<Compiled> = {
    number: (value) => ({ ...real(f64(value)), splat: this.#type.constant(value), constant: value }),
    local: (name) => this.#surroundings.local(name),
    load: (buffer, offset) => this.#accesses.load(buffer, offset),
    index: (value) => this.#index(value),
    inRange: (range) => this.#inRange(range),
    batchSize: () => real(op("f64.convert_i32_s", this.#surroundings.count)),
    step: () => real(this.#surroundings.step),
    random: (stream, value) => this.#random(stream, value),
    apply: (operation, operands) => this.#apply(operation, operands),
  };

  #index(value: Affine): Compiled {
    if (!this.#accesses.variesInLanes(value))
      return real(op("f64.convert_i32_s", this.#accesses.integer(value)));
    return realLanes(op(this.#type.convert, this.#accesses.integers(value)));
  }

  #inRange({ value, from, to, step }: Extract<Expression, { kind: "inRange" }>): Compiled {
    if (!this.#accesses.variesInLanes(value))
      return boolean(inRange(this.#accesses.integer(value), from, to, step));
    if (step !== 1) {
      const lanes = this.#accesses
        .eachLane(value)
        .map((each) => op("i32.sub", i32(0), inRange(each, from, to, step)));
      return mask(laneMask(this.#accesses.gathered(lanes), this.#type));
    }
    const integers = this.#builder.let(this.#accesses.integers(value));
    const low = op("i32x4.ge_s", integers, i32x4(from));
    const inside = to === Infinity ? low : op("v128.and", low, op("i32x4.lt_s", integers, i32x4(to)));
    return mask(laneMask(inside, this.#type));
  }

  #random(stream: number, value: Affine): Compiled {
    const key = this.#surroundings.key(stream);
    return this.#accesses.variesInLanes(value)
      ? realLanes(randomLanes(key, this.#accesses.integers(value), this.#type, this.#builder))
      : real(randomScalar(key, this.#accesses.integer(value), this.#builder));
  }

  #apply(operation: ScalarOperation, operands: readonly Compiled[]): Compiled {
    const code = operationCodes[operation];
    const inLanes = operands.some((operand) => operand.inLanes);
    if (code.kind === "select") return this.#select(operands);
    const prepared = operands.map((operand) => {
      const typed = code.kind === "logic" ? this.#convert.asBoolean(operand) : this.#convert.asReal(operand);
      return (inLanes ? this.#convert.asLanes(typed) : typed).value;
    });
    const { prefix } = this.#type;
    switch (code.kind) {
      case "arithmetic":
        return inLanes
          ? this.#inLanes(code.name, prepared, operands)
          : real(op(`f64.${code.name}`, ...prepared));
      case "comparison":
        return inLanes
          ? mask(op(`${prefix}.${code.name}`, ...prepared))
          : boolean(op(`f64.${code.name}`, ...prepared));
      case "logic":
        if (inLanes) return mask(op(`v128.${code.name}`, ...prepared));
        return boolean(
          code.name === "not" ? op("i32.eqz", ...prepared) : op(`i32.${code.name}`, ...prepared),
        );
      case "elementary": {
        if (!inLanes) return real(this.#library.scalar(code.name, prepared));
        if (!this.#surroundings.inlines())
          return realLanes(this.#library.vector(code.name, this.#type, prepared));
        const vectors = prepared.map((value) => this.#builder.let(value));
        return realLanes(applyElementary(code.name, this.#type.precision, vectors, this.#builder));
      }
    }
  }

  #inLanes(
    name: ArithmeticName,
    prepared: readonly Value[],
    [, { constant: divisor = NaN } = {}]: readonly Partial<Compiled>[],
  ): Compiled {
    const [dividend] = prepared;
    const factor = name === "div" ? exactReciprocal(divisor, this.#type) : undefined;
    const { prefix, constant } = this.#type;
    return realLanes(
      factor === undefined || dividend === undefined
        ? op(`${prefix}.${name}`, ...prepared)
        : op(`${prefix}.mul`, dividend, constant(factor)),
    );
  }

  /** Where the condition is the same for all lanes, only one branch is computed. */
  #select([condition, a, b]: readonly Compiled[]): Compiled {
    invariant(
      condition !== undefined && a !== undefined && b !== undefined,
      "a select has a condition and two branches",
    );
    const isBoolean = a.isBoolean && b.isBoolean;
    const typed = [a, b].map((each) => (isBoolean ? each : this.#convert.asReal(each)));
    const test = this.#convert.asBoolean(condition);
    const inLanes = typed.some((each) => each.inLanes) || test.inLanes;
    const [yes, no] = typed.map((each) => (inLanes ? this.#convert.asLanes(each) : each).value);
    invariant(yes !== undefined && no !== undefined, "a select has two branches");
    const value = test.inLanes ? op("v128.bitselect", yes, no, test.value) : choose(test.value, yes, no);
    return { value, isBoolean, inLanes };
  }
}

/** from ≤ value < to, and value ≡ from (mod step). As unsigned integers, what lies below `from` is greater than all others. */
function inRange(value: Value, from: number, to: number, step: number): Value {
  const distance = from === 0 ? value : op("i32.sub", value, i32(from));
  const inside =
    to === Infinity ? op("i32.ge_s", value, i32(from)) : op("i32.lt_u", distance, i32(to - from));
  if (step === 1) return inside;
  const remainder = op("i32.rem_s", distance, i32(step));
  return op("i32.and", inside, op("i32.eqz", remainder));
}
