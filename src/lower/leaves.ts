import type { Node } from "../graph/index.ts";
import type { Buffer } from "../program/index.ts";

/** The memory of a leaf that lies in memory; `claim` makes its name unique. */
export function leafBuffer(node: Node, claim: (base: string) => string): Buffer | undefined {
  const { shape, batched } = node.type;
  const element = node.type.element === "integer" ? "integer" : "real";
  if (node.operation === "input") {
    const { name, role } = node.attributes;
    return { name: claim(name), role, element, shape, batched, of: name };
  }
  if (node.operation === "parameter") {
    const { name } = node.attributes;
    // The compiler's own leaves are told from the user's by a dollar sign.
    return { name: claim(name.replaceAll("$", "")), role: "parameter", element, shape, batched, of: name };
  }
  if (node.operation === "state") {
    const { name: of, parameter: owner } = node.attributes;
    return { name: claim(`${of}_${owner}`), role: "state", element, shape, batched, of, owner };
  }
  if (node.operation === "literal") {
    return { name: claim("constant"), role: "constant", element, shape, batched, data: node.attributes.data };
  }
  return undefined;
}
