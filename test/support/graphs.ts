import {
  type ElementType,
  Graph,
  type Node,
  type NodeOf,
  type OperationAttributes,
  type OperationName,
} from "../../src/graph/index.ts";

const origin = { kind: "compiler", reason: "test" } as const;

/**
 * Builds graphs with result types stated by hand, so that tests of the verifier need neither the operations' shape
 * rules nor the language.
 */
export class HandBuilder {
  readonly graph = new Graph();

  /** The result is batched where an operand is. */
  node<K extends OperationName>(
    operation: K,
    inputs: readonly Node[],
    shape: readonly number[],
    attributes: OperationAttributes[K],
    element: ElementType = "real",
  ): Node {
    const batched = operation !== "batchReduce" && inputs.some((input) => input.type.batched);
    // NodeOf<K> for a generic K is one member of the union Node.
    return this.graph.intern(
      operation,
      inputs,
      attributes,
      { shape, batched, element },
      origin,
    ) as unknown as Node;
  }

  input(name: string, shape: readonly number[], categories?: number): NodeOf<"input"> {
    const element = categories === undefined ? "real" : "integer";
    const attributes = { name, role: "input" as const, ...(categories === undefined ? {} : { categories }) };
    return this.graph.intern("input", [], attributes, { shape, batched: true, element }, origin);
  }

  parameter(name: string, shape: readonly number[]): NodeOf<"parameter"> {
    return this.graph.intern("parameter", [], { name }, { shape, batched: false, element: "real" }, origin);
  }

  constant(value: number, shape: readonly number[] = []): Node {
    return this.node("constant", [], shape, { value });
  }
}
