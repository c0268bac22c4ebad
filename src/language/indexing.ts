import { type Node, formatShape } from "../graph/index.ts";
import type { Argument } from "./builtins/builtin.ts";
import { type Place, isOrHas, numeric, shapeOf, toNode } from "./tensors.ts";
import { type ArrayValue, type Value, sayKind, numberValue, tensor } from "./value.ts";

/** The places an index picks along one dimension, from 0; a single number makes the dimension vanish. */
interface Picked {
  readonly positions: readonly number[];
  readonly vanishes: boolean;
}

/** `x[i, j]`: mathjs's indexing, counted from 1. */
export function indexValue(place: Place, object: Argument, dimensions: readonly Argument[]): Value {
  const value = numeric(place, object);
  const shape = shapeOf(value);
  if (dimensions.length !== shape.length) throw wrongRank(place, object, shape, dimensions.length);
  const picks = dimensions.map((dimension, axis) => pick(place, object, dimension, shape, axis));
  const kept = picks.filter(({ vanishes }) => !vanishes).map(({ positions }) => positions.length);
  if (value.kind === "array") return pickKnown(value, picks, kept);
  const node = pickUneven(place, pickEven(place, toNode(place.build, value), picks), picks);
  return tensor(place.build.reshape(node, kept));
}

function wrongRank(place: Place, object: Argument, shape: readonly number[], found: number): Error {
  if (shape.length === 0)
    return place.problem("wrong-index", `${object.label} is a scalar: it has no elements to pick.`);
  const example = ["i", ...shape.slice(1).map(() => ":")].join(", ");
  return place.problem(
    "wrong-index",
    `${object.label} ${isOrHas(shape)}: it takes ${String(shape.length)} ${shape.length === 1 ? "index" : "indices"}, not ${String(found)}.`,
    `write ${object.label}[${example}]`,
  );
}

function pick(
  place: Place,
  object: Argument,
  dimension: Argument,
  shape: readonly number[],
  axis: number,
): Picked {
  const { value, expression } = dimension;
  const extent = shape[axis] ?? 0;
  const numbers =
    value.kind === "number"
      ? [value.value]
      : value.kind === "array" && value.shape.length === 1
        ? value.data
        : undefined;
  if (numbers === undefined) {
    const isLabel = value.kind === "tensor" && value.node.type.element === "integer";
    throw place.problem(
      "wrong-index",
      `An index is a number known when the file is read, or a range of them; ${dimension.label} is ${isLabel ? "a label" : sayKind(value)}.`,
      isLabel ? `write gather(${object.label}, ${dimension.label}) to look up by a label` : undefined,
      expression.span,
    );
  }
  if (numbers.length === 0)
    throw place.problem("wrong-index", "This range is empty.", undefined, expression.span);
  for (const each of numbers) checkInRange(place, object, each, extent, shape, dimension);
  return { positions: numbers.map((each) => each - 1), vanishes: value.kind === "number" };
}

function checkInRange(
  place: Place,
  object: Argument,
  index: number,
  extent: number,
  shape: readonly number[],
  { expression }: Argument,
): void {
  if (!Number.isInteger(index)) {
    throw place.problem(
      "wrong-index",
      `An index is a whole number, not ${String(index)}.`,
      undefined,
      expression.span,
    );
  }
  if (index >= 1 && index <= extent) return;
  const what =
    shape.length === 1
      ? `${object.label} has ${String(extent)} elements`
      : `${object.label} is ${formatShape(shape)}`;
  throw place.problem(
    "index-out-of-range",
    shape.length === 1
      ? `${what}: there is no index ${String(index)}.`
      : `${what}: there is no index ${String(index)} along a dimension of ${String(extent)}.`,
    index === 0
      ? "indices count from 1"
      : `indices go from 1 to ${String(extent)}${index < 0 ? `; to count from the end, write ${fromEnd(index)}` : ""}`,
    expression.span,
  );
}

/** The index that Python writes as a negative number. */
function fromEnd(index: number): string {
  return index === -1 ? "end" : `end - ${String(-index - 1)}`;
}

function pickKnown(value: ArrayValue, picks: readonly Picked[], kept: readonly number[]): Value {
  let offsets = [0];
  picks.forEach(({ positions }, axis) => {
    const stride = value.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
    offsets = offsets.flatMap((offset) => positions.map((position) => offset + position * stride));
  });
  const data = offsets.map((offset) => value.data[offset] ?? NaN);
  return kept.length === 0 ? numberValue(data[0] ?? NaN) : { kind: "array", shape: kept, data };
}

/** The distance between positions that are evenly spaced. */
function stepOf([start = 0, second = start + 1, ...others]: readonly number[]): number | undefined {
  const step = second - start;
  const isEven = step !== 0 && others.every((position, index) => position === start + (index + 2) * step);
  return isEven ? step : undefined;
}

/** One slice for all dimensions whose positions are evenly spaced. */
function pickEven({ build }: Place, node: Node, picks: readonly Picked[]): Node {
  const { shape } = node.type;
  const axes = picks.map(({ positions }, axis) => {
    const step = stepOf(positions);
    return step === undefined
      ? { start: 0, size: shape[axis] ?? 1, step: 1 }
      : { start: positions[0] ?? 0, size: positions.length, step };
  });
  if (axes.every(({ size, step }, axis) => size === shape[axis] && step === 1)) return node;
  return build.apply("slice", [node], {
    starts: axes.map(({ start }) => start),
    sizes: axes.map(({ size }) => size),
    steps: axes.map(({ step }) => step),
  });
}

/** The other dimensions are put together element by element. */
function pickUneven({ build }: Place, node: Node, picks: readonly Picked[]): Node {
  let result = node;
  picks.forEach(({ positions }, axis) => {
    if (stepOf(positions) !== undefined) return;
    const { shape } = result.type;
    const parts = positions.map((position) =>
      build.apply("slice", [result], {
        starts: shape.map((_, each) => (each === axis ? position : 0)),
        sizes: shape.map((extent, each) => (each === axis ? 1 : extent)),
        steps: shape.map(() => 1),
      }),
    );
    result = build.apply("concatenate", parts, { axis });
  });
  return result;
}
