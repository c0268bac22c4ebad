export * from "./scalar.ts";
export * from "./program.ts";
export * from "./module.ts";
export * from "./fold.ts";
export * from "./arithmetic.ts";
export * from "./interpret.ts";
export * from "./affine.ts";
export * from "./expression.ts";
