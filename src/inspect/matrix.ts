import { invariant } from "../diagnostics/index.ts";
import { type Node, type NodeOf, type OperationName, sizeOf } from "../graph/index.ts";
import { parseSpecification, summedLetters } from "../operations/index.ts";
import { operationFormula } from "./elementwise.ts";
import {
  bigSum,
  call,
  fence,
  type Formula,
  fraction,
  type Glyph,
  named,
  number,
  numberOf,
  product,
  symbol,
  transpose,
} from "./formula.ts";
import { patternOf } from "./pattern.ts";
import { sameWithoutUnits } from "./share.ts";

/** A vector or matrix of ones, where a scalar must be seen to be spread. */
const ones = symbol("𝟏", "\\mathbf{1}");
const angle = { open: { text: "⟨", tex: "\\langle " }, close: { text: "⟩", tex: " \\rangle" } } as const;
const square = { open: { text: "[", tex: "\\left[" }, close: { text: "]", tex: "\\right]" } } as const;
const axisSum = named("sum");

type Special = { readonly [K in OperationName]?: (writer: MatrixWriter, node: NodeOf<K>) => Formula };

/**
 * Writes nodes in matrix notation: vectors are columns, juxtaposition is the matrix product, ⊙ the elementwise one, Σ the
 * sum over the samples of the batch. Functions, powers and fractions apply elementwise; scalars spread.
 */
export class MatrixWriter {
  readonly #names: ReadonlyMap<Node, Glyph>;

  /** The number of samples. */
  readonly batchSize: Formula;

  /** @param names What to call leaves, roots and named parts; everything else is written out. */
  constructor(names: ReadonlyMap<Node, Glyph>, batchSize: Formula) {
    this.#names = names;
    this.batchSize = batchSize;
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
    const tensors = inputs.filter((operand) => !isSpreadScalar(operand));
    return sizeOf(type.shape) === 1 || tensors.length < 2 ? "space" : "hadamard";
  }
}

function isSpreadScalar(node: Node): boolean {
  if (node.type.shape.length === 0 || node.operation === "constant") return true;
  const [inner] = node.inputs;
  return node.operation === "broadcast" && inner !== undefined && inner.type.shape.length === 0;
}

function input(node: Node, position = 0): Node {
  const found = node.inputs[position];
  invariant(found !== undefined, `${node.operation} has an operand ${position}`);
  return found;
}

/** `₁`: the reduced axes, counted from 1, unless all are. */
function axesSubscript(operand: Node, axes: readonly number[]): string {
  return axes.length === operand.type.shape.length ? "" : axes.map((axis) => axis + 1).join(",");
}

const specials: Special = {
  constant: (_, { attributes }) => number(attributes.value),
  literal: (_, { attributes, type }) => literalFormula(attributes.data, type.shape),
  iota: (_, { attributes }) => call(named("index"), [], String(attributes.axis + 1)),
  batchSize: (writer) => writer.batchSize,
  step: () => symbol("step", "\\mathrm{step}"),
  broadcast: (writer, node) => spread(writer, node),
  permute: (writer, node) => {
    const operand = writer.exact(input(node));
    const { order } = node.attributes;
    if (order.join() === "1,0") return transpose(operand);
    return call(named("permute"), [operand, list(order.map((axis) => axis + 1))]);
  },
  reshape: (writer, node) => {
    const [from, to] = [input(node).type.shape, node.type.shape];
    const operand = writer.exact(input(node));
    if (sameWithoutUnits(from, to)) return isRow(from) === isRow(to) ? operand : transpose(operand);
    return call(named("reshape"), [operand, list(to)]);
  },
  slice: (writer, node) => {
    const { starts, sizes, steps } = node.attributes;
    const extents = input(node).type.shape;
    const ranges = starts.map((start, axis) =>
      range(start, sizes[axis] ?? 1, steps[axis] ?? 1, extents[axis] ?? 1),
    );
    return { kind: "indexed", base: writer.exact(input(node)), indices: ranges };
  },
  pad: (writer, node) => {
    const { starts, steps, shape } = node.attributes;
    const sizes = input(node).type.shape;
    const places = starts.map((start, axis) => {
      const text = rangeText(start, sizes[axis] ?? 1, steps[axis] ?? 1, Infinity);
      return symbol(`${text} of ${shape[axis] ?? 1}`, `${text} \\text{ of } ${shape[axis] ?? 1}`);
    });
    return call(named("pad"), [writer.exact(input(node)), ...places]);
  },
  concatenate: (writer, node) => {
    const parts = node.inputs.map((part) => writer.exact(part));
    if (node.attributes.axis === 0) return fence(square.open, square.close, parts, "; ");
    if (node.attributes.axis === 1) return fence(square.open, square.close, parts, ", ");
    return call(named("concat"), [...parts, number(node.attributes.axis + 1)]);
  },
  gather: (writer, node) => {
    const rest = input(node)
      .type.shape.slice(1)
      .map(() => symbol(":"));
    return {
      kind: "indexed",
      base: writer.exact(input(node)),
      indices: [writer.mention(input(node, 1)), ...rest],
    };
  },
  einsum: contraction,
  reduce: (writer, node) => {
    const { kind, axes } = node.attributes;
    return call(named(kind, reduceTex[kind]), [writer.exact(input(node))], axesSubscript(input(node), axes));
  },
  batchReduce: (writer, node) => {
    const total = bigSum([], writer.exact(input(node)));
    return node.attributes.kind === "sum"
      ? total
      : product("space", fraction(number(1), writer.batchSize), total);
  },
};

const reduceTex = {
  sum: axisSum.tex,
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

/** A scalar is only mentioned; a vector along one axis of a matrix is an outer product with ones. */
function spread(writer: MatrixWriter, node: NodeOf<"broadcast">): Formula {
  const operand = input(node);
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

/** A matrix, vector, outer, inner or elementwise product where it is one, else `einsum(ab,bc→ac; A, B)`. */
function contraction(writer: MatrixWriter, node: NodeOf<"einsum">): Formula {
  const { specification } = node.attributes;
  const { a, b, output } = parseSpecification(specification);
  const [left, right] = [input(node), input(node, 1)];
  const [A, B] = [writer.exact(left), writer.exact(right)];
  const summed = summedLetters({ a, b, output });
  const onBothSides = Array.from(summed).every((letter) => a.includes(letter) && b.includes(letter));
  const kept = Array.from(output).filter((letter) => a.includes(letter) && b.includes(letter));
  if (onBothSides && a.length <= 2 && b.length <= 2) {
    if (kept.length === 0 && summed.length <= 1)
      return matrixProduct({ letters: a, formula: A }, { letters: b, formula: B }, output);
    if (kept.length === 0 && a.length === 2) {
      return fence(angle.open, angle.close, [A, a === b ? B : transpose(B)]);
    }
    const elementwise = a === b && isSubsequence(output, a);
    if (elementwise) {
      const both = product("hadamard", A, B);
      const axes = Array.from(a).flatMap((letter, axis) => (summed.includes(letter) ? [axis] : []));
      return axes.length === 0 ? both : call(axisSum, [both], axesSubscript(left, axes));
    }
    if (summed.length === 0 && a.length === 1 && output === b) return scaledRows(A, B, a === b[0]);
    if (summed.length === 0 && b.length === 1 && output === a) return scaledRows(B, A, b === a[0]);
  }
  const arrow = specification.replace("->", "→");
  return call(named("einsum"), [symbol(arrow, `\\mathtt{${specification.replace("->", "\\to ")}}`), A, B]);
}

function isSubsequence(part: string, whole: string): boolean {
  return Array.from(whole)
    .filter((letter) => part.includes(letter))
    .join("")
    .startsWith(part);
}

/** diag(v) M scales rows, M diag(v) columns. */
function scaledRows(vector: Formula, matrix: Formula, rows: boolean): Formula {
  const diagonal = call(named("diag"), [vector]);
  return rows ? product("space", diagonal, matrix) : product("space", matrix, diagonal);
}

interface Factor {
  readonly letters: string;
  readonly formula: Formula;
}

/** Of factors that share at most one letter, which is summed. */
function matrixProduct(a: Factor, b: Factor, output: string): Formula {
  const scalar = a.letters === "" || b.letters === "";
  if (scalar) {
    const reordered = output !== a.letters + b.letters;
    const both = product("space", a.formula, b.formula);
    return reordered ? transpose(both) : both;
  }
  const summed = Array.from(a.letters).find((letter) => b.letters.includes(letter));
  if (summed !== undefined && a.letters.length === 1 && b.letters.length === 1)
    return product("dot", a.formula, b.formula);
  if (summed !== undefined && a.letters.length === 1)
    return product("space", oriented(b, 1, summed), a.formula);
  if (summed !== undefined && b.letters.length === 1)
    return product("space", oriented(a, 1, summed), b.formula);
  // Two matrices, or two vectors whose outer product it is: the factor with the first output letter comes first.
  const [first, second] = a.letters.includes(output[0] ?? "") ? [a, b] : [b, a];
  if (summed === undefined && first.letters.length + second.letters.length > 2) {
    return call(named("outer"), [a.formula, b.formula]);
  }
  if (summed === undefined) return product("space", first.formula, transpose(second.formula));
  return product("space", oriented(first, 1, summed), oriented(second, 0, summed));
}

/** Transposed where the letter is not at the wanted axis. */
function oriented({ letters, formula }: Factor, axis: number, letter: string): Formula {
  return letters[axis] === letter ? formula : transpose(formula);
}
