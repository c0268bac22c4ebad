export * from "./scalar.ts";
export * from "./program.ts";
export * from "./module.ts";
