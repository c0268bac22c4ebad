import { type Node, type NodeOf, type OperationName, sameShape, sizeOf } from "../../graph/index.ts";
import type { Builder } from "../../operations/index.ts";
import { constantOf, isZero } from "../match.ts";
import { operand, operands, rule } from "../rule.ts";

/*
 * Views move elements without changing them, so that every rule here is exact. Two views in a row become one or none.
 */

const elementwise = [
  "negate", "abs", "sign", "floor", "ceil", "round", "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan",
  "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "sigmoid", "softplus", "not",
  "toReal", "add", "subtract", "multiply", "divide", "power", "maximum", "minimum", "less", "lessEqual", "greater",
  "greaterEqual", "equal", "notEqual", "and", "or", "select",
] as const satisfies readonly OperationName[]; // prettier-ignore

function at(values: readonly number[], index: number): number {
  return values[index] ?? 0;
}

/** Where the elements of a view, in row-major order, lie among those of what it shows. */
function placesShown(
  node: NodeOf<"permute"> | NodeOf<"reshape"> | NodeOf<"slice">,
  shape: readonly number[],
): readonly number[] {
  if (node.operation === "reshape") return Array.from({ length: sizeOf(shape) }, (_, place) => place);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  let places = [0];
  for (const [k, extent] of node.type.shape.entries()) {
    const axis = node.operation === "permute" ? at(node.attributes.order, k) : k;
    const [start, step] =
      node.operation === "slice" ? [at(node.attributes.starts, k), at(node.attributes.steps, k)] : [0, 1];
    places = places.flatMap((place) =>
      Array.from({ length: extent }, (_, i) => place + (start + i * step) * at(strides, axis)),
    );
  }
  return places;
}

export const viewRules = [
  rule({
    name: "view of a constant",
    holds: "ieee",
    operations: ["broadcast", "permute", "reshape", "slice", "window", "gather"],
    statement: "view(c) = c in the view's shape",
    apply: (node, { build }) => {
      const value = constantOf(operand(node, 0));
      return value === undefined ? undefined : build.constant(value, node.type.shape);
    },
  }),
  rule({
    name: "view of a literal",
    holds: "ieee",
    operations: ["permute", "reshape", "slice"],
    statement: "view([c₁, c₂, …]) = the numbers that it shows",
    apply: (node, { build }) => {
      const x = operand(node, 0);
      if (x.operation !== "literal") return undefined;
      const places = placesShown(node, x.type.shape);
      return build.leaf("literal", { data: places.map((place) => at(x.attributes.data, place)) }, node.type);
    },
  }),
  rule({
    name: "padding of zero",
    holds: "ieee",
    operations: ["pad"],
    statement: "pad(0) = 0; a number padded with itself is that number",
    apply: (node, { build }) => {
      const { value = 0 } = node.attributes;
      return Object.is(constantOf(operand(node, 0)), value)
        ? build.constant(value, node.type.shape)
        : undefined;
    },
  }),
  rule({
    name: "scatter of zero",
    holds: "real", // 0 + −0 is 0
    operations: ["scatterAdd", "overlapAdd"],
    statement: "scatterAdd(i, 0) = 0, overlapAdd(0) = 0",
    apply: (node, { build }) =>
      isZero(operand(node, node.operation === "scatterAdd" ? 1 : 0))
        ? build.constant(0, node.type.shape)
        : undefined,
  }),
  rule({
    name: "view that changes nothing",
    holds: "ieee",
    operations: ["broadcast", "permute", "reshape", "slice", "pad"],
    statement: "view(x) = x, where the view keeps every element in its place",
    apply: (node) => {
      const x = operand(node, 0);
      if (!sameShape(x.type.shape, node.type.shape)) return undefined;
      if (node.operation === "permute" && node.attributes.order.some((axis, k) => axis !== k))
        return undefined;
      // Of the same shape, only a walk backwards along an axis of more than one element moves anything.
      const backwards =
        (node.operation === "slice" || node.operation === "pad") &&
        node.attributes.steps.some((step, k) => step < 0 && at(x.type.shape, k) > 1);
      return backwards ? undefined : x;
    },
  }),
  rule({
    name: "broadcast twice",
    holds: "ieee",
    operations: ["broadcast"],
    statement: "broadcast(broadcast(x)) = broadcast(x)",
    apply: (node, { build }) => {
      const inner = operand(node, 0);
      if (inner.operation !== "broadcast") return undefined;
      const axes = inner.attributes.axes.map((axis) => at(node.attributes.axes, axis));
      return build.broadcast(operand(inner, 0), node.type.shape, axes);
    },
  }),
  rule({
    name: "permute twice",
    holds: "ieee",
    operations: ["permute"],
    statement: "permute(permute(x)) = permute(x); (xᵀ)ᵀ = x",
    apply: (node, { build }) => {
      const inner = operand(node, 0);
      if (inner.operation !== "permute") return undefined;
      const order = node.attributes.order.map((axis) => at(inner.attributes.order, axis));
      return build.apply("permute", [operand(inner, 0)], { order });
    },
  }),
  rule({
    name: "reshape twice",
    holds: "ieee",
    operations: ["reshape"],
    statement: "reshape(reshape(x)) = reshape(x)",
    apply: (node, { build }) => {
      const inner = operand(node, 0);
      return inner.operation === "reshape"
        ? build.apply("reshape", [operand(inner, 0)], { shape: node.type.shape })
        : undefined;
    },
  }),
  rule({
    name: "permute of a broadcast",
    holds: "ieee",
    operations: ["permute"],
    statement: "permute(broadcast(x)) = broadcast(x), where the axes of x keep their order",
    apply: (node, { build }) => {
      const inner = operand(node, 0);
      if (inner.operation !== "broadcast") return undefined;
      const axes = inner.attributes.axes.map((axis) => node.attributes.order.indexOf(axis));
      if (axes.some((axis, k) => k > 0 && axis <= at(axes, k - 1))) return undefined;
      return build.apply("broadcast", [operand(inner, 0)], { shape: node.type.shape, axes });
    },
  }),
  rule({
    name: "reshape of a spread scalar",
    holds: "ieee",
    operations: ["reshape"],
    statement: "reshape(broadcast(s)) = broadcast(s) for a scalar s",
    apply: (node, { build }) => {
      const inner = operand(node, 0);
      if (inner.operation !== "broadcast" || operand(inner, 0).type.shape.length > 0) return undefined;
      return build.broadcast(operand(inner, 0), node.type.shape, []);
    },
  }),
  rule({
    name: "slice twice",
    holds: "ieee",
    operations: ["slice"],
    statement: "slice(slice(x)) = slice(x)",
    apply: (node, { build }) => {
      const inner = operand(node, 0);
      if (inner.operation !== "slice") return undefined;
      const { starts, steps, sizes } = node.attributes;
      const under = inner.attributes;
      return build.apply("slice", [operand(inner, 0)], {
        starts: starts.map((start, k) => at(under.starts, k) + start * at(under.steps, k)),
        sizes,
        steps: steps.map((step, k) => step * at(under.steps, k)),
      });
    },
  }),
  rule({
    name: "slice of a broadcast",
    holds: "ieee",
    operations: ["slice"],
    statement: "slice(broadcast(x)) = broadcast(slice(x))",
    apply: (node, { build }) => {
      const inner = operand(node, 0);
      if (inner.operation !== "broadcast") return undefined;
      const { axes } = inner.attributes;
      const pick = (values: readonly number[]): readonly number[] => axes.map((axis) => at(values, axis));
      const { starts, sizes, steps } = node.attributes;
      const x = operand(inner, 0);
      const sliced = build.apply("slice", [x], {
        starts: pick(starts),
        sizes: pick(sizes),
        steps: pick(steps),
      });
      return build.apply("broadcast", [axes.length === 0 ? x : sliced], { shape: node.type.shape, axes });
    },
  }),
  rule({
    name: "slice of a padding",
    holds: "ieee",
    operations: ["slice"],
    statement:
      "slice(pad(x)) = x where the slice is what was padded; the padding's number where it lies outside",
    apply: (node, { build }) => {
      const inner = operand(node, 0);
      if (inner.operation !== "pad") return undefined;
      const x = operand(inner, 0);
      const { starts, steps, sizes } = node.attributes;
      const exact = sizes.every(
        (size, k) =>
          size === at(x.type.shape, k) &&
          at(starts, k) === at(inner.attributes.starts, k) &&
          (size === 1 || at(steps, k) === at(inner.attributes.steps, k)),
      );
      if (exact) return x;
      const apart = sizes.some((size, k) => {
        const [low, high] = span(at(starts, k), at(steps, k), size);
        const [from, to] = span(
          at(inner.attributes.starts, k),
          at(inner.attributes.steps, k),
          at(x.type.shape, k),
        );
        return high < from || low > to;
      });
      return apart ? build.constant(inner.attributes.value ?? 0, node.type.shape) : undefined;
    },
  }),
  rule({
    name: "slice of a concatenation",
    holds: "ieee",
    operations: ["slice"],
    statement: "slice(concatenate(a, b)) = slice(a), where the slice lies within a",
    apply: (node, { build }) => {
      const inner = operand(node, 0);
      if (inner.operation !== "concatenate") return undefined;
      const { axis } = inner.attributes;
      const { starts, steps, sizes } = node.attributes;
      const [low, high] = span(at(starts, axis), at(steps, axis), at(sizes, axis));
      let offset = 0;
      for (const part of inner.inputs) {
        const extent = at(part.type.shape, axis);
        if (low >= offset && high < offset + extent) {
          const inPart = starts.map((start, k) => (k === axis ? start - offset : start));
          return build.apply("slice", [part], { starts: inPart, sizes, steps });
        }
        offset += extent;
      }
      return undefined;
    },
  }),
  rule({
    name: "gather of a spread row",
    holds: "ieee",
    operations: ["gather"],
    statement: "gather(broadcast(x), i) = broadcast(x), where every row is the same",
    apply: (node, { build }) => {
      const [table, indices] = operands(node);
      if (table.operation !== "broadcast" || table.attributes.axes.includes(0)) return undefined;
      const axes = table.attributes.axes.map((axis) => axis - 1 + indices.type.shape.length);
      return build.broadcast(operand(table, 0), node.type.shape, axes);
    },
  }),
  rule({
    name: "elementwise of broadcasts",
    holds: "ieee",
    operations: elementwise,
    statement: "f(broadcast(a), broadcast(b)) = broadcast(f(a, b))",
    apply: (node, { build }) => {
      const spreadOperand = node.inputs.find((input) => input.operation === "broadcast");
      if (spreadOperand?.operation !== "broadcast") return undefined;
      const { axes, shape } = spreadOperand.attributes;
      const inputs: Node[] = [];
      for (const input of node.inputs) {
        const inner = beforeBroadcast(build, input, axes, operand(spreadOperand, 0).type.shape);
        if (inner === undefined) return undefined;
        inputs.push(inner);
      }
      const small = build.apply(node.operation, inputs, node.attributes);
      return build.apply("broadcast", [small], { shape, axes });
    },
  }),
];

/** What was broadcast along `axes` to give `node`; a constant may be seen as such. */
function beforeBroadcast(
  build: Builder,
  node: Node,
  axes: readonly number[],
  shape: readonly number[],
): Node | undefined {
  const value = constantOf(node);
  if (value !== undefined) return build.constant(value, shape);
  if (node.operation !== "broadcast" || !sameShape(node.attributes.axes, axes)) return undefined;
  return operand(node, 0);
}

/** The least and the greatest index that a slice or padding touches along an axis. */
function span(start: number, step: number, size: number): readonly [number, number] {
  const last = start + step * (size - 1);
  return [Math.min(start, last), Math.max(start, last)];
}
