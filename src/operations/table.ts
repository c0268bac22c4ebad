import type { OperationName } from "../graph/index.ts";
import type { OperationDefinition } from "./definition.ts";
import { batchReduce } from "./contractions/batchReduce.ts";
import { einsum } from "./contractions/einsum.ts";
import { reduce } from "./contractions/reduce.ts";
import { abs } from "./elementwise/abs.ts";
import { acos } from "./elementwise/acos.ts";
import { acosh } from "./elementwise/acosh.ts";
import { add } from "./elementwise/add.ts";
import { and } from "./elementwise/and.ts";
import { asin } from "./elementwise/asin.ts";
import { asinh } from "./elementwise/asinh.ts";
import { atan } from "./elementwise/atan.ts";
import { atanh } from "./elementwise/atanh.ts";
import { ceil } from "./elementwise/ceil.ts";
import { cos } from "./elementwise/cos.ts";
import { cosh } from "./elementwise/cosh.ts";
import { divide } from "./elementwise/divide.ts";
import { equal } from "./elementwise/equal.ts";
import { erf } from "./elementwise/erf.ts";
import { exp } from "./elementwise/exp.ts";
import { expm1 } from "./elementwise/expm1.ts";
import { floor } from "./elementwise/floor.ts";
import { greater } from "./elementwise/greater.ts";
import { greaterEqual } from "./elementwise/greaterEqual.ts";
import { less } from "./elementwise/less.ts";
import { lessEqual } from "./elementwise/lessEqual.ts";
import { log } from "./elementwise/log.ts";
import { log1p } from "./elementwise/log1p.ts";
import { maximum } from "./elementwise/maximum.ts";
import { minimum } from "./elementwise/minimum.ts";
import { multiply } from "./elementwise/multiply.ts";
import { negate } from "./elementwise/negate.ts";
import { not } from "./elementwise/not.ts";
import { notEqual } from "./elementwise/notEqual.ts";
import { or } from "./elementwise/or.ts";
import { power } from "./elementwise/power.ts";
import { round } from "./elementwise/round.ts";
import { select } from "./elementwise/select.ts";
import { sigmoid } from "./elementwise/sigmoid.ts";
import { sign } from "./elementwise/sign.ts";
import { sin } from "./elementwise/sin.ts";
import { sinh } from "./elementwise/sinh.ts";
import { softplus } from "./elementwise/softplus.ts";
import { sqrt } from "./elementwise/sqrt.ts";
import { stopGradient } from "./elementwise/stopGradient.ts";
import { subtract } from "./elementwise/subtract.ts";
import { tan } from "./elementwise/tan.ts";
import { tanh } from "./elementwise/tanh.ts";
import { toReal } from "./elementwise/toReal.ts";
import { whenTraining } from "./elementwise/whenTraining.ts";
import { gather } from "./indexing/gather.ts";
import { scatterAdd } from "./indexing/scatterAdd.ts";
import { batchSize } from "./leaves/batchSize.ts";
import { constant } from "./leaves/constant.ts";
import { input } from "./leaves/input.ts";
import { iota } from "./leaves/iota.ts";
import { literal } from "./leaves/literal.ts";
import { parameter } from "./leaves/parameter.ts";
import { random } from "./leaves/random.ts";
import { state } from "./leaves/state.ts";
import { delay } from "./leaves/delay.ts";
import { placeholder } from "./leaves/placeholder.ts";
import { step } from "./leaves/step.ts";
import { broadcast } from "./views/broadcast.ts";
import { concatenate } from "./views/concatenate.ts";
import { overlapAdd } from "./views/overlapAdd.ts";
import { pad } from "./views/pad.ts";
import { permute } from "./views/permute.ts";
import { reshape } from "./views/reshape.ts";
import { slice } from "./views/slice.ts";
import { window } from "./views/window.ts";

/**
 * Every operation: the second of an operation's two registration lines (the first is in `graph/node.ts`). An operation
 * without a definition does not compile.
 */
export const operationTable: { readonly [K in OperationName]: OperationDefinition<K> } = {
  input,
  parameter,
  constant,
  literal,
  iota,
  batchSize,
  state,
  step,
  placeholder,
  delay,
  random,
  negate,
  abs,
  sign,
  floor,
  ceil,
  round,
  exp,
  expm1,
  log,
  log1p,
  sqrt,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  tanh,
  asinh,
  acosh,
  atanh,
  erf,
  sigmoid,
  softplus,
  not,
  toReal,
  add,
  subtract,
  multiply,
  divide,
  power,
  maximum,
  minimum,
  less,
  lessEqual,
  greater,
  greaterEqual,
  equal,
  notEqual,
  and,
  or,
  select,
  broadcast,
  permute,
  reshape,
  slice,
  pad,
  window,
  overlapAdd,
  concatenate,
  gather,
  scatterAdd,
  einsum,
  reduce,
  batchReduce,
  stopGradient,
  whenTraining,
};
