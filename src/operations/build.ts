import { invariant } from "../diagnostics/index.ts";
import {
  type Graph,
  type Node,
  type NodeOf,
  type OperationAttributes,
  type OperationName,
  type Origin,
  sameShape,
} from "../graph/index.ts";
import { canonicalSpecification } from "./contractions/specification.ts";
import { operationTable } from "./table.ts";

/** Makes nodes of one graph, each with the type that its operation's shape rule gives it. */
export class Builder {
  readonly graph: Graph;
  /** The origin that new nodes get. */
  readonly origin: Origin;

  constructor(graph: Graph, origin: Origin) {
    this.graph = graph;
    this.origin = origin;
  }

  /** A builder of the same graph whose nodes come from somewhere else. */
  from(origin: Origin): Builder {
    return new Builder(this.graph, origin);
  }

  /** @throws {TypeProblem} when the operands do not fit the operation. */
  apply<K extends OperationName>(
    operation: K,
    inputs: readonly Node[],
    attributes: OperationAttributes[K],
  ): Node {
    const type = operationTable[operation].infer(
      inputs.map((input) => input.type),
      attributes,
    );
    // NodeOf<K> for a generic K is one member of the union Node.
    return this.graph.intern(operation, inputs, attributes, type, this.origin) as unknown as Node;
  }

  /** A leaf, whose type its operation cannot infer. */
  leaf<K extends OperationName>(
    operation: K,
    attributes: OperationAttributes[K],
    type: Node["type"],
  ): NodeOf<K> {
    invariant(operationTable[operation].leaf === true, `${operation} is no leaf`);
    return this.graph.intern(operation, [], attributes, type, this.origin);
  }

  /** A delay like no other; `closeRecurrence` says what it is of. */
  delay(attributes: Omit<OperationAttributes["delay"], "id">, type: Node["type"]): NodeOf<"delay"> {
    return this.leaf("delay", { ...attributes, id: this.graph.nodes.length }, type);
  }

  /** Stands for something that is not known while an expression is read; like no other. */
  placeholder(type: Node["type"]): NodeOf<"placeholder"> {
    return this.leaf("placeholder", { id: this.graph.nodes.length }, type);
  }

  /** The operation of `node` on other operands. */
  again(node: Node, inputs: readonly Node[]): Node {
    const [x] = inputs;
    if (node.operation !== "batchReduce" || x === undefined || x.type.batched) {
      const again = this.apply(node.operation, inputs, node.attributes);
      this.graph.label(again, this.graph.labels.get(node));
      return again;
    }
    // What no longer varies over the batch is its own mean, and its sum is N times it.
    return node.attributes.kind === "mean" ? x : this.batchSum(x);
  }

  constant(value: number, shape: readonly number[] = []): Node {
    return this.leaf("constant", { value }, { shape, batched: false, element: "real" });
  }

  /** A constant of the shape of `like`. */
  constantLike(value: number, like: Node): Node {
    return this.constant(value, like.type.shape);
  }

  /** Element (i₀, i₁, …) is i_axis, from 0; integers. */
  iota(shape: readonly number[], axis: number): Node {
    return this.leaf("iota", { axis }, { shape, batched: false, element: "integer" });
  }

  /** The number of samples in this batch, a real scalar. */
  batchSize(): Node {
    return this.leaf("batchSize", {}, { shape: [], batched: false, element: "real" });
  }

  add(a: Node, b: Node): Node {
    return this.apply("add", [a, b], {});
  }

  subtract(a: Node, b: Node): Node {
    return this.apply("subtract", [a, b], {});
  }

  multiply(a: Node, b: Node): Node {
    return this.apply("multiply", [a, b], {});
  }

  divide(a: Node, b: Node): Node {
    return this.apply("divide", [a, b], {});
  }

  negate(a: Node): Node {
    return this.apply("negate", [a], {});
  }

  /** Input axis k becomes output axis `axes[k]`. The identity gives back `a`. */
  broadcast(a: Node, shape: readonly number[], axes: readonly number[]): Node {
    return sameShape(a.type.shape, shape) ? a : this.apply("broadcast", [a], { shape, axes });
  }

  /** A scalar spread over `shape`. */
  fill(scalar: Node, shape: readonly number[]): Node {
    return this.broadcast(scalar, shape, []);
  }

  /** Contracts; any letters will do, `canonicalSpecification` renames them. */
  einsum(specification: string, a: Node, b: Node): Node {
    return this.apply("einsum", [a, b], { specification: canonicalSpecification(specification) });
  }

  sum(a: Node, axes: readonly number[]): Node {
    return axes.length === 0 ? a : this.apply("reduce", [a], { kind: "sum", axes });
  }

  /** Summed over the batch, so that the result serves an unbatched node: Σₙ of the same value is N times it. */
  batchSum(a: Node): Node {
    if (a.type.batched) return this.apply("batchReduce", [a], { kind: "sum" });
    return this.multiply(this.fill(this.batchSize(), a.type.shape), a);
  }

  /** The mean over the batch; of a value that is the same for each sample, the value itself. */
  batchMean(a: Node): Node {
    return a.type.batched ? this.apply("batchReduce", [a], { kind: "mean" }) : a;
  }

  reshape(a: Node, shape: readonly number[]): Node {
    return sameShape(a.type.shape, shape) ? a : this.apply("reshape", [a], { shape });
  }

  select(condition: Node, a: Node, b: Node): Node {
    return this.apply("select", [condition, a, b], {});
  }
}
