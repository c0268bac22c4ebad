import { leaf } from "./leaf.ts";

export const delay = leaf("what a recurrence gave one step ago", { kind: "delay" });
