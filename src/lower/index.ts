export type { Sink } from "./sink.ts";
export { lowerProgram, type LowerOptions } from "./lower.ts";
export { lowerModule, type ModuleOptions } from "./module.ts";
