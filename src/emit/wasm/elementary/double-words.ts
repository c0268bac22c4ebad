import type { FunctionBuilder } from "../function-builder.ts";
import type { Value } from "../value.ts";
import { double } from "./lanes.ts";

/** The sum of two doubles, of which the first is the sum rounded, or near it. */
export interface DoubleWord {
  readonly high: Value;
  readonly low: Value;
}

const { add, sub, mul, number } = double;

/** a + b exactly, for |a| ≥ |b| or a = 0 (T. J. Dekker, A floating-point technique for extending the available precision, 1971). */
export function fastSum(a: Value, b: Value, f: FunctionBuilder): DoubleWord {
  const second = f.let(b);
  const high = f.let(add(a, second));
  return { high, low: f.let(sub(second, sub(high, a))) };
}

/** In two numbers of 26 bits (G. W. Veltkamp, 1968); for numbers below 2⁹⁹⁶. */
function halves(a: Value, f: FunctionBuilder): DoubleWord {
  const scaled = f.let(mul(a, number(2 ** 27 + 1)));
  const high = f.let(sub(scaled, sub(scaled, a)));
  return { high, low: f.let(sub(a, high)) };
}

/** a·b exactly (Dekker 1971), where nothing overflows and the low word is no subnormal number. */
export function product(a: Value, b: Value, f: FunctionBuilder): DoubleWord {
  const high = f.let(mul(a, b));
  const [x, y] = [halves(a, f), halves(b, f)];
  const upper = add(sub(mul(x.high, y.high), high), add(mul(x.high, y.low), mul(x.low, y.high)));
  return { high, low: f.let(add(upper, mul(x.low, y.low))) };
}
