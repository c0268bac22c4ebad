export * from "./formulas.ts";
export * from "./scalar-formula.ts";
export * from "./report.ts";
export * from "./inspect-network.ts";
export type { ErrorOf } from "./activations.ts";
export { sayOptimizer } from "../program/index.ts";
export type { Notation } from "./print.ts";
