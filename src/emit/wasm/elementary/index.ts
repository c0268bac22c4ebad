import { erf } from "./erf.ts";
import { exp, expm1 } from "./exponential.ts";
import { cosh, sinh, tanh } from "./hyperbolic.ts";
import { acosh, asinh, atanh } from "./inverse-hyperbolic.ts";
import { acos, asin, atan } from "./inverse-trigonometric.ts";
import type { BinaryVectorFunction, InBothPrecisions, VectorFunction } from "./lanes.ts";
import { log, log1p } from "./logarithm.ts";
import { power } from "./power.ts";
import { round, sign } from "./rounding.ts";
import { sigmoid } from "./sigmoid.ts";
import { cos, sin, tan } from "./trigonometric.ts";

export type { BinaryVectorFunction, InBothPrecisions, VectorFunction } from "./lanes.ts";

/** The elementary functions of one number that are computed in lanes. */
export type ElementaryFunction =
  | "exp"
  | "expm1"
  | "log"
  | "log1p"
  | "sigmoid"
  | "tanh"
  | "erf"
  | "sin"
  | "cos"
  | "tan"
  | "asin"
  | "acos"
  | "atan"
  | "sinh"
  | "cosh"
  | "asinh"
  | "acosh"
  | "atanh"
  | "sign"
  | "round";

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
  asin,
  acos,
  atan,
  sinh,
  cosh,
  asinh,
  acosh,
  atanh,
  sign,
  round,
  power,
};
