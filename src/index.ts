export { compile } from "./compile.ts";
export type { Compilation, CompileOptions, Costs } from "./compile.ts";

export {
  DiagnosticError,
  formatDiagnostics,
  InvariantError,
  OptionError,
  positionOf,
} from "./diagnostics/index.ts";
export type {
  Diagnostic,
  RelatedPlace,
  RenderOptions,
  Severity,
  Source,
  SourceSpan,
} from "./diagnostics/index.ts";

// The parts of `compile`, for whoever wants one of them alone.
export { createOptimizer, readNetwork, type ReadOptions } from "./language/index.ts";
export { differentiate, pushForward } from "./calculus/index.ts";
export type { Derivation, DerivationStep } from "./calculus/index.ts";
export { formulas, inspectNetwork } from "./inspect/index.ts";
export type {
  Equation,
  ErrorOf,
  FormulaOptions,
  FormulaSheet,
  Inspectable,
  InspectFormat,
  InspectOptions,
  MemoryReport,
  NetworkReport,
  Notation,
  OperationCosts,
} from "./inspect/index.ts";
export { verifyModule } from "./verify/index.ts";
export type { Check, Judge, Verification, VerifyOptions } from "./verify/index.ts";

// What they speak of: networks and their graphs, …
export { formatGraph } from "./graph/index.ts";
export type {
  Clip,
  DerivedNetwork,
  ElementType,
  Evaluation,
  FlatGroup,
  FlatUpdate,
  Graph,
  Initializer,
  InputDeclaration,
  NamedNode,
  Network,
  NoAttributes,
  Node,
  NodeOf,
  OperationAttributes,
  OperationName,
  Optimizer,
  OptimizerState,
  Origin,
  ParameterDeclaration,
  ParameterException,
  ParameterUpdate,
  RewriteStep,
  Statement,
  TensorType,
  TrainingDefaults,
  Update,
} from "./graph/index.ts";

// … and the programs that modules are written from.
export type {
  Affine,
  AffineTerm,
  Bound,
  Buffer,
  BufferRole,
  DataSlot,
  Expression,
  IndexAtom,
  InitialValue,
  ModuleProgram,
  OptimizerText,
  ParameterSlot,
  Precision,
  Program,
  ScalarOperation,
  ScheduleName,
  StateSlot,
  Statement as ProgramStatement,
  TargetChoice,
  TargetName,
} from "./program/index.ts";
