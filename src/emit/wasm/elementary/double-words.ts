import type { FunctionBuilder } from "../function-builder.ts";
import type { Value } from "../value.ts";
import type { Lanes } from "./lanes.ts";

/** The sum of two numbers, of which the first is the sum rounded, or near it. */
export interface DoubleWord {
  readonly high: Value;
  readonly low: Value;
}

/** Sums and products that lose nothing, in a precision. */
export interface DoubleWordArithmetic {
  /** a + b, for |a| ≥ |b| or a = 0. */
  readonly fastSum: (a: Value, b: Value, f: FunctionBuilder) => DoubleWord;
  /** a·b, where nothing overflows, in halving the factors neither, and the low word is no subnormal number. */
  readonly product: (a: Value, b: Value, f: FunctionBuilder) => DoubleWord;
}

/** T. J. Dekker, A floating-point technique for extending the available precision, Numerische Mathematik 18, 1971. */
export function doubleWords({ add, sub, mul, number, mantissa }: Lanes): DoubleWordArithmetic {
  /** In two numbers of half as many bits (G. W. Veltkamp, 1968). */
  const halves = (a: Value, f: FunctionBuilder): DoubleWord => {
    const scaled = f.let(mul(a, number(2 ** Math.ceil((mantissa + 1) / 2) + 1)));
    const high = f.let(sub(scaled, sub(scaled, a)));
    return { high, low: f.let(sub(a, high)) };
  };
  return {
    fastSum: (a, b, f) => {
      const second = f.let(b);
      const high = f.let(add(a, second));
      return { high, low: f.let(sub(second, sub(high, a))) };
    },
    product: (a, b, f) => {
      const high = f.let(mul(a, b));
      const [x, y] = [halves(a, f), halves(b, f)];
      const upper = add(sub(mul(x.high, y.high), high), add(mul(x.high, y.low), mul(x.low, y.high)));
      return { high, low: f.let(add(upper, mul(x.low, y.low))) };
    },
  };
}
