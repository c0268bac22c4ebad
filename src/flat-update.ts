import { clipperOf } from "./clip.ts";
import { invariant } from "./diagnostics/index.ts";
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
  trainable,
} from "./graph/index.ts";
import { Builder, operationTable } from "./operations/index.ts";

/**
 * The optimizer's update of all parameters, each group that it treats alike as one vector, or nothing where it looks at
 * more than one element at a time (a norm, an index), or makes too many groups (by their rank, say).
 *
 * @param gradientNodes The gradient of each trainable parameter, in declaration order.
 */
export function flatUpdate(network: Network, gradientNodes: readonly Node[]): FlatUpdate | undefined {
  const { graph, optimizer } = network;
  const build = new Builder(graph, { kind: "compiler", reason: "the update of all parameters at once" });
  const signatures = new Signatures();
  // One norm for all: whether the optimizer looks at each element by itself is asked with a leaf in its place.
  const norm = vector(build, "$norm", []);
  const clipOne = (gradient: Node): Node => network.clip?.apply(gradient, norm) ?? gradient;
  const alike = groupsOf(network, { signatures, build, clip: clipOne });
  if (alike.size === 0 || alike.size > mostGroups) return undefined;
  const groups = [...alike.values()].map((members) => leavesOf(members, alike.size, build));
  const actAlike = [...alike.keys()].every((signature, k) => {
    const { members, whole, gradients } = at(groups, k);
    const flat = optimizer.update(whole, clipOne(gradients), members[0]);
    return actsOnElements(flat) && signatures.of(flat, whole.node, gradients) === signature;
  });
  if (!actAlike) return undefined;

  const scaled = gradientNodes.map((node) => scaledSum(node, build));
  const [one] = scaled;
  const nodes = scaled.flatMap((each) => (each?.scale === one?.scale ? (each?.sum ?? []) : []));
  const scale =
    one === undefined || nodes.length < scaled.length
      ? undefined
      : build.divide(build.constant(one.scale, []), build.batchSize());
  const meansOf = (sums: Node): Node =>
    scale === undefined ? sums : build.multiply(sums, build.fill(scale, sums.type.shape));
  const all = vector(build, "$gradients", [sizeOfAll(network.parameters)]);
  const clip = clipperOf(
    network,
    groups.map(({ gradients }) => meansOf(gradients)),
  );
  return {
    groups: groups.map(({ members, whole, gradients }) => ({
      members,
      parameters: whole.node,
      gradients,
      updates: optimizer.update(whole, clip(meansOf(gradients)), members[0]).updates,
    })),
    ...(scale === undefined ? {} : { sums: { nodes, all, means: meansOf(all) } }),
  };
}

/** Each group has a loop of its own. */
const mostGroups = 8;

interface Comparing {
  readonly signatures: Signatures;
  readonly build: Builder;
  readonly clip: (gradient: Node) => Node;
}

/** Trainable parameters that the optimizer treats alike, by what it does; in order of their first members. */
function groupsOf(
  { parameters, optimizer }: Network,
  { signatures, build, clip }: Comparing,
): ReadonlyMap<string, readonly ParameterDeclaration[]> {
  const groups = new Map<string, ParameterDeclaration[]>();
  for (const each of trainable(parameters)) {
    const gradient = vector(build, `$gradients.${each.name}`, each.node.type.shape);
    const signature = signatures.of(optimizer.update(each, clip(gradient)), each.node, gradient);
    const group = groups.get(signature);
    if (group === undefined) groups.set(signature, [each]);
    else group.push(each);
  }
  return groups;
}

interface Leaves {
  readonly members: readonly ParameterDeclaration[];
  readonly whole: ParameterDeclaration & { readonly node: NodeOf<"parameter"> };
  readonly gradients: NodeOf<"parameter">;
}

/** No name of a user's contains a dollar sign. */
function leavesOf(members: readonly ParameterDeclaration[], groups: number, build: Builder): Leaves {
  const first = at(members, 0);
  const shape = [sizeOfAll(members)];
  const suffix = groups === 1 ? "" : `.${first.name}`;
  const name = `$parameters${suffix}`;
  return {
    members,
    whole: { ...first, name, node: vector(build, name, shape) },
    gradients: vector(build, `$gradients${suffix}`, shape),
  };
}

function at<Item>(items: readonly Item[], k: number): Item {
  const item = items[k];
  invariant(item !== undefined, "each group has leaves, and a first member");
  return item;
}

function sizeOfAll(parameters: readonly ParameterDeclaration[]): number {
  return parameters.reduce((sum, { node }) => sum + sizeOf(node.type.shape), 0);
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
      const [spread] = node.inputs;
      if (node.operation === "broadcast" && spread !== undefined) {
        numbers.set(node, numbers.get(spread) ?? 0); // where a value is spread to, if at all, is the shape's business
        continue;
      }
      const attributes = stableText(node.attributes);
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
