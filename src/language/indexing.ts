import { type Node, formatShape } from "../graph/index.ts";
import type { Argument } from "./builtins/builtin.ts";
import { type Place, numeric, shapeOf, toNode } from "./tensors.ts";
import { type ArrayValue, type Value, kindNames, numberValue, tensor } from "./value.ts";

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
  let node = toNode(place.build, value);
  picks.forEach(({ positions }, axis) => {
    node = pickAxis(place, node, axis, positions);
  });
  return tensor(place.build.reshape(node, kept));
}

function wrongRank(place: Place, object: Argument, shape: readonly number[], found: number): Error {
  if (shape.length === 0)
    return place.problem("wrong-index", `${object.label} is a scalar: it has no elements to pick.`);
  const example = ["i", ...shape.slice(1).map(() => ":")].join(", ");
  return place.problem(
    "wrong-index",
    `${object.label} is ${formatShape(shape)}: it takes ${String(shape.length)} ${shape.length === 1 ? "index" : "indices"}, not ${String(found)}.`,
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
      `An index is a number known when the file is read, or a range of them; ${dimension.label} is ${isLabel ? "a label" : kindNames[value.kind]}.`,
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
    `${what}: there is no index ${String(index)} along a dimension of ${String(extent)}.`,
    index === 0 ? "indices count from 1" : `indices go from 1 to ${String(extent)}`,
    expression.span,
  );
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

/** Evenly spaced positions are one slice; others are put together from several. */
function pickAxis({ build }: Place, node: Node, axis: number, positions: readonly number[]): Node {
  const [start = 0, second = start + 1] = positions;
  const step = second - start;
  const even = step !== 0 && positions.every((position, index) => position === start + index * step);
  if (!even) {
    const parts = positions.map((position) => pickAxis({ build } as Place, node, axis, [position])); // only builds
    return build.apply("concatenate", parts, { axis });
  }
  if (step === 1 && positions.length === node.type.shape[axis]) return node;
  const along = (own: number, other: (extent: number) => number) =>
    node.type.shape.map((extent, each) => (each === axis ? own : other(extent)));
  return build.apply("slice", [node], {
    starts: along(start, () => 0),
    sizes: along(positions.length, (extent) => extent),
    steps: along(step, () => 1),
  });
}
