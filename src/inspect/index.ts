export * from "./formulas.ts";
export * from "./report.ts";
export * from "./inspectNetwork.ts";
export type { Notation } from "./print.ts";
