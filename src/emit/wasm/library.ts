import { invariant } from "../../diagnostics/index.ts";
import type { ModuleFunction } from "./encode.ts";
import { call, FunctionBuilder, type FunctionType } from "./function-builder.ts";
import { lane, op, type Value } from "./value.ts";
import type { ValueType } from "./instructions.ts";
import { elementary } from "./elementary/index.ts";
import type { ElementaryName } from "./operations.ts";
import type { LaneType } from "./lane-type.ts";

/** A function that others can call. */
export interface Callee {
  readonly index: number;
  readonly type: FunctionType;
}

/** The functions of a module; what is the same byte for byte is there once. */
export class FunctionLibrary {
  readonly #functions: ModuleFunction[] = [];
  readonly #known = new Map<string, Callee>();

  /** In the order of their indices. */
  get functions(): readonly ModuleFunction[] {
    return this.#functions;
  }

  /** Adds a finished function that only others call, unless there is one like it. */
  add(builder: FunctionBuilder): Callee {
    const body = builder.finish();
    const key = `${builder.type.parameters.join()}>${builder.type.result ?? ""}:${body.join()}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const callee = { index: this.#functions.length, type: builder.type };
    this.#functions.push({ builder });
    this.#known.set(key, callee);
    return callee;
  }

  /** Adds a finished function that the host calls. */
  export(exportName: string, builder: FunctionBuilder): void {
    this.#functions.push({ builder, exportName });
  }

  /** An elementary function of doubles. */
  scalar(name: ElementaryName, operands: readonly Value[]): Value {
    const parameters = operands.map((): ValueType => "f64");
    const builder = new FunctionBuilder({ parameters, result: "f64" });
    const vectors = operands.map((_, k) => builder.let(op("f64x2.splat", builder.parameter(k))));
    builder.result(lane("f64x2.extract_lane", 0, applyElementary(name, "f64", vectors, builder)));
    return valueOf(this.add(builder), operands);
  }

  /** An elementary function of vectors, by a call. */
  vector(name: ElementaryName, { precision }: LaneType, operands: readonly Value[]): Value {
    const parameters = operands.map((): ValueType => "v128");
    const builder = new FunctionBuilder({ parameters, result: "v128" });
    const vectors = operands.map((_, k) => builder.parameter(k));
    builder.result(applyElementary(name, precision, vectors, builder));
    return valueOf(this.add(builder), operands);
  }
}

/** A call of a function that has a result. */
export function valueOf({ index, type }: Callee, operands: readonly Value[]): Value {
  const { parameters, result } = type;
  invariant(result !== undefined, "the function has a result");
  return call(index, { parameters, result }, operands);
}

/** A call of a function that has none. */
export function callOf({ index, type }: Callee, operands: readonly Value[]): Value<undefined> {
  const { parameters, result } = type;
  invariant(result === undefined, "the function has no result");
  return call(index, { parameters, result }, operands);
}

/** An elementary function of vectors, written out where it is used. */
export function applyElementary(
  name: ElementaryName,
  precision: LaneType["precision"],
  operands: readonly Value[],
  builder: FunctionBuilder,
): Value {
  // Of one operand or of two, as the name says.
  const own = elementary[name][precision] as (...all: readonly [...Value[], FunctionBuilder]) => Value;
  return own(...operands, builder);
}
