import { type Node, type NodeOf, formatShape, sameShape, sizeOf } from "../graph/index.ts";
import type { Builder } from "../operations/index.ts";
import type { Argument, Call } from "./builtins/builtin.ts";
import { preludeSource } from "./prelude/index.ts";
import { type ArrayValue, type Value, sayKind } from "./value.ts";

/** What turning values into nodes needs to know of the place it happens at. */
export type Place = Pick<Call, "build" | "problem">;

/** A value whose elements can be computed with. */
export type NumericValue = Extract<Value, { kind: "number" | "array" | "tensor" }>;

export function isNumeric(value: Value): value is NumericValue {
  return value.kind === "number" || value.kind === "array" || value.kind === "tensor";
}

export function shapeOf(value: NumericValue): readonly number[] {
  if (value.kind === "number") return [];
  return value.kind === "array" ? value.shape : value.node.type.shape;
}

/** `3×2`, `4 elements`, `a scalar`: a shape in a sentence. */
export function sayShape(shape: readonly number[]): string {
  if (shape.length === 0) return "a scalar";
  if (shape.length === 1) return `${String(shape[0])} element${shape[0] === 1 ? "" : "s"}`;
  return formatShape(shape);
}

/** `is 3×2`, `has 4 elements`. */
export function isOrHas(shape: readonly number[]): string {
  return `${shape.length === 1 ? "has" : "is"} ${sayShape(shape)}`;
}

export function numeric(place: Place, argument: Argument): NumericValue {
  const { value, label, expression } = argument;
  if (isNumeric(value)) return value;
  throw place.problem(
    "not-a-number",
    `${label} is ${sayKind(value)}, where a number or an array of numbers should stand.`,
    value.kind === "function" || value.kind === "builtin"
      ? "call it: write its arguments in parentheses"
      : undefined,
    expression.span,
  );
}

/** The node of a value; a number known now becomes a constant. */
export function toNode(build: Builder, value: NumericValue): Node {
  if (value.kind === "tensor") return value.node;
  if (value.kind === "number") return build.constant(value.value);
  return value.range !== undefined && value.data.length > 1
    ? counted(build, value, value.range)
    : literal(build, value);
}

/** A range as from + step · k, so that its length does not show in the size of anything. */
function counted(
  build: Builder,
  { shape }: ArrayValue,
  { from, step }: { from: number; step: number },
): Node {
  const count = build.apply("toReal", [build.iota(shape, 0)], {});
  const scaled = step === 1 ? count : build.multiply(build.constantLike(step, count), count);
  return from === 0 ? scaled : build.add(build.constantLike(from, count), scaled);
}

function literal(build: Builder, { shape, data }: ArrayValue): NodeOf<"constant"> | NodeOf<"literal"> | Node {
  const [first = 0] = data;
  if (data.every((each) => Object.is(each, first))) return build.constant(first, shape);
  return build.leaf("literal", { data }, { shape, batched: false, element: "real" }); // a leaf is a node
}

/** The node of an argument. Without elements there is nothing to compute with. */
export function nodeOf(place: Place, argument: Argument): Node {
  const value = numeric(place, argument);
  if (elementCount(shapeOf(value)) > 0) return toNode(place.build, value);
  throw place.problem(
    "wrong-argument",
    `${argument.label} has no elements, so there is nothing to compute with.`,
    "give at least one element",
    argument.expression.span,
  );
}

/** The node of an argument with real elements. Class labels and truth values are refused: arithmetic on them is a slip. */
export function realNode(place: Place, argument: Argument): Node {
  const node = nodeOf(place, argument);
  requireReal(place, argument, node);
  return node;
}

export function requireReal(place: Place, argument: Argument, node: Node): void {
  if (node.type.element === "integer") {
    throw place.problem(
      "integer-arithmetic",
      `${argument.label} holds class labels or ids: integers that index and are not computed with.`,
      "write oneHot(label, n), gather(table, label), or toReal(label) if they are quantities",
      argument.expression.span,
    );
  }
  if (node.type.element === "boolean") {
    throw place.problem(
      "boolean-arithmetic",
      `${argument.label} is true or false, not a number.`,
      "write where(condition, 1, 0) to make it one",
      argument.expression.span,
    );
  }
}

/** The shape of an elementwise operation's result: aligned at the last dimension, extents equal or 1, as in mathjs. */
export function broadcastShapes(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis += 1) {
    const left = a[a.length - rank + axis] ?? 1;
    const right = b[b.length - rank + axis] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return undefined;
    shape.push(Math.max(left, right));
  }
  return shape;
}

/** `node` spread to `shape`, which its own shape broadcasts to. */
export function spread(build: Builder, node: Node, shape: readonly number[]): Node {
  const own = node.type.shape;
  if (sameShape(own, shape)) return node;
  if (node.operation === "constant") return build.constant(node.attributes.value, shape);
  const offset = shape.length - own.length;
  const kept = own.map((_, axis) => axis).filter((axis) => own[axis] === shape[axis + offset]);
  const squeezed = build.reshape(
    node,
    kept.map((axis) => own[axis] ?? 1),
  );
  return build.broadcast(
    squeezed,
    shape,
    kept.map((axis) => axis + offset),
  );
}

/** All arguments as real nodes of one shape. */
export function unify(place: Place, operands: readonly Argument[]): readonly Node[] {
  const nodes = operands.map((operand) => realNode(place, operand));
  const shape = commonShape(place, operands, nodes);
  return nodes.map((node) => spread(place.build, node, shape));
}

export function commonShape(
  place: Place,
  operands: readonly Argument[],
  nodes: readonly Node[],
): readonly number[] {
  let shape: readonly number[] = [];
  nodes.forEach((node, position) => {
    const wider = broadcastShapes(shape, node.type.shape);
    if (wider === undefined) throw mismatch(place, operands, nodes, position);
    shape = wider;
  });
  return shape;
}

function mismatch(
  place: Place,
  operands: readonly Argument[],
  nodes: readonly Node[],
  position: number,
): Error {
  const other = nodes.findIndex(
    (node) => broadcastShapes(node.type.shape, nodes[position]?.type.shape ?? []) === undefined,
  );
  const [a, b] = [nodes[other]?.type.shape ?? [], nodes[position]?.type.shape ?? []];
  const [left, right] = [operands[other]?.label ?? "", operands[position]?.label ?? ""];
  return place.problem(
    "shape-mismatch",
    `${left} ${isOrHas(a)} but ${right} ${isOrHas(b)}: aligned at the last dimension, sizes must be equal or 1, but ${clash(a, b)}.`,
    parameterHint(
      nodes.flatMap((node, k) =>
        k === other ? { node, shape: b } : k === position ? { node, shape: a } : [],
      ),
    ),
  );
}

/** `2 meets 3`: the last sizes that keep two shapes from being spread over one another. */
function clash(a: readonly number[], b: readonly number[]): string {
  const rank = Math.min(a.length, b.length);
  const pairs = Array.from({ length: rank }, (_, k) => [a[a.length - 1 - k], b[b.length - 1 - k]] as const);
  const [left, right] = pairs.find(([m, n]) => m !== n && m !== 1 && n !== 1) ?? [];
  return `${String(left)} meets ${String(right)}`;
}

interface Bendable {
  readonly node: Node;
  /** That would fit. */
  readonly shape: readonly number[];
}

/** If one side is a parameter, it is the side that can bend; rather one that a statement declares than one that a layer owns. */
export function parameterHint(sides: readonly Bendable[]): string | undefined {
  const hints = sides.flatMap(({ node, shape }) =>
    node.operation === "parameter" ? [{ name: node.attributes.name, hint: hintAt(node, shape) }] : [],
  );
  return (hints.find(({ name }) => !name.includes(".")) ?? hints[0])?.hint;
}

/** What a layer owns cannot be declared: its shape follows from what the layer is given. */
function hintAt({ origin, attributes: { name } }: NodeOf<"parameter">, shape: readonly number[]): string {
  const declaration = `parameter([${shape.join(", ")}])`;
  if (!name.includes(".")) return `declare ${name} = ${declaration}`;
  return origin.kind === "source" && origin.span.source === preludeSource
    ? `change what the layer is given, so that ${name} ${isOrHas(shape)}, or the other value`
    : `write ${declaration} where ${name} is declared`;
}

export function elementCount(shape: readonly number[]): number {
  return sizeOf(shape);
}
