import { scalarNumber } from "../../program/index.ts";
import type { OperationDefinition } from "../definition.ts";
import { leaf } from "./leaf.ts";

export const constant: OperationDefinition<"constant"> = leaf("one number, in every element", {
  kind: "element",
  element: ({ node }) => scalarNumber(node.attributes.value),
});
