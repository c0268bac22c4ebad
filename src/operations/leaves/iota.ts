import type { OperationDefinition } from "../definition.ts";
import { at } from "../typing.ts";
import { leaf } from "./leaf.ts";

export const iota: OperationDefinition<"iota"> = leaf("the index along an axis, from 0", {
  kind: "element",
  element: ({ node, index }) => ({ kind: "index", value: at(index, node.attributes.axis) }),
});
