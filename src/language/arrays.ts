import { type Node, sameShape } from "../graph/index.ts";
import type { Argument } from "./builtins/builtin.ts";
import { type NumericValue, type Place, isOrHas, numeric, realNode, shapeOf } from "./tensors.ts";
import { type ArrayValue, type NumberValue, type Value, sayKind, tensor } from "./value.ts";

/** Longest `a:b`. */
const longestRange = 1_000_000;

/** `[a, b]`: as in mathjs, the items become the rows of one more dimension. */
export function array(place: Place, items: readonly Argument[]): Value {
  const values = items.map((item) => numeric(place, item));
  const [first] = values;
  if (first === undefined) return { kind: "array", shape: [0], data: [] };
  const shape = shapeOf(first);
  const odd = values.findIndex((value) => !sameShape(shapeOf(value), shape));
  if (odd >= 0) throw unequalItems(place, items, values, odd);
  if (values.every((value): value is NumberValue | ArrayValue => value.kind !== "tensor")) {
    return {
      kind: "array",
      shape: [values.length, ...shape],
      data: values.flatMap((value) => (value.kind === "number" ? [value.value] : value.data)),
    };
  }
  return tensor(
    stack(
      place,
      items.map((item) => realNode(place, item)),
    ),
  );
}

function unequalItems(
  place: Place,
  items: readonly Argument[],
  values: readonly NumericValue[],
  odd: number,
): Error {
  const say = (index: number) => {
    const [item, value] = [items[index], values[index]];
    return item === undefined || value === undefined ? "" : `${item.label} ${isOrHas(shapeOf(value))}`;
  };
  return place.problem(
    "shape-mismatch",
    `The items of an array have one shape, but ${say(0)} and ${say(odd)}.`,
    "write concat(a, b) to put vectors end to end",
    items[odd]?.expression.span,
  );
}

function stack({ build }: Place, nodes: readonly Node[]): Node {
  const rows = nodes.map((node) => build.reshape(node, [1, ...node.type.shape]));
  const [only] = rows;
  return rows.length === 1 && only !== undefined ? only : build.apply("concatenate", rows, { axis: 0 });
}

/** `start:end` or `start:step:end`, both ends included. */
export function range(place: Place, start?: Argument, end?: Argument, step?: Argument): Value {
  const [from, to] = [knownNumber(place, start), knownNumber(place, end)];
  const by = step === undefined ? 1 : knownNumber(place, step);
  if (by === 0) throw place.problem("wrong-index", "A range cannot have step 0.");
  const count = Math.max(0, Math.floor((to - from) / by + 1e-9) + 1);
  if (!(count <= longestRange)) {
    throw place.problem("too-large", `This range has more than ${String(longestRange)} elements.`);
  }
  return {
    kind: "array",
    shape: [count],
    data: Array.from({ length: count }, (_, index) => from + index * by),
    range: { from, step: by },
  };
}

export function knownNumber(place: Place, argument: Argument | undefined): number {
  if (argument?.value.kind === "number") return argument.value.value;
  throw place.problem(
    "not-a-number",
    `${argument?.label ?? "This"} must be a number known when the file is read; it is ${argument === undefined ? "missing" : sayKind(argument.value)}.`,
    undefined,
    argument?.expression.span,
  );
}
