import { leaf } from "./leaf.ts";

export const placeholder = leaf("what the step of a scan is given, while the step is read", { kind: "leaf" });
