import type { OperationDefinition } from "../definition.ts";
import { leaf } from "./leaf.ts";

export const step: OperationDefinition<"step"> = leaf("the number of this optimizer step, from 1", {
  kind: "element",
  element: () => ({ kind: "step" }),
});
