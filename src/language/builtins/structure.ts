import { type Node, sameShape, sizeOf } from "../../graph/index.ts";
import { knownNumber } from "../arrays.ts";
import { isOrHas, numeric, nodeOf, realNode, requireReal, sayShape, shapeOf } from "../tensors.ts";
import { type Value, numberValue, tensor } from "../value.ts";
import { type Argument, type Builtin, type Call, builtin, flexible } from "./builtin.ts";
import { shapeArgument } from "./shapes.ts";

const reshape = builtin("reshape", "reshape(x, [rows, columns])", (call, x, shape) => {
  const node = nodeOf(call, x);
  const wanted = shapeArgument(call, shape, true);
  const size = sizeOf(node.type.shape);
  const rest = wanted.filter((extent) => extent !== -1).reduce((product, extent) => product * extent, 1);
  const full = wanted.map((extent) => (extent === -1 ? size / rest : extent));
  if (full.every(Number.isInteger) && sizeOf(full) === size) return tensor(call.build.reshape(node, full));
  throw call.problem(
    "shape-mismatch",
    `${x.label} ${sayCount(node.type.shape)} not fill ${wanted.map((each) => (each === -1 ? "?" : String(each))).join("×")}.`,
    `write extents whose product is ${String(size)}, or -1 for one of them`,
  );
});

/** `ofRank(x, [1, 2])` is x, which must be a vector or a matrix: what a function of the prelude takes, said in its user's words. */
const ofRank = builtin("ofRank", "ofRank(x, [1, 2])", (call, x, ranks) => {
  const shape = shapeOf(numeric(call, x));
  const allowed = shapeArgument(call, ranks);
  if (allowed.includes(shape.length)) return x.value;
  const expected = allowed.map(
    (rank) => ["", "a vector", "a matrix"][rank] ?? `an array of ${String(rank)} dimensions`,
  );
  throw call.problem(
    "wrong-argument",
    `${x.label} ${isOrHas(shape)}, where ${expected.join(" or ")} should stand.`,
    rankHint(x, shape, allowed),
  );
});

/** How to bring x to one of the ranks that are allowed. */
function rankHint({ value, label }: Argument, shape: readonly number[], allowed: readonly number[]): string {
  const rank = shape.length;
  const isLabel = value.kind === "tensor" && value.node.type.element === "integer";
  if (isLabel && allowed.includes(rank + 1))
    return `write embedding(${label}, width) for a row of numbers an id`;
  if (rank === 0 && allowed.includes(1)) return `write [${label}] for a vector of one element`;
  const least = Math.min(...allowed);
  if (rank >= least) return `write reshape(${label}, …)${allowed.includes(1) ? ` or flatten(${label})` : ""}`;
  if (least === 2) return `write reshape(${label}, [rows, columns]), with -1 for what follows from the rest`;
  return `write reshape(${label}, [${[...Array.from({ length: least - rank }, () => 1), ...shape].join(", ")}])`;
}

/** `has 4 elements, which do`, `is 2×2, 4 numbers in all, which do`, `is a scalar, which does` */
function sayCount(shape: readonly number[]): string {
  const size = sizeOf(shape);
  const total = shape.length < 2 ? "" : `, ${String(size)} number${size === 1 ? "" : "s"} in all`;
  return `${isOrHas(shape)}${total}, which ${size === 1 ? "does" : "do"}`;
}

const flatten = builtin("flatten", "flatten(x)", (call, x) => {
  const node = nodeOf(call, x);
  return tensor(call.build.reshape(node, [sizeOf(node.type.shape)]));
});

/** As in mathjs along the last dimension, or along the one that a last plain number names. */
const concat: Builtin = {
  name: "concat",
  usage: "concat(a, b, …) or concat(a, b, …, dimension)",
  minimum: 1,
  maximum: Infinity,
  apply: (call) => {
    const known = call.arguments.map(({ value }) =>
      value.kind === "array" && value.shape.length === 1 ? value.data : undefined,
    );
    if (known.every((data) => data !== undefined)) {
      const data = known.flat();
      return { kind: "array", shape: [data.length], data };
    }
    const last = call.arguments.at(-1);
    const hasDimension = call.arguments.length > 1 && last?.value.kind === "number";
    const operands = hasDimension ? call.arguments.slice(0, -1) : call.arguments;
    const nodes = operands.map((operand) => realNode(call, operand));
    const shape = nodes[0]?.type.shape ?? [];
    const axis = (hasDimension ? knownNumber(call, last) : shape.length) - 1;
    checkConcat(call, operands, nodes, axis);
    const [only] = nodes;
    return tensor(
      nodes.length === 1 && only !== undefined ? only : call.build.apply("concatenate", nodes, { axis }),
    );
  },
};

function checkConcat(call: Call, operands: readonly Argument[], nodes: readonly Node[], axis: number): void {
  const shape = nodes[0]?.type.shape ?? [];
  const first = operands[0]?.label ?? "";
  if (shape.length === 0) {
    throw call.problem(
      "shape-mismatch",
      `${first} is a scalar, which cannot be put end to end with others.`,
      "write [a, b] to make a vector of scalars",
    );
  }
  if (!(axis in shape)) {
    throw call.problem(
      "index-out-of-range",
      `${first} ${isOrHas(shape)}: there is no dimension ${String(axis + 1)}.`,
      `dimensions go from 1 to ${String(shape.length)}`,
    );
  }
  const without = (each: readonly number[]) => each.filter((_, k) => k !== axis);
  const odd = nodes.findIndex(
    (node) => node.type.shape.length !== shape.length || !sameShape(without(node.type.shape), without(shape)),
  );
  if (odd < 0) return;
  throw call.problem(
    "shape-mismatch",
    `${first} ${isOrHas(shape)} but ${operands[odd]?.label ?? ""} ${isOrHas(nodes[odd]?.type.shape ?? [])}: they can differ only along dimension ${String(axis + 1)}.`,
    "give them as many dimensions, and one size in all others",
  );
}

const dot = builtin("dot", "dot(a, b)", (call, a, b) => {
  const nodes = [realNode(call, a), realNode(call, b)] as const;
  const [m, n] = [nodes[0].type.shape, nodes[1].type.shape];
  if (sameShape(m, n) && m.length === 1) return tensor(call.build.einsum("a,a->", nodes[0], nodes[1]));
  throw call.problem(
    "shape-mismatch",
    `${a.label} ${isOrHas(m)} and ${b.label} ${isOrHas(n)}: dot takes two vectors of one length.`,
    m.length === 1 && n.length === 1
      ? "change the length of one of them"
      : "write * for the product of matrices",
  );
});

const outer = builtin("outer", "outer(a, b)", (call, a, b) => {
  const nodes = [realNode(call, a), realNode(call, b)] as const;
  const [m, n] = [nodes[0].type.shape, nodes[1].type.shape];
  if (m.length === 1 && n.length === 1) return tensor(call.build.einsum("a,b->ab", nodes[0], nodes[1]));
  throw call.problem(
    "shape-mismatch",
    `${a.label} ${isOrHas(m)} and ${b.label} ${isOrHas(n)}: outer takes two vectors.`,
    "write reshape(x, [n]) to make a vector of all its elements",
  );
});

const transpose = builtin("transpose", "transpose(x)", (call, x) => {
  const node = nodeOf(call, x);
  if (node.type.shape.length === 2) return tensor(call.build.apply("permute", [node], { order: [1, 0] }));
  throw call.problem(
    "shape-mismatch",
    `${x.label} ${isOrHas(node.type.shape)}: only a matrix can be transposed.`,
    "write outer(x, y) for the outer product of vectors, or bring it to two dimensions with reshape",
  );
});

const size = builtin("size", "size(x)", (call, x): Value => {
  const shape = shapeOf(numeric(call, x));
  return { kind: "array", shape: [shape.length], data: shape };
});

const rank = builtin("rank", "rank(x)", (call, x) => numberValue(shapeOf(numeric(call, x)).length));

const count = builtin("count", "count(x)", (call, x) => numberValue(sizeOf(shapeOf(numeric(call, x)))));

function filled(name: string, value: number): Builtin {
  return builtin(name, `${name}([rows, columns])`, (call, shape) =>
    tensor(call.build.constant(value, shapeArgument(call, shape))),
  );
}

const isLabel = builtin("isLabel", "isLabel(t)", (_call, t) => ({
  kind: "boolean",
  value: t.value.kind === "tensor" && t.value.node.type.element === "integer",
}));

const isCondition = builtin("isCondition", "isCondition(x)", (_call, x) => ({
  kind: "boolean",
  value: x.value.kind === "boolean" || (x.value.kind === "tensor" && x.value.node.type.element === "boolean"),
}));

/** How many values a label or an id can take. */
const categories = builtin("categories", "categories(label)", (call, label) =>
  numberValue(categoriesOf(labelNode(call, label)) ?? 0),
);

const toReal = builtin("toReal", "toReal(label)", (call, label) =>
  tensor(call.build.apply("toReal", [labelNode(call, label)], {})),
);

const oneHot = flexible("oneHot", "oneHot(label, n)", (call, label, n) => {
  const { build } = call;
  const node = labelNode(call, label);
  const categories = categoriesOf(node);
  const extent = n === undefined ? categories : knownNumber(call, n);
  if (extent === undefined || !Number.isInteger(extent) || extent < 1) {
    throw call.problem(
      "wrong-argument",
      "oneHot needs a positive whole number of categories.",
      "write oneHot(label, n)",
      n?.expression.span,
    );
  }
  checkCategories(call, label, categories, [extent], "the one-hot vector");
  const shape = [...node.type.shape, extent];
  const position = build.apply("toReal", [build.iota(shape, shape.length - 1)], {});
  const own = node.type.shape.map((_, axis) => axis);
  const isHit = build.apply(
    "equal",
    [position, build.broadcast(build.apply("toReal", [node], {}), shape, own)],
    {},
  );
  return tensor(build.select(isHit, build.constant(1, shape), build.constant(0, shape)));
});

const gather = builtin("gather", "gather(table, ids)", (call, table, ids) => {
  const rows = realNode(call, table);
  const indices = labelNode(call, ids);
  const [extent] = rows.type.shape;
  if (extent === undefined)
    throw call.problem(
      "shape-mismatch",
      `${table.label} is a scalar: it has no rows to look up.`,
      "look up in a vector or a matrix with one row a category",
    );
  checkCategories(call, ids, categoriesOf(indices), rows.type.shape, table.label);
  return tensor(call.build.apply("gather", [rows, indices], {}));
});

function checkCategories(
  call: Call,
  label: Argument,
  categories: number | undefined,
  shape: readonly number[],
  table: string,
): void {
  const [extent = 0] = shape;
  if (categories === undefined || categories === extent) return;
  const isVector = shape.length === 1;
  const size = isVector ? sayShape(shape) : `${String(extent)} row${extent === 1 ? "" : "s"}`;
  throw call.problem(
    "category-mismatch",
    `${label.label} has ${String(categories)} categories but ${table} has ${size}.`,
    `declare ${label.label} with {categories: ${String(extent)}}, or ${isVector ? `make the other ${String(categories)} long` : `give ${table} ${String(categories)} rows`}`,
  );
}

function labelNode(call: Call, argument: Argument): Node {
  const node = nodeOf(call, argument);
  if (node.type.element === "integer") return node;
  if (node.type.element === "boolean") requireReal(call, argument, node);
  throw call.problem(
    "wrong-argument",
    `${argument.label} holds real numbers, where class labels or ids should stand.`,
    "declare them as input([n], {categories: k}) or target({categories: k})",
    argument.expression.span,
  );
}

/** How many values a label can take, seen through views. */
function categoriesOf(node: Node): number | undefined {
  let leaf: Node | undefined = node;
  while (leaf !== undefined && leaf.operation !== "input") leaf = leaf.inputs[0];
  return leaf?.attributes.categories;
}

export const structureBuiltins: readonly Builtin[] = [
  reshape,
  flatten,
  ofRank,
  concat,
  dot,
  outer,
  transpose,
  size,
  rank,
  count,
  filled("zeros", 0),
  filled("ones", 1),
  isLabel,
  isCondition,
  categories,
  toReal,
  oneHot,
  gather,
];
