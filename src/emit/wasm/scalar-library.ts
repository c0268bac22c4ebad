import { invariant } from "../../diagnostics/index.ts";
import type { ScalarOperation } from "../../program/index.ts";
import { elementary } from "./elementary/index.ts";
import type { ModuleFunction } from "./encode.ts";
import { call, FunctionBuilder, type FunctionType } from "./function-builder.ts";
import type { InstructionName } from "./instructions.ts";
import { f64, lane, op, type Value } from "./value.ts";

/** What the operands of an operation become; `select` is control, and the program's writer does it. */
type Emit = (operands: readonly Value[], library: ScalarLibrary) => Value;

/** The elementary functions of numbers that a kernel calls, each of which it has once, after its first `before` functions. */
export class ScalarLibrary {
  readonly functions: ModuleFunction[] = [];
  readonly #before: number;
  readonly #indices = new Map<string, number>();

  constructor(before: number) {
    this.#before = before;
  }

  apply(operation: Exclude<ScalarOperation, "select">, operands: readonly Value[]): Value {
    return emitters[operation](operands, this);
  }

  /** A call of the function in both of whose lanes the code of vectors computes the same. */
  call(name: ElementaryName, operands: readonly Value[]): Value {
    const type = { parameters: operands.map(() => "f64" as const), result: "f64" } as const;
    const known = this.#indices.get(name);
    const index = known ?? this.#before + this.functions.length;
    if (known === undefined) {
      this.#indices.set(name, index);
      this.functions.push({ builder: emitElementary(name, type) });
    }
    return call(index, type, operands);
  }
}

type ElementaryName = Extract<ScalarOperation, keyof typeof elementary>;

function emitElementary(name: ElementaryName, type: FunctionType): FunctionBuilder {
  const builder = new FunctionBuilder(type);
  const [x, y] = type.parameters.map((_, k) => builder.let(op("f64x2.splat", builder.parameter(k))));
  invariant(x !== undefined, `${name} has an operand`);
  const lanes =
    name === "power" && y !== undefined
      ? elementary.power.f64(x, y, builder)
      : elementary[name as Exclude<ElementaryName, "power">].f64(x, builder); // power has two operands
  builder.result(lane("f64x2.extract_lane", 0, lanes));
  return builder;
}

function instruction(name: InstructionName): Emit {
  return (operands) => op(name, ...operands);
}

function comparison(name: InstructionName): Emit {
  return (operands) => numberOf(op(name, ...operands));
}

function calling(name: ElementaryName): Emit {
  return (operands, library) => library.call(name, operands);
}

/** 1 for true. */
export function numberOf(condition: Value): Value {
  return op("f64.convert_i32_s", condition);
}

/** Everything but 0 is true. */
export function conditionOf(value: Value | undefined): Value {
  invariant(value !== undefined, "a condition has its operands");
  return op("f64.ne", value, f64(0));
}

const emitters: { readonly [K in Exclude<ScalarOperation, "select">]: Emit } = {
  add: instruction("f64.add"),
  subtract: instruction("f64.sub"),
  multiply: instruction("f64.mul"),
  divide: instruction("f64.div"),
  negate: instruction("f64.neg"),
  power: calling("power"),
  abs: instruction("f64.abs"),
  sign: calling("sign"),
  floor: instruction("f64.floor"),
  ceil: instruction("f64.ceil"),
  round: calling("round"),
  sqrt: instruction("f64.sqrt"),
  exp: calling("exp"),
  expm1: calling("expm1"),
  log: calling("log"),
  log1p: calling("log1p"),
  sin: calling("sin"),
  cos: calling("cos"),
  tan: calling("tan"),
  asin: calling("asin"),
  acos: calling("acos"),
  atan: calling("atan"),
  sinh: calling("sinh"),
  cosh: calling("cosh"),
  tanh: calling("tanh"),
  asinh: calling("asinh"),
  acosh: calling("acosh"),
  atanh: calling("atanh"),
  erf: calling("erf"),
  maximum: instruction("f64.max"), // NaN if either is, and 0 above −0, as IEEE 754-2019 and `Math.max` have it
  minimum: instruction("f64.min"),
  less: comparison("f64.lt"),
  lessEqual: comparison("f64.le"),
  equal: comparison("f64.eq"),
  notEqual: comparison("f64.ne"),
  and: ([a, b]) => numberOf(op("i32.and", conditionOf(a), conditionOf(b))),
  or: ([a, b]) => numberOf(op("i32.or", conditionOf(a), conditionOf(b))),
  not: ([a]) => numberOf(op("i32.eqz", conditionOf(a))),
};
