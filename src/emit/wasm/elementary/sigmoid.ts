import {
  type ExponentialPrecision,
  exponentialPrecisions,
  exponentialTerms,
  timesPowerOfTwo,
} from "./exponential.ts";
import type { InBothPrecisions, VectorFunction } from "./lanes.ts";
import { op } from "../value.ts";

/**
 * 1/(1 + e^−x), as 1/(1 + e) or e/(1 + e) with e = e^−|x|: below −709 (in single precision, −88), where e^−x overflows, there is
 * still a result. Where e is 0 it is computed of 0 and blanked, as in the exponential function. Both parts of the fraction are taken ¾ times: 1 + e and the significand of e would often be little above 1,
 * where a rounding is relatively largest, and most of all where the result is little below a power of two, whose last place is
 * relatively smallest. ¾·(1 + r + rest) is the exact sum of ¾ and r, and ¾·rest − ¼·r.
 */
function logistic(precision: ExponentialPrecision): VectorFunction {
  const { lanes, range } = precision;
  const { add, sub, mul, div, neg, abs, ge, lt, number, choose } = lanes;
  return (given, f) => {
    const x = f.let(given);
    const part = number(0.75);
    const low = f.let(neg(abs(x)));
    const vanishes = f.let(lt(low, number(range.zero)));
    const below = f.let(op("v128.andnot", low, vanishes));
    const { shifted, r, rest } = exponentialTerms(precision, below, f);
    const sum = f.let(add(part, r));
    const lost = sub(r, sub(sum, part));
    const significand = add(sum, add(lost, sub(mul(part, rest), mul(number(0.25), r))));
    const e = f.let(op("v128.andnot", timesPowerOfTwo(lanes, significand, shifted, f), vanishes));
    return div(choose(ge(x, number(0)), part, e), add(part, e));
  };
}

export const sigmoid: InBothPrecisions<VectorFunction> = {
  f32: logistic(exponentialPrecisions.f32),
  f64: logistic(exponentialPrecisions.f64),
};
