import { type Node, type NodeOf, sizeOf } from "../../graph/index.ts";
import type { Builder } from "../../operations/index.ts";
import { constantOf, isConstant, isReduction, isZero, otherAxes } from "../match.ts";
import { operand, operands, rule } from "../rule.ts";

/*
 * Reductions within one sample.
 */

type Kind = NodeOf<"reduce">["attributes"]["kind"];

function reduceBy(build: Builder, kind: Kind, x: Node, axes: readonly number[]): Node {
  return axes.length === 0 ? x : build.apply("reduce", [x], { kind, axes });
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? 0;
}

function extentsOf(node: Node, axes: readonly number[]): readonly number[] {
  return axes.map((axis) => node.type.shape[axis] ?? 1);
}

/** Where each axis of an operand ends up once `axes` are reduced away; the reduced ones are left out. */
function keptPlaces(rank: number, axes: readonly number[]): ReadonlyMap<number, number> {
  return new Map(otherAxes(rank, axes).map((axis, place) => [axis, place]));
}

export const reductionRules = [
  rule({
    name: "sum of a distribution",
    holds: "real", // what the declaration of the target promises
    operations: ["reduce"],
    statement: "Σ t = 1 for a target declared as a distribution",
    apply: (node, { build }) => {
      const t = operand(node, 0);
      if (node.attributes.kind !== "sum" || t.operation !== "input" || t.attributes.distribution !== true)
        return undefined;
      return node.type.shape.length === 0 ? build.constant(1) : undefined;
    },
  }),
  rule({
    name: "sum of a one-hot vector",
    holds: "real",
    operations: ["reduce"],
    statement: "Σₖ where(k = label, 1, 0) = 1 for an integer label within the range of k",
    apply: (node, { build }) => {
      const oneHot = operand(node, 0);
      if (node.attributes.kind !== "sum" || oneHot.operation !== "select") return undefined;
      const [axis] = node.attributes.axes;
      if (
        node.attributes.axes.length !== 1 ||
        !isConstant(operand(oneHot, 1), 1) ||
        !isZero(operand(oneHot, 2))
      )
        return undefined;
      const condition = operand(oneHot, 0);
      if (condition.operation !== "equal") return undefined;
      const [a, b] = operands(condition);
      for (const [index, label] of [
        [a, b],
        [b, a],
      ] as const) {
        if (!countsAlong(index, axis) || label.operation !== "broadcast") continue;
        const ids = operand(label, 0);
        const isInRange =
          ids.operation === "input" && ids.attributes.categories === oneHot.type.shape[axis ?? 0];
        if (isInRange && axis !== undefined && !label.attributes.axes.includes(axis)) {
          return build.constant(1, node.type.shape);
        }
      }
      return undefined;
    },
  }),
  rule({
    name: "reduction of a constant",
    holds: "real", // adding n times rounds differently
    operations: ["reduce"],
    statement: "Σ c = n·c, max c = min c = c, logSumExp c = c + log n",
    apply: (node, { build }) => {
      const x = operand(node, 0);
      const value = constantOf(x);
      if (value === undefined) return undefined;
      const count = sizeOf(extentsOf(x, node.attributes.axes));
      return build.constant(ofRepeated(node.attributes.kind, value, count), node.type.shape);
    },
  }),
  rule({
    name: "reduction of a literal",
    holds: "real", // the order of a sum is the target's
    operations: ["reduce"],
    statement: "Σ [c₁, c₂, …] = the number it is; so for max, min and logSumExp",
    apply: (node, { build }) => {
      const x = operand(node, 0);
      if (x.operation !== "literal") return undefined;
      const { kind, axes } = node.attributes;
      const results = groupsOf(x.attributes.data, x.type.shape, axes).map((group) =>
        reduceNumbers(kind, group),
      );
      // A result that is no finite number stays a formula, so that a person can see where it comes from.
      if (!results.every((result) => Number.isFinite(result))) return undefined;
      const [first = 0] = results;
      return results.every((result) => result === first)
        ? build.constant(first, node.type.shape)
        : build.leaf("literal", { data: results }, node.type);
    },
  }),
  rule({
    name: "reduction of a broadcast",
    holds: "real",
    operations: ["reduce"],
    statement:
      "Σ broadcast(x) = n·x along the new axes, max broadcast(x) = x, logSumExp broadcast(x) = x + log n",
    apply: (node, { build }) => {
      const inner = operand(node, 0);
      if (inner.operation !== "broadcast") return undefined;
      const { axes } = inner.attributes;
      const reduced = node.attributes.axes;
      const x = operand(inner, 0);
      const isNew = (axis: number): boolean => !axes.includes(axis);
      if (!reduced.some(isNew)) return undefined;
      const own = axes.flatMap((axis, k) => (reduced.includes(axis) ? [k] : []));
      const places = keptPlaces(inner.type.shape.length, reduced);
      const small = reduceBy(build, node.attributes.kind, x, own);
      const count = sizeOf(extentsOf(inner, reduced.filter(isNew)));
      return build.broadcast(
        repeated(build, node.attributes.kind, small, count),
        node.type.shape,
        axes.flatMap((axis) => places.get(axis) ?? []),
      );
    },
  }),
  rule({
    name: "reduction of a reduction",
    holds: "real",
    operations: ["reduce"],
    statement: "Σᵢ Σⱼ x = Σᵢⱼ x; so for max, min and logSumExp",
    apply: (node, { build, shared }) => {
      const inner = operand(node, 0);
      if (!isReduction(inner, node.attributes.kind) || shared(inner)) return undefined;
      const x = operand(inner, 0);
      const left = otherAxes(x.type.shape.length, inner.attributes.axes);
      const outer = node.attributes.axes.flatMap((axis) => left[axis] ?? []);
      const axes = [...inner.attributes.axes, ...outer].sort((a, b) => a - b);
      return reduceBy(build, node.attributes.kind, x, axes);
    },
  }),
  rule({
    name: "reduction of one element",
    holds: "real", // 0 + −0 is 0
    operations: ["reduce"],
    statement: "Σ x = max x = min x = logSumExp x = x along axes of one element",
    apply: (node, { build }) => {
      const x = operand(node, 0);
      return sizeOf(extentsOf(x, node.attributes.axes)) === 1 ? build.reshape(x, node.type.shape) : undefined;
    },
  }),
  rule({
    name: "reduction of a permutation",
    holds: "real",
    operations: ["reduce"],
    statement: "Σ permute(x) = permute(Σ x); so for max, min and logSumExp",
    apply: (node, { build }) => {
      const inner = operand(node, 0);
      if (inner.operation !== "permute") return undefined;
      const { order } = inner.attributes;
      const axes = node.attributes.axes.flatMap((axis) => order[axis] ?? []).sort((a, b) => a - b);
      const reduced = reduceBy(build, node.attributes.kind, operand(inner, 0), axes);
      const places = keptPlaces(order.length, axes);
      const keptOrder = order.flatMap((axis) => places.get(axis) ?? []);
      return keptOrder.every((axis, k) => axis === k)
        ? reduced
        : build.apply("permute", [reduced], { order: keptOrder });
    },
  }),
  rule({
    name: "reduction of all of a reshape",
    holds: "real",
    operations: ["reduce"],
    statement: "Σ reshape(x) = Σ x over all elements; so for max, min and logSumExp",
    apply: (node, { build }) => {
      const inner = operand(node, 0);
      if (inner.operation !== "reshape" || node.type.shape.length > 0) return undefined;
      const x = operand(inner, 0);
      return reduceBy(build, node.attributes.kind, x, otherAxes(x.type.shape.length, []));
    },
  }),
  rule({
    name: "sum of a padding",
    holds: "real",
    operations: ["reduce"],
    statement: "Σ pad(x) = pad(Σ x) of a padding with zeros",
    apply: (node, { build }) => {
      const inner = operand(node, 0);
      if (inner.operation !== "pad" || node.attributes.kind !== "sum") return undefined;
      if (inner.attributes.value !== undefined) return undefined;
      const kept = otherAxes(inner.type.shape.length, node.attributes.axes);
      const summed = build.sum(operand(inner, 0), node.attributes.axes);
      if (kept.length === 0) return summed;
      const pick = (values: readonly number[]): readonly number[] =>
        kept.flatMap((axis) => values[axis] ?? []);
      const { shape, starts, steps } = inner.attributes;
      return build.apply("pad", [summed], { shape: pick(shape), starts: pick(starts), steps: pick(steps) });
    },
  }),
  rule({
    name: "sum of a scatter",
    holds: "real",
    operations: ["reduce"],
    statement: "Σ scatterAdd(i, v) = Σ v over the places",
    apply: (node, { build }) => {
      const inner = operand(node, 0);
      if (inner.operation !== "scatterAdd" || node.attributes.kind !== "sum") return undefined;
      if (!node.attributes.axes.includes(0)) return undefined;
      const [indices, values] = operands(inner);
      const rank = indices.type.shape.length;
      const places = otherAxes(rank, []);
      const others = node.attributes.axes.filter((axis) => axis > 0).map((axis) => axis - 1 + rank);
      return build.sum(values, [...places, ...others]);
    },
  }),
  rule({
    name: "common factor out of a sum",
    holds: "real",
    operations: ["reduce"],
    statement: "Σ x·broadcast(v) = v·Σ x, Σ x/broadcast(v) = (Σ x)/v along the new axes",
    apply: (node, { build, shared }) => {
      const product = operand(node, 0);
      if (node.attributes.kind !== "sum" || shared(product)) return undefined;
      const reduced = node.attributes.axes;
      const outside = (factor: Node): Node | undefined => {
        if (factor.operation !== "broadcast") return undefined;
        const { axes } = factor.attributes;
        if (reduced.some((axis) => axes.includes(axis))) return undefined;
        const places = keptPlaces(factor.type.shape.length, reduced);
        return build.broadcast(
          operand(factor, 0),
          node.type.shape,
          axes.flatMap((axis) => places.get(axis) ?? []),
        );
      };
      if (product.operation !== "multiply" && product.operation !== "divide") return undefined;
      const [a, b] = operands(product);
      const right = outside(b);
      if (right !== undefined) return build.apply(product.operation, [build.sum(a, reduced), right], {});
      const left = product.operation === "multiply" ? outside(a) : undefined;
      return left && build.multiply(left, build.sum(b, reduced));
    },
  }),
];

/** Whether the elements of `node` are their indices along `axis`. */
function countsAlong(node: Node, axis: number | undefined): boolean {
  if (node.operation === "iota") return node.attributes.axis === axis;
  if (node.operation !== "broadcast") return false;
  const inner = operand(node, 0);
  return inner.operation === "iota" && node.attributes.axes[inner.attributes.axis] === axis;
}

/** The elements that a reduction along `axes` brings together, in row-major order of the results. */
function groupsOf(
  data: readonly number[],
  shape: readonly number[],
  axes: readonly number[],
): readonly (readonly number[])[] {
  const kept = otherAxes(shape.length, axes);
  const groups = Array.from({ length: sizeOf(kept.map((axis) => at(shape, axis))) }, (): number[] => []);
  data.forEach((value, offset) => {
    let rest = offset;
    const index = shape.map((_, axis) => {
      const stride = sizeOf(shape.slice(axis + 1));
      const position = Math.floor(rest / stride);
      rest %= stride;
      return position;
    });
    const place = kept.reduce((sum, axis) => sum * at(shape, axis) + at(index, axis), 0);
    groups[place]?.push(value);
  });
  return groups;
}

function reduceNumbers(kind: Kind, values: readonly number[]): number {
  const sum = (each: readonly number[]): number => each.reduce((total, value) => total + value, 0);
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const results: Readonly<Record<Kind, () => number>> = {
    sum: () => sum(values),
    max: () => most,
    min: () => values.reduce((a, b) => Math.min(a, b), Infinity),
    logSumExp: () => most + Math.log(sum(values.map((value) => Math.exp(value - most)))),
  };
  return results[kind]();
}

/** The reduction of `count` equal numbers. */
function ofRepeated(kind: Kind, value: number, count: number): number {
  const results: Readonly<Record<Kind, number>> = {
    sum: value * count,
    max: value,
    min: value,
    logSumExp: value + Math.log(count),
  };
  return results[kind];
}

function repeated(build: Builder, kind: Kind, x: Node, count: number): Node {
  if (count === 1 || kind === "max" || kind === "min") return x;
  return kind === "sum"
    ? build.multiply(build.constantLike(count, x), x)
    : build.add(x, build.constantLike(Math.log(count), x));
}
