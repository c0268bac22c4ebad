import { type Node, sameShape } from "../graph/index.ts";
import type { Argument } from "./builtins/builtin.ts";
import type { BinaryOperator, ComparisonOperator } from "./syntax.ts";
import {
  broadcastShapes,
  isOrHas,
  nodeOf,
  numeric,
  parameterHint,
  type Place,
  realNode,
  requireReal,
  shapeOf,
  spread,
  commonShape,
  unify,
} from "./tensors.ts";
import { type ArrayValue, type NumberValue, type Value, arrayLike, numberValue, tensor } from "./value.ts";

type ElementwiseName = "add" | "subtract" | "multiply" | "divide" | "power" | "maximum" | "minimum";

const scalarMeaning: Readonly<Record<ElementwiseName, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  power: (a, b) => a ** b,
  maximum: (a, b) => Math.max(a, b),
  minimum: (a, b) => Math.min(a, b),
};

/** `a op b`, elementwise; what is known now is computed now. */
export function elementwise(
  place: Place,
  operation: ElementwiseName,
  left: Argument,
  right: Argument,
): Value {
  const a = numeric(place, left);
  const b = numeric(place, right);
  if (a.kind !== "tensor" && b.kind !== "tensor") {
    const folded = fold(scalarMeaning[operation], a, b);
    if (folded !== undefined) return folded;
  }
  return tensor(place.build.apply(operation, unify(place, [left, right]), {}));
}

/** Elementwise on numbers known now, where both shapes are equal or one is a scalar. */
function fold(
  meaning: (a: number, b: number) => number,
  a: NumberValue | ArrayValue,
  b: NumberValue | ArrayValue,
): Value | undefined {
  if (a.kind === "number" && b.kind === "number") return numberValue(meaning(a.value, b.value));
  if (a.kind === "array" && b.kind === "number") return arrayLike(a, (each) => meaning(each, b.value));
  if (a.kind === "number" && b.kind === "array") return arrayLike(b, (each) => meaning(a.value, each));
  if (a.kind === "array" && b.kind === "array" && a.shape.join() === b.shape.join()) {
    return arrayLike(a, (each, index) => meaning(each, b.data[index] ?? NaN));
  }
  return undefined;
}

export function binary(place: Place, operator: BinaryOperator, left: Argument, right: Argument): Value {
  return binaryTable[operator](place, left, right);
}

const binaryTable: Readonly<
  Record<BinaryOperator, (place: Place, left: Argument, right: Argument) => Value>
> = {
  "+": (place, left, right) => elementwise(place, "add", left, right),
  "-": (place, left, right) => elementwise(place, "subtract", left, right),
  "*": product,
  ".*": (place, left, right) => elementwise(place, "multiply", left, right),
  "/": quotient,
  "./": (place, left, right) => elementwise(place, "divide", left, right),
  "^": power,
  ".^": (place, left, right) => elementwise(place, "power", left, right),
  and: (place, left, right) => logical(place, "and", left, right),
  or: (place, left, right) => logical(place, "or", left, right),
  xor: (place, left, right) => {
    const either = logical(place, "or", left, right);
    const both = negation(place, { ...left, value: logical(place, "and", left, right) });
    return logical(place, "and", { ...left, value: either }, { ...right, value: both });
  },
};

/** How the axes of a product are contracted, by the ranks of its sides. */
const productSpecifications: Readonly<Record<string, string>> = {
  "1,1": "a,a->",
  "2,1": "ab,b->a",
  "1,2": "a,ab->b",
  "2,2": "ab,bc->ac",
};

/** mathjs's `*`: of two vectors the dot product, of matrices the matrix product, with a scalar elementwise. */
function product(place: Place, left: Argument, right: Argument): Value {
  const a = numeric(place, left);
  const b = numeric(place, right);
  const [m, n] = [shapeOf(a), shapeOf(b)];
  if (m.length === 0 || n.length === 0) return elementwise(place, "multiply", left, right);
  const specification = productSpecifications[`${String(m.length)},${String(n.length)}`];
  if (specification === undefined) {
    throw place.problem(
      "shape-mismatch",
      `${left.label} ${isOrHas(m)} and ${right.label} ${isOrHas(n)}: * multiplies scalars, vectors and matrices.`,
      "write .* for the elementwise product, or reshape them first",
    );
  }
  const nodes = [realNode(place, left), realNode(place, right)] as const;
  if (m.at(-1) !== n[0]) {
    throw place.problem(
      "shape-mismatch",
      `${left.label} ${isOrHas(m)} but ${right.label} ${isOrHas(n)}: the inner sizes ${String(m.at(-1))} and ${String(n[0])} differ.`,
      productHint(nodes[0], nodes[1]),
    );
  }
  return tensor(place.build.einsum(specification, nodes[0], nodes[1]));
}

function productHint(left: Node, right: Node): string | undefined {
  const [m, n] = [left.type.shape, right.type.shape];
  if (sameShape(m, n)) return "write .* for the elementwise product";
  const bending = parameterHint([
    { node: left, shape: [...m.slice(0, -1), n[0] ?? 1] },
    { node: right, shape: [m.at(-1) ?? 1, ...n.slice(1)] },
  ]);
  if (bending !== undefined) return bending;
  return broadcastShapes(m, n) === undefined ? undefined : "write .* for the elementwise product";
}

function quotient(place: Place, left: Argument, right: Argument): Value {
  const divisor = shapeOf(numeric(place, right));
  if (divisor.length > 0) {
    throw place.problem(
      "matrix-division",
      `${right.label} ${isOrHas(divisor)}: dividing by it with / would mean multiplying by its inverse.`,
      "write ./ to divide elementwise",
    );
  }
  return elementwise(place, "divide", left, right);
}

function power(place: Place, left: Argument, right: Argument): Value {
  for (const side of [left, right]) {
    const shape = shapeOf(numeric(place, side));
    if (shape.length > 0) {
      throw place.problem(
        "matrix-power",
        `${side.label} ${isOrHas(shape)}, and ^ is the power of scalars.`,
        "write .^ for the power of each element",
      );
    }
  }
  return elementwise(place, "power", left, right);
}

export function negate(place: Place, operand: Argument): Value {
  const value = numeric(place, operand);
  if (value.kind === "number") return numberValue(-value.value);
  if (value.kind === "array") return arrayLike(value, (each) => -each);
  return tensor(place.build.negate(realNode(place, operand)));
}

type ComparisonName = "less" | "lessEqual" | "greater" | "greaterEqual" | "equal" | "notEqual";

const comparisonNames: Readonly<Record<ComparisonOperator, ComparisonName>> = {
  "<": "less",
  "<=": "lessEqual",
  ">": "greater",
  ">=": "greaterEqual",
  "==": "equal",
  "!=": "notEqual",
};

const comparisonMeaning: Readonly<
  Record<ComparisonName, (a: number | string | boolean, b: number | string | boolean) => boolean>
> = {
  less: (a, b) => a < b,
  lessEqual: (a, b) => a <= b,
  greater: (a, b) => a > b,
  greaterEqual: (a, b) => a >= b,
  equal: (a, b) => a === b,
  notEqual: (a, b) => a !== b,
};

export function compare(place: Place, operator: ComparisonOperator, left: Argument, right: Argument): Value {
  const [a, b] = [left.value, right.value];
  const name = comparisonNames[operator];
  const isPlain = (value: Value) =>
    value.kind === "number" || value.kind === "string" || value.kind === "boolean";
  if (isPlain(a) && isPlain(b) && a.kind === b.kind) {
    return { kind: "boolean", value: comparisonMeaning[name](a.value, b.value) };
  }
  const nodes = [left, right].map((side) => comparable(place, side));
  const shape = commonShape(place, [left, right], nodes);
  return tensor(
    place.build.apply(
      name,
      nodes.map((node) => spread(place.build, node, shape)),
      {},
    ),
  );
}

/** Labels may be compared with numbers; nothing else may be done to them. */
function comparable(place: Place, argument: Argument): Node {
  const node = nodeOf(place, argument);
  if (node.type.element === "integer") return place.build.apply("toReal", [node], {});
  requireReal(place, argument, node);
  return node;
}

export function logical(place: Place, operation: "and" | "or", left: Argument, right: Argument): Value {
  const [a, b] = [left.value, right.value];
  if (a.kind === "boolean" && b.kind === "boolean") {
    return { kind: "boolean", value: operation === "and" ? a.value && b.value : a.value || b.value };
  }
  // One side is known now: it decides, or leaves the other.
  if (a.kind === "boolean") return a.value === (operation === "and") ? truth(place, right) : a;
  if (b.kind === "boolean") return b.value === (operation === "and") ? truth(place, left) : b;
  const nodes = [left, right].map((side) => truthNode(place, side));
  const shape = commonShape(place, [left, right], nodes);
  return tensor(
    place.build.apply(
      operation,
      nodes.map((node) => spread(place.build, node, shape)),
      {},
    ),
  );
}

export function negation(place: Place, operand: Argument): Value {
  if (operand.value.kind === "boolean") return { kind: "boolean", value: !operand.value.value };
  return tensor(place.build.apply("not", [truthNode(place, operand)], {}));
}

function truth(place: Place, argument: Argument): Value {
  return tensor(truthNode(place, argument));
}

/** The node of a condition. */
export function truthNode(place: Place, argument: Argument): Node {
  const { value, label, expression } = argument;
  if (value.kind === "tensor" && value.node.type.element === "boolean") return value.node;
  throw place.problem(
    "wrong-condition",
    `${label} is not a condition: it is neither true nor false.`,
    "compare it with something, as in x > 0",
    expression.span,
  );
}

/** `condition ? a : b`, elementwise. Known conditions are the evaluator's business. */
export function choose(place: Place, condition: Argument, a: Argument, b: Argument): Value {
  const test = truthNode(place, condition);
  const operands = [realNode(place, a), realNode(place, b)];
  const shape = commonShape(place, [condition, a, b], [test, ...operands]);
  const [chosen, left, right] = [test, ...operands].map((node) => spread(place.build, node, shape));
  return tensor(place.build.apply("select", [chosen, left, right] as Node[], {})); // three in, three out
}
