export * from "./differentiate.ts";
export * from "./pushForward.ts";
