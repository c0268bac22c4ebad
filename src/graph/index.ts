export * from "./type.ts";
export * from "./node.ts";
export * from "./graph.ts";
export * from "./network.ts";
export * from "./names.ts";
export * from "./text.ts";
export * from "./verify.ts";
