import { leaf } from "./leaf.ts";

export const parameter = leaf("a value that training changes", { kind: "leaf" });
