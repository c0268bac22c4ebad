import { type LaneType, splat } from "./lane-type.ts";
import { f64, i32, op, type Value } from "./value.ts";

/**
 * An expression as code. By itself a double, or for a boolean an i32 that is 0 or 1; in lanes a vector, where all bits of a
 * lane are set for true.
 */
export interface Compiled {
  readonly value: Value;
  readonly isBoolean: boolean;
  readonly inLanes: boolean;
  /** Of what is the same in all lanes: the vector of it, where there is one already. */
  readonly splat?: Value;
  /** Of a number that the program names: it. */
  readonly constant?: number;
}

export function real(value: Value): Compiled {
  return { value, isBoolean: false, inLanes: false };
}

export function boolean(value: Value): Compiled {
  return { value, isBoolean: true, inLanes: false };
}

export function realLanes(value: Value): Compiled {
  return { value, isBoolean: false, inLanes: true };
}

export function mask(value: Value): Compiled {
  return { value, isBoolean: true, inLanes: true };
}

/** Conversions between what expressions may be, for one type of vectors. */
export class Conversions {
  readonly type: LaneType;

  constructor(type: LaneType) {
    this.type = type;
  }

  /** A double, or a vector of reals: 1 for true. */
  asReal(compiled: Compiled): Compiled {
    if (!compiled.isBoolean) return compiled;
    return compiled.inLanes
      ? realLanes(op("v128.and", compiled.value, this.type.constant(1)))
      : real(op("f64.convert_i32_s", compiled.value));
  }

  /** True for all but 0. */
  asBoolean(compiled: Compiled): Compiled {
    if (compiled.isBoolean) return compiled;
    const { prefix, constant } = this.type;
    return compiled.inLanes
      ? mask(op(`${prefix}.ne`, compiled.value, constant(0)))
      : boolean(op("f64.ne", compiled.value, f64(0)));
  }

  /** The same in all lanes. */
  asLanes(compiled: Compiled): Compiled {
    if (compiled.inLanes) return compiled;
    if (compiled.isBoolean) return mask(op("i32x4.splat", op("i32.sub", i32(0), compiled.value)));
    return realLanes(compiled.splat ?? splat(compiled.value, this.type));
  }
}
