export { createOptimizer, readNetwork, type ReadOptions } from "./network.ts";
export { preludeSource } from "./prelude/index.ts";
export { type DiagnosticCode, diagnosticCodes } from "./codes.ts";
