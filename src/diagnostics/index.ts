export * from "./diagnostic.ts";
export * from "./invariant.ts";
export { positionOf } from "./place.ts";
export * from "./suggest.ts";
export * from "./render.ts";
export * from "./shell.ts";
