import type { Node } from "../graph/index.ts";
import type { Buffer } from "../program/index.ts";

/** The memory of a leaf that lies in memory; `claim` makes its name unique. */
export function leafBuffer(node: Node, claim: (base: string) => string): Buffer | undefined {
  const { shape, batched } = node.type;
  switch (node.operation) {
    case "input": {
      const { name, role } = node.attributes;
      const element = node.type.element === "integer" ? "integer" : "real";
      return { name: claim(name), role, element, shape, batched, of: name };
    }
    case "parameter": {
      const { name } = node.attributes;
      return { name: claim(name), role: "parameter", element: "real", shape, batched, of: name };
    }
    case "state": {
      const { name, parameter } = node.attributes;
      const base = `${name}_${parameter}`;
      return {
        name: claim(base),
        role: "state",
        element: "real",
        shape,
        batched,
        of: name,
        owner: parameter,
      };
    }
    case "literal": {
      const element = node.type.element === "integer" ? "integer" : "real";
      const { data } = node.attributes;
      return { name: claim("constant"), role: "constant", element, shape, batched, data };
    }
    default:
      return undefined;
  }
}
