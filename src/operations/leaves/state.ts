import { leaf } from "./leaf.ts";

export const state = leaf("optimizer state that outlives a step", { kind: "leaf" });
