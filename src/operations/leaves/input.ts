import { leaf } from "./leaf.ts";

export const input = leaf("a value given per sample: an input or a target", { kind: "leaf" });
