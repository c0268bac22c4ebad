export * from "./formulas.ts";
export type { Notation } from "./print.ts";
