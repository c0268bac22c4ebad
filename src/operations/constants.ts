import type { Node } from "../graph/index.ts";

/** The value that every element of a node is known to have, through broadcasts and other views of one constant. */
export function constantValue(node: Node): number | undefined {
  let current: Node | undefined = node;
  while (current !== undefined) {
    if (current.operation === "constant") return current.attributes.value;
    if (current.operation === "literal") return uniformValue(current.attributes.data);
    if (
      current.operation !== "broadcast" &&
      current.operation !== "reshape" &&
      current.operation !== "permute"
    )
      return undefined;
    current = current.inputs[0];
  }
  return undefined;
}

function uniformValue(data: readonly number[]): number | undefined {
  const [first] = data;
  return data.every((each) => Object.is(each, first)) ? first : undefined;
}
