import {
  type FlatUpdate,
  type Network,
  type Node,
  type NodeOf,
  type OperationName,
  type ParameterDeclaration,
  type ParameterUpdate,
  reachableFrom,
  sameShape,
  sizeOf,
  stableText,
} from "./graph/index.ts";
import { Builder, operationTable } from "./operations/index.ts";

/**
 * The optimizer's update of all parameters as one vector, or nothing where it looks at more than one element at a time
 * (a norm, an index), or treats parameters unlike (by their rank, say).
 *
 * @param gradientNodes The gradient of each parameter, in declaration order.
 */
export function flatUpdate(network: Network, gradientNodes: readonly Node[]): FlatUpdate | undefined {
  const { parameters: declarations, optimizer } = network;
  const [first] = declarations;
  if (first === undefined) return undefined;
  const size = declarations.reduce((sum, { node }) => sum + sizeOf(node.type.shape), 0);
  const build = new Builder(network.graph, {
    kind: "compiler",
    reason: "the update of all parameters at once",
  });

  // No name of a user's contains a dollar sign.
  const whole: ParameterDeclaration = {
    ...first,
    name: "$parameters",
    node: vector(build, "$parameters", [size]),
  };
  const gradients = vector(build, "$gradients", [size]);
  const flat = optimizer.update(whole, gradients);
  if (!actsOnElements(flat)) return undefined;

  const signatures = new Signatures();
  const wanted = signatures.of(flat, whole.node, gradients);
  const isAlike = declarations.every((each) => {
    const gradient = vector(build, `$gradients.${each.name}`, each.node.type.shape);
    return signatures.of(optimizer.update(each, gradient), each.node, gradient) === wanted;
  });
  if (!isAlike) return undefined;

  const scaled = gradientNodes.map((node) => scaledSum(node, build));
  const [one] = scaled;
  const nodes = scaled.flatMap((each) => (each?.scale === one?.scale ? (each?.sum ?? []) : []));
  if (one === undefined || nodes.length < scaled.length) {
    return { parameters: whole.node, gradients, updates: flat.updates };
  }
  const scale = build.divide(build.constant(one.scale, []), build.batchSize());
  const means = build.multiply(gradients, build.fill(scale, [size]));
  const { updates } = optimizer.update(whole, means);
  return { parameters: whole.node, gradients, updates, sums: { nodes, means } };
}

/** Σ and c of (c/N) Σ, a mean over the batch. */
function scaledSum(node: Node, build: Builder): { readonly sum: Node; readonly scale: number } | undefined {
  const [first, second] = node.inputs;
  if (node.operation === "multiply" && first !== undefined && second !== undefined) {
    const [constant, mean] = first.operation === "constant" ? [first, second] : [second, first];
    if (constant.operation !== "constant" || mean.operation === "multiply") return undefined;
    const rest = scaledSum(mean, build);
    return rest && { ...rest, scale: constant.attributes.value };
  }
  if (node.operation !== "batchReduce" || node.attributes.kind !== "mean" || first === undefined)
    return undefined;
  return { sum: build.apply("batchReduce", [first], { kind: "sum" }), scale: 1 };
}

function vector(build: Builder, name: string, shape: readonly number[]): NodeOf<"parameter"> {
  return build.leaf("parameter", { name }, { shape, batched: false, element: "real" });
}

const moves: ReadonlySet<OperationName> = new Set<OperationName>([
  "slice",
  "window",
  "permute",
  "pad",
  "concatenate",
  "gather",
]);

/** Whether each element of the new values depends on the same element of the old ones alone. */
function actsOnElements({ updates }: ParameterUpdate): boolean {
  return reachableFrom(updates.map(({ value }) => value)).every((node) => {
    if (node.inputs.length === 0) return node.operation !== "iota" && node.operation !== "literal";
    if (node.operation === "broadcast") return node.inputs.every((input) => input.type.shape.length === 0);
    return (
      operationTable[node.operation].lowering.kind === "element" &&
      !moves.has(node.operation) &&
      node.inputs.every((input) => sameShape(input.type.shape, node.type.shape))
    );
  });
}

/** Tells whether two updates compute the same, whatever the shape: equal computations get equal numbers. */
class Signatures {
  readonly #numbers = new Map<string, number>();

  of({ updates, states }: ParameterUpdate, parameter: Node, gradient: Node): string {
    const roles = new Map([
      [parameter, "parameter"],
      [gradient, "gradient"],
      ...states.map(({ node }) => [node, `state ${node.attributes.name}`] as const),
    ]);
    const numbers = new Map<Node, number>();
    for (const node of reachableFrom(updates.map(({ value }) => value))) {
      const operands = node.inputs.map((input) => numbers.get(input)).join(",");
      // Where a value is spread to is the shape's business.
      const attributes = node.operation === "broadcast" ? "" : stableText(node.attributes);
      numbers.set(node, this.#numberOf(roles.get(node) ?? `${node.operation}(${operands})${attributes}`));
    }
    return [
      ...updates.map(({ target, value }) => `${roles.get(target) ?? "?"} := ${numbers.get(value) ?? "?"}`),
      ...states.map(({ node, initial }) => `${roles.get(node) ?? "?"} = ${stableText(initial)}`),
    ].join("; ");
  }

  #numberOf(computation: string): number {
    const known = this.#numbers.get(computation) ?? this.#numbers.size;
    this.#numbers.set(computation, known);
    return known;
  }
}
