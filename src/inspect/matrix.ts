import { type Node, type NodeOf, type OperationName, recurrenceOf, sizeOf, stepsOf } from "../graph/index.ts";
import { contraction } from "./contraction.ts";
import { operationFormula } from "./elementwise.ts";
import {
  bigSum,
  call,
  drawSymbol,
  equal,
  fence,
  type Formula,
  fraction,
  type Glyph,
  indexed,
  named,
  number,
  numberOf,
  product,
  sum,
  symbol,
  transpose,
} from "./formula.ts";
import { axesSubscript, operandOf } from "./operands.ts";
import { patternOf } from "./pattern.ts";
import { sameWithoutUnits } from "./share.ts";

/** A vector or matrix of ones, where a scalar must be seen to be spread. */
const ones = symbol("𝟏", "\\mathbf{1}");
const square = { open: { text: "[", tex: "\\left[" }, close: { text: "]", tex: "\\right]" } } as const;

type Special = { readonly [K in OperationName]?: (writer: MatrixWriter, node: NodeOf<K>) => Formula };

/**
 * Writes nodes in matrix notation: vectors are columns, juxtaposition is the matrix product, ⊙ the elementwise one, Σ the
 * sum over the samples of the batch. Functions, powers and fractions apply elementwise; scalars spread.
 */
export class MatrixWriter {
  readonly #names: ReadonlyMap<Node, Glyph>;

  /** The number of samples. */
  readonly batchSize: Formula;

  /** The step of a recurrence. */
  readonly step: Formula;

  /** @param names What to call leaves, roots and named parts; everything else is written out. */
  constructor(names: ReadonlyMap<Node, Glyph>, batchSize: Formula, step: Formula) {
    this.#names = names;
    this.batchSize = batchSize;
    this.step = step;
  }

  /** How an elementwise formula mentions the node; spread scalars and numbers stay plain. */
  mention(node: Node): Formula {
    const name = this.#names.get(node);
    return name === undefined ? this.define(node) : { kind: "symbol", glyph: name };
  }

  /** How a formula mentions the node where its shape matters: a spread scalar c is c 𝟏. */
  exact(node: Node): Formula {
    const spread = node.type.shape.length > 0 && isSpreadScalar(node) && !this.#names.has(node);
    if (!spread) return this.mention(node);
    return product("space", this.mention(node), ones);
  }

  /** What a line about the node says to the right of its equals sign. */
  definition(node: Node): Formula {
    const formula = this.define(node);
    const spread = node.type.shape.length > 0 && isSpreadScalar(node);
    return spread && numberOf(formula) !== 0 ? product("space", formula, ones) : formula;
  }

  /**
   * `h[0] = w`: what a recurrence of h starts from, at the step before the first that it has; `v[1] = w` for its delay v, if
   * that is what has the name.
   */
  start(delay: NodeOf<"delay">, name: Formula, isDelay: boolean): Formula {
    const [first, before] = delay.attributes.reverse ? [stepsOf(delay), stepsOf(delay) + 1] : [1, 0];
    const step = number(isDelay ? first : before);
    return equal(indexed(name, [step]), this.exact(recurrenceOf(delay).initial));
  }

  /** The formula that the node stands for. */
  define(node: Node): Formula {
    const pattern = patternOf(node);
    if (pattern !== undefined) {
      const subscript = pattern.kind === "oneHot" ? "" : axesSubscript(pattern.operand, pattern.axes);
      return call(named(pattern.kind), [this.exact(pattern.operand)], subscript);
    }
    // The entry under a node's own operation takes that node; TypeScript cannot relate the two for a union.
    const special = specials[node.operation] as ((writer: MatrixWriter, node: Node) => Formula) | undefined;
    if (special !== undefined) return special(this, node);
    const inputs = node.inputs.map((input) => this.mention(input));
    return operationFormula(node, inputs, this.#joinOf(node));
  }

  /** Single numbers multiply by juxtaposition, and so do things with a number; the rest elementwise. */
  #joinOf({ type, inputs }: Node): "space" | "hadamard" {
    // One with a name of its own is seen as the vector that it is.
    const isNumber = (x: Node): boolean =>
      x.type.shape.length === 0 || (isSpreadScalar(x) && !this.#names.has(x));
    const tensors = inputs.filter((operand) => !isNumber(operand));
    return sizeOf(type.shape) === 1 || tensors.length < 2 ? "space" : "hadamard";
  }
}

function isSpreadScalar(node: Node): boolean {
  if (node.type.shape.length === 0 || node.operation === "constant") return true;
  const [inner] = node.inputs;
  return node.operation === "broadcast" && inner !== undefined && inner.type.shape.length === 0;
}

const specials: Special = {
  constant: (_, { attributes }) => number(attributes.value),
  literal: (_, { attributes, type }) => literalFormula(attributes.data, type.shape),
  iota: (_, { attributes }) => call(named("index"), [], String(attributes.axis + 1)),
  batchSize: (writer) => writer.batchSize,
  step: () => symbol("step", "\\mathrm{step}"),
  delay: (writer, node) => {
    const { next } = recurrenceOf(node);
    const step = sum(writer.step, number(node.attributes.reverse ? 1 : -1));
    return { kind: "indexed", base: writer.exact(next), indices: [step] };
  },
  random: (_, { attributes }) => drawSymbol(attributes.stream),
  broadcast: (writer, node) => spread(writer, node),
  permute: (writer, node) => {
    const operand = writer.exact(operandOf(node));
    const { order } = node.attributes;
    if (order.join() === "1,0") return transpose(operand);
    return call(named("permute"), [operand, list(order.map((axis) => axis + 1))]);
  },
  reshape: (writer, node) => {
    const [from, to] = [operandOf(node).type.shape, node.type.shape];
    const operand = writer.exact(operandOf(node));
    if (sameWithoutUnits(from, to)) return isRow(from) === isRow(to) ? operand : transpose(operand);
    return call(named("reshape"), [operand, list(to)]);
  },
  slice: (writer, node) => {
    const { starts, sizes, steps } = node.attributes;
    const extents = operandOf(node).type.shape;
    const ranges = starts.map((start, axis) =>
      range(start, sizes[axis] ?? 1, steps[axis] ?? 1, extents[axis] ?? 1),
    );
    return { kind: "indexed", base: writer.exact(operandOf(node)), indices: ranges };
  },
  pad: (writer, node) => {
    const { starts, steps, shape, value } = node.attributes;
    const sizes = operandOf(node).type.shape;
    const places = starts.map((start, axis) => {
      const text = rangeText(start, sizes[axis] ?? 1, steps[axis] ?? 1, Infinity);
      return symbol(`${text} of ${shape[axis] ?? 1}`, `${text} \\text{ of } ${shape[axis] ?? 1}`);
    });
    const filling = value === undefined ? [] : [number(value)];
    return call(named("pad"), [writer.exact(operandOf(node)), ...places, ...filling]);
  },
  window: (writer, node) => windows("windows", writer, node, node.attributes.sizes),
  overlapAdd: (writer, node) => windows("overlapAdd", writer, node, node.attributes.extents),
  concatenate: (writer, node) => {
    const parts = node.inputs.map((part) => writer.exact(part));
    if (node.attributes.axis === 0) return fence(square.open, square.close, parts, "; ");
    if (node.attributes.axis === 1) return fence(square.open, square.close, parts, ", ");
    return call(named("concat"), [...parts, number(node.attributes.axis + 1)]);
  },
  gather: (writer, node) => {
    const rest = operandOf(node)
      .type.shape.slice(1)
      .map(() => symbol(":"));
    return {
      kind: "indexed",
      base: writer.exact(operandOf(node)),
      indices: [writer.mention(operandOf(node, 1)), ...rest],
    };
  },
  einsum: contraction,
  reduce: (writer, node) => {
    const { kind, axes } = node.attributes;
    return call(
      named(kind, reduceTex[kind]),
      [writer.exact(operandOf(node))],
      axesSubscript(operandOf(node), axes),
    );
  },
  batchReduce: (writer, node) => {
    const total = bigSum([], writer.exact(operandOf(node)));
    return node.attributes.kind === "sum"
      ? total
      : product("space", fraction(number(1), writer.batchSize), total);
  },
};

const reduceTex = {
  sum: "\\operatorname{sum}",
  max: "\\max",
  min: "\\min",
  logSumExp: "\\operatorname{logSumExp}",
} as const;

function isRow(shape: readonly number[]): boolean {
  return shape.length === 2 && shape[0] === 1 && shape[1] !== 1;
}

function list(values: readonly number[]): Formula {
  return fence(square.open, square.close, values.map(number));
}

export function literalFormula(data: readonly number[], shape: readonly number[]): Formula {
  const row = (values: readonly number[]): Formula[] => values.map(number);
  const columns = shape.length === 2 ? (shape[1] ?? 1) : data.length;
  const rows = Array.from({ length: data.length / columns }, (_, i) =>
    row(data.slice(i * columns, (i + 1) * columns)),
  );
  const [first] = rows;
  if (shape.length === 0 && data[0] !== undefined) return number(data[0]);
  if (rows.length === 1 && first !== undefined) return fence(square.open, square.close, first);
  const texts = rows.map((each) => fence({ text: "", tex: "" }, { text: "", tex: "" }, each));
  return fence(square.open, square.close, texts, "; ");
}

function range(start: number, size: number, step: number, extent: number): Formula {
  return symbol(rangeText(start, size, step, extent));
}

/** As the language writes it: from 1, both ends included; `:` for all. */
function rangeText(start: number, size: number, step: number, extent: number): string {
  const [from, to] = [start + 1, start + (size - 1) * step + 1];
  if (size === extent && step === 1) return ":";
  if (size === 1) return String(from);
  return step === 1 ? `${from}:${to}` : `${from}:${step}:${to}`;
}

/** `windows(x, [5, 5])`, with strides and dilations where there are any. */
function windows(
  name: string,
  writer: MatrixWriter,
  node: NodeOf<"window"> | NodeOf<"overlapAdd">,
  extents: readonly number[],
): Formula {
  const { strides, dilations } = node.attributes;
  const further = [["stride", strides] as const, ["dilation", dilations] as const].flatMap(
    ([word, values]) =>
      values.every((value) => value === 1)
        ? []
        : [symbol(`${word} ${values.join("×")}`, `\\text{${word} ${values.join("×")}}`)],
  );
  return call(named(name), [writer.exact(operandOf(node)), list(extents), ...further]);
}

/** A scalar is only mentioned; a vector along one axis of a matrix is an outer product with ones. */
function spread(writer: MatrixWriter, node: NodeOf<"broadcast">): Formula {
  const operand = operandOf(node);
  const { shape, axes } = node.attributes;
  if (operand.type.shape.length === 0) return writer.mention(operand);
  if (shape.length === 2 && axes.length === 1) {
    const vector = writer.exact(operand);
    return axes[0] === 0
      ? product("space", vector, transpose(ones))
      : product("space", ones, transpose(vector));
  }
  return call(named("broadcast"), [writer.exact(operand), list(shape)]);
}
