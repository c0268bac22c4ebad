export * from "./compile.ts";
export * from "./diagnostics/index.ts";
export { createOptimizer, readNetwork } from "./language/index.ts";
export { differentiate, pushForward } from "./calculus/index.ts";
export { formulas, inspectNetwork } from "./inspect/index.ts";
export type {
  Equation,
  FormulaOptions,
  FormulaSheet,
  InspectFormat,
  InspectOptions,
  NetworkReport,
  Notation,
} from "./inspect/index.ts";
export { formatGraph } from "./graph/index.ts";
export { verifyModule } from "./verify/index.ts";
export type * from "./graph/index.ts";
export type {
  DataSlot,
  InitialValue,
  ModuleProgram,
  ParameterSlot,
  Precision,
  Program,
  ScheduleName,
  StateSlot,
} from "./program/index.ts";
