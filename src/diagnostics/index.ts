export * from "./diagnostic.ts";
export * from "./invariant.ts";
