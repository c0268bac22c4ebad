import { leaf } from "./leaf.ts";

export const literal = leaf("a dense constant", { kind: "leaf" });
