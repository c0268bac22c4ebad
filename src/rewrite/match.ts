import { type Node, type NodeOf, sizeOf } from "../graph/index.ts";
import type { Builder } from "../operations/index.ts";
import { operand, operands } from "./rule.ts";

/** The number that every element of a real constant is. */
export function constantOf(node: Node): number | undefined {
  return node.operation === "constant" && node.type.element === "real" ? node.attributes.value : undefined;
}

/** Whether every element is exactly `value`; 0 and −0 are told apart. */
export function isConstant(node: Node, value: number): boolean {
  return Object.is(constantOf(node), value);
}

/** Whether every element is 0 or −0. */
export function isZero(node: Node): boolean {
  return constantOf(node) === 0;
}

/**
 * A constant that may merge with others or move elsewhere. Modules may store single precision, which ends at 3·10³⁸ and
 * 10⁻³⁸, and rules do not know: products and quotients of any two ordinary constants stay inside.
 */
export function isOrdinary(value: number): boolean {
  return Math.abs(value) >= 1e-18 && Math.abs(value) <= 1e18;
}

/** The scalar that a node repeats in every element and for every sample; a constant as a scalar constant. */
export function splatOf(build: Builder, node: Node): Node | undefined {
  if (node.type.element !== "real") return undefined;
  if (node.type.batched) return undefined;
  if (node.type.shape.length === 0) return node;
  const value = constantOf(node);
  if (value !== undefined) return build.constant(value);
  return node.operation === "broadcast" && operand(node, 0).type.shape.length === 0
    ? operand(node, 0)
    : undefined;
}

/** A scalar repeated over `shape`. */
export function spread(build: Builder, scalar: Node, shape: readonly number[]): Node {
  const value = constantOf(scalar);
  return value === undefined ? build.fill(scalar, shape) : build.constant(value, shape);
}

/** `node` = −x, seen through a broadcast: x in the shape of `node`. */
export function negatedOf(build: Builder, node: Node): Node | undefined {
  if (node.operation === "negate") return operand(node, 0);
  if (node.operation !== "broadcast") return undefined;
  const inner = operand(node, 0);
  return inner.operation === "negate"
    ? build.broadcast(operand(inner, 0), node.attributes.shape, node.attributes.axes)
    : undefined;
}

/** A product with its constant or splat factor told from the rest. */
export interface Scaled {
  /** A scalar, the same for every sample. */
  readonly scale: Node;
  readonly rest: Node;
}

/**
 * `node` = scale · rest, where the scale is an ordinary constant, or a scalar that does not vary over the batch while the
 * rest does. Of two constants neither is a scale: they fold.
 */
export function scaledOf(build: Builder, node: Node): Scaled | undefined {
  if (node.operation !== "multiply") return undefined;
  const [a, b] = operands(node);
  for (const [factor, rest] of [
    [a, b],
    [b, a],
  ] as const) {
    const scale = splatOf(build, factor);
    if (scale === undefined || constantOf(rest) !== undefined || isExtremeScale(scale)) continue;
    const belongsToBatch = isBatchScale(scale) || scale.operation === "batchSize";
    if (constantOf(scale) !== undefined || rest.type.batched || belongsToBatch) return { scale, rest };
  }
  return undefined;
}

/** A multiple of 1/N, of which a mean over the batch is made. */
export function isBatchScale(scalar: Node): boolean {
  return (
    scalar.operation === "divide" &&
    constantOf(operand(scalar, 0)) !== undefined &&
    operand(scalar, 1).operation === "batchSize"
  );
}

/** c or c/N with a c that is not ordinary: what it leaves behind may be as extreme the other way. */
export function isExtremeScale(scalar: Node): boolean {
  const value = constantOf(isBatchScale(scalar) ? operand(scalar, 0) : scalar);
  return value !== undefined && !isOrdinary(value);
}

function isOrdinaryScale(scalar: Node): boolean {
  if (isExtremeScale(scalar)) return false;
  return constantOf(scalar) !== undefined || isBatchScale(scalar) || scalar.operation === "batchSize";
}

/** A factor of a linear operation's operand that may as well be applied to its result. */
export interface Factored {
  readonly rest: Node;
  /** Whether the factor is finite and not zero whatever the values are: −1, a constant, or a multiple of 1/N. */
  readonly isOrdinary: boolean;
  /** Applies the factor to `result`. */
  readonly outside: (result: Node) => Node;
}

/** `node` as −rest, scale · rest or rest / scale, with a scale that is the same for every element and sample; seen through broadcasts. */
export function factoredOf(build: Builder, node: Node): Factored | undefined {
  if (node.operation === "negate")
    return { rest: operand(node, 0), isOrdinary: true, outside: (result) => build.negate(result) };
  const scaled = scaledOf(build, node);
  if (scaled !== undefined) {
    const { scale, rest } = scaled;
    return {
      rest,
      isOrdinary: isOrdinaryScale(scale),
      outside: (result) => build.multiply(spread(build, scale, result.type.shape), result),
    };
  }
  if (node.operation === "broadcast") {
    const { shape, axes } = node.attributes;
    const inner = factoredOf(build, operand(node, 0));
    return inner && { ...inner, rest: build.broadcast(inner.rest, shape, axes) };
  }
  if (node.operation !== "divide") return undefined;
  const [rest, divisor] = operands(node);
  const scale = splatOf(build, divisor);
  if (scale === undefined || constantOf(rest) !== undefined || isExtremeScale(scale)) return undefined;
  if (constantOf(scale) === undefined && !rest.type.batched) return undefined;
  return {
    rest,
    isOrdinary: isOrdinaryScale(scale),
    outside: (result) => build.divide(result, spread(build, scale, result.type.shape)),
  };
}

export function sizeOfNode(node: Node): number {
  return sizeOf(node.type.shape);
}

/** `node` as a product, operands in either order, of one that `matches` and another. */
export function factorsOf(node: Node): readonly (readonly [Node, Node])[] {
  if (node.operation !== "multiply") return [];
  const [a, b] = operands(node);
  return a === b
    ? [[a, b]]
    : [
        [a, b],
        [b, a],
      ];
}

/** `node` = base², written as a power or as a product. */
export function squareOf(node: Node): Node | undefined {
  if (node.operation === "power" && constantOf(operand(node, 1)) === 2) return operand(node, 0);
  if (node.operation === "multiply" && operand(node, 0) === operand(node, 1)) return operand(node, 0);
  return undefined;
}

export function isReduction(
  node: Node,
  kind: NodeOf<"reduce">["attributes"]["kind"],
): node is NodeOf<"reduce"> {
  return node.operation === "reduce" && node.attributes.kind === kind;
}

/** The axes of `rank` that are not in `axes`. */
export function otherAxes(rank: number, axes: readonly number[]): readonly number[] {
  return Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !axes.includes(axis));
}

/** Whether b = −a for every value, as far as their form shows once signs have moved outwards. */
export function areOpposite(a: Node, b: Node): boolean {
  if (a.operation === "negate" && operand(a, 0) === b) return true;
  if (b.operation === "negate" && operand(b, 0) === a) return true;
  if (a.operation === "subtract" && b.operation === "subtract") {
    return operand(a, 0) === operand(b, 1) && operand(a, 1) === operand(b, 0);
  }
  return factorsOf(a).some(([c, x]) =>
    factorsOf(b).some(
      ([d, y]) => x === y && constantOf(c) !== undefined && constantOf(c) === -(constantOf(d) ?? NaN),
    ),
  );
}
