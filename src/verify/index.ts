export { type Bindings, evaluate, evaluateOne, type Values } from "./interpreter.ts";
export { type LossAndGradients, tapeGradients } from "./tape.ts";
export { type Dual, dualGradient, pushDual } from "./dual.ts";
export { type Difference, differenceAlong } from "./differences.ts";
export { type Check, type Judge, judges } from "./compare.ts";
export { type Verification, verifyModule, type VerifyOptions } from "./judge.ts";
export { loadModule } from "./load-module.ts";
export { withoutRecurrences } from "./unroll.ts";
