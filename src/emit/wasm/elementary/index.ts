import { erf } from "./erf.ts";
import { exp, expm1 } from "./exponential.ts";
import { tanh } from "./hyperbolic.ts";
import type { BinaryVectorFunction, InBothPrecisions, VectorFunction } from "./lanes.ts";
import { log, log1p } from "./logarithm.ts";
import { power } from "./power.ts";
import { round, sign } from "./rounding.ts";
import { sigmoid } from "./sigmoid.ts";
import { cos, sin, tan } from "./trigonometric.ts";

export type { BinaryVectorFunction, InBothPrecisions, VectorFunction } from "./lanes.ts";

/** The elementary functions of one number that are computed in lanes. */
export type ElementaryFunction =
  "exp" | "expm1" | "log" | "log1p" | "sigmoid" | "tanh" | "erf" | "sin" | "cos" | "tan" | "sign" | "round";

/**
 * Code for each, in single and in double precision: within 2 units in the last place over the whole range, subnormal numbers
 * and limits included. Written where it is used; it needs no memory and no other function.
 */
export const elementary: {
  readonly [K in ElementaryFunction]: InBothPrecisions<VectorFunction>;
} & { readonly power: InBothPrecisions<BinaryVectorFunction> } = {
  exp,
  expm1,
  log,
  log1p,
  sigmoid,
  tanh,
  erf,
  sin,
  cos,
  tan,
  sign,
  round,
  power,
};
