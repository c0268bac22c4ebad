import type { Node } from "../../graph/index.ts";
import { elementwise } from "../arithmetic.ts";
import { knownNumber } from "../arrays.ts";
import { optionsOf } from "../options.ts";
import { Spoilt } from "../problem.ts";
import { isOrHas, numeric, realNode } from "../tensors.ts";
import { type Value, numberValue, tensor } from "../value.ts";
import { type Argument, type Builtin, type Call, builtin, flexible } from "./builtin.ts";

type Reducer = (call: Call, node: Node, axes: readonly number[]) => Node;

/** `sum(x)` over everything, `sum(x, 1)` along one dimension, which vanishes, `sum(x, [1, 3])` along several. */
function reduction(name: string, reduce: Reducer, known?: (data: readonly number[]) => number): Builtin {
  const usage = `${name}(x, dimension), or ${name}(x, {dimension: 1})`;
  const result = flexible(name, usage, (call, x, second) => {
    const value = numeric(call, x);
    const dimension = second?.value.kind === "object" ? dimensionOption(call, second) : second;
    if (value.kind === "array" && value.data.length > 0 && dimension === undefined && known !== undefined)
      return numberValue(known(value.data));
    const node = realNode(call, x);
    return tensor(reduce(call, node, axesOf(call, x, node, dimension)));
  });
  return { ...result, options: ["dimension"] };
}

/** The dimension in `{dimension: 1}`. */
function dimensionOption(call: Call, options: Argument): Argument | undefined {
  const dimension = optionsOf(call, options, ["dimension"]).get("dimension");
  if (dimension?.value.kind === "poison") throw new Spoilt();
  return dimension && { ...options, value: dimension.value };
}

function axesOf(call: Call, x: Argument, node: Node, dimension: Argument | undefined): readonly number[] {
  const rank = node.type.shape.length;
  if (dimension === undefined) return node.type.shape.map((_, axis) => axis);
  const { value, label } = dimension;
  const wanted = value.kind === "array" ? value.data : [knownNumber(call, dimension)];
  const odd = wanted.find((each) => !(Number.isInteger(each) && each >= 1 && each <= rank));
  if (odd !== undefined) {
    throw call.problem(
      "index-out-of-range",
      `${x.label} ${isOrHas(node.type.shape)}: there is no dimension ${String(odd)}.`,
      rank === 0 ? undefined : `dimensions go from 1 to ${String(rank)}`,
      dimension.expression.span,
    );
  }
  if (new Set(wanted).size < wanted.length) {
    throw call.problem(
      "wrong-argument",
      `A dimension stands twice in ${label}.`,
      "write each dimension once",
      dimension.expression.span,
    );
  }
  return wanted.map((each) => each - 1).sort((a, b) => a - b);
}

function along(kind: "sum" | "max" | "min" | "logSumExp"): Reducer {
  return ({ build }, node, axes) =>
    axes.length === 0 ? node : build.apply("reduce", [node], { kind, axes });
}

function count(node: Node, axes: readonly number[]): number {
  return axes.reduce((product, axis) => product * (node.type.shape[axis] ?? 1), 1);
}

const mean: Reducer = ({ build }, node, axes) => {
  const sum = build.sum(node, axes);
  const size = count(node, axes);
  return size === 1 ? sum : build.divide(sum, build.constantLike(size, sum));
};

/** By halving, so that the derivative needs no division and is right where elements are zero. */
const product: Reducer = (call, node, axes) => {
  const { build } = call;
  const rank = node.type.shape.length;
  if (axes.length > 1 && axes.length === rank)
    return product(call, build.reshape(node, [count(node, axes)]), [0]);
  if (axes.length > 1) return axes.reduceRight((rest, axis) => product(call, rest, [axis]), node);
  let result = node;
  for (const axis of axes) {
    while ((result.type.shape[axis] ?? 1) > 1) {
      const extent = result.type.shape[axis] ?? 1;
      const half = Math.floor(extent / 2);
      const part = (start: number, size: number) => sliceAxis(build, result, axis, start, size);
      const pairs = build.multiply(part(0, half), part(half, half));
      result = extent % 2 === 0 ? pairs : build.apply("concatenate", [pairs, part(extent - 1, 1)], { axis });
    }
  }
  return build.reshape(
    result,
    node.type.shape.filter((_, axis) => !axes.includes(axis)),
  );
};

function sliceAxis(build: Call["build"], node: Node, axis: number, start: number, size: number): Node {
  const { shape } = node.type;
  return build.apply("slice", [node], {
    starts: shape.map((_, each) => (each === axis ? start : 0)),
    sizes: shape.map((extent, each) => (each === axis ? size : extent)),
    steps: shape.map(() => 1),
  });
}

/** With one argument the extreme of its elements (`{dimension: 1}` along one); with more, elementwise. */
function extreme(name: "max" | "min", operation: "maximum" | "minimum"): Builtin {
  const reduce = reduction(name, along(name), (data) =>
    name === "max"
      ? data.reduce((a, b) => Math.max(a, b), -Infinity)
      : data.reduce((a, b) => Math.min(a, b), Infinity),
  );
  return {
    name,
    usage: `${name}(x), ${name}(x, {dimension: 1}) or ${name}(a, b)`,
    minimum: 1,
    maximum: 16,
    options: ["dimension"],
    apply: (call) => {
      const [first, second] = call.arguments;
      if (first === undefined || second === undefined) return reduce.apply(call);
      if (second.value.kind === "object") {
        const dimension = dimensionOption(call, second);
        return reduce.apply({ ...call, arguments: dimension === undefined ? [first] : [first, dimension] });
      }
      return call.arguments.reduce((all, each) => ({
        ...all,
        value: elementwise(call, operation, all, each),
      })).value;
    },
  };
}

/** The p-norm of a vector; of a matrix, `norm(A, "fro")`. */
const norm = flexible("norm", "norm(x, p)", (call, x, p) => {
  const node = realNode(call, x);
  const axes = node.type.shape.map((_, axis) => axis);
  const { build } = call;
  const isFrobenius = p?.value.kind === "string" && p.value.value === "fro";
  if (node.type.shape.length >= 2 && !isFrobenius) {
    throw call.problem(
      "wrong-argument",
      `${x.label} ${isOrHas(node.type.shape)}: mathjs's norm of a matrix is its largest singular value, which is not available here.`,
      `write norm(${x.label}, "fro") for the root of the sum of squares`,
    );
  }
  const degree = p === undefined || isFrobenius ? 2 : knownNumber(call, p);
  const magnitude = build.apply("abs", [node], {});
  if (degree === 1) return tensor(build.sum(magnitude, axes));
  if (degree === Infinity) return tensor(along("max")(call, magnitude, axes));
  if (degree === 2) return tensor(build.apply("sqrt", [build.sum(build.multiply(node, node), axes)], {}));
  if (!(degree > 0))
    throw call.problem(
      "wrong-argument",
      `The norm of degree ${String(degree)} is not defined.`,
      "write a p of at least 1",
      p?.expression.span,
    );
  const powers = build.apply("power", [magnitude, build.constantLike(degree, node)], {});
  const sum = build.sum(powers, axes);
  return tensor(build.apply("power", [sum, build.constant(1 / degree)], {}));
});

function overBatch(name: "batchSum" | "batchMean"): Builtin {
  return builtin(name, `${name}(x)`, (call, x): Value => tensor(call.build[name](realNode(call, x))));
}

const total = (data: readonly number[]) => data.reduce((sum, each) => sum + each, 0);

export const reductionBuiltins: readonly Builtin[] = [
  reduction("sum", along("sum"), total),
  reduction("mean", mean, (data) => total(data) / data.length),
  reduction("prod", product, (data) => data.reduce((all, each) => all * each, 1)),
  reduction("logSumExp", along("logSumExp")),
  extreme("max", "maximum"),
  extreme("min", "minimum"),
  norm,
  overBatch("batchSum"),
  overBatch("batchMean"),
];
