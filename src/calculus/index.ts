export * from "./differentiate.ts";
export * from "./push-forward.ts";
