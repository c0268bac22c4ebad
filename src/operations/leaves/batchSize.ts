import type { OperationDefinition } from "../definition.ts";
import { leaf } from "./leaf.ts";

export const batchSize: OperationDefinition<"batchSize"> = leaf("the number of samples in the batch", {
  kind: "element",
  element: () => ({ kind: "batchSize" }),
});
