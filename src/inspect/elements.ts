import { invariant } from "../diagnostics/index.ts";
import type { Node, NodeOf, OperationName } from "../graph/index.ts";
import { parseSpecification, precedence, summedLetters } from "../operations/index.ts";
import {
  addAffine,
  type Affine,
  affineConstant,
  affineVariable,
  scaleAffine,
  shiftAffine,
} from "../program/index.ts";
import { operationFormula } from "./elementwise.ts";
import {
  bigSum,
  bracket,
  call,
  type Formula,
  fraction,
  type Glyph,
  indexed,
  named,
  number,
  one,
  product,
  scaled,
  sum,
  symbol,
} from "./formula.ts";
import { literalFormula } from "./matrix.ts";
import { patternOf } from "./pattern.ts";
import { isAffineReshape } from "./share.ts";

/** Where an element is: 0-based indices, affine in index letters. */
type Indices = readonly Affine[];

/** The letters that already mean something where a formula stands. */
interface Scope {
  /** The sample that batched values are taken of. */
  readonly sample: string;
  readonly letters: readonly string[];
}

type Special = {
  readonly [K in OperationName]?: (
    writer: ElementWriter,
    node: NodeOf<K>,
    at: Indices,
    scope: Scope,
  ) => Formula;
};

const letterPool = ["i", "j", "k", "l", "p", "r", "u", "v", "s", "m"];
const samplePool = ["n", "m", "s"];

/**
 * Writes elements of nodes in index notation: `Σⱼ W[i,j] x[n,j]`. n is the sample; indices count from 1.
 */
export class ElementWriter {
  readonly #names: ReadonlyMap<Node, Glyph>;
  readonly #letters: readonly string[];
  readonly #samples: readonly string[];
  /** Data-dependent indices, by the variable that stands for them in an affine index. */
  readonly #data = new Map<string, Formula>();

  /** The number of samples. */
  readonly batchSize: Formula;

  /** @param names What to call leaves, roots and named parts. Index letters keep clear of these. */
  constructor(names: ReadonlyMap<Node, Glyph>, batchSize: Formula) {
    this.#names = names;
    this.batchSize = batchSize;
    const taken = new Set([...names.values()].map(({ text }) => text));
    const fallback = (stem: string): string[] => Array.from({ length: 30 }, (_, k) => `${stem}${k + 1}`);
    this.#letters = [...letterPool, ...fallback("i")].filter((letter) => !taken.has(letter));
    this.#samples = [...samplePool, ...fallback("n")].filter((letter) => !taken.has(letter));
  }

  /** `name[n,i] = …`; `own`: what the node stands for, and not the name that it has elsewhere. */
  equation(node: Node, name: Formula, own: boolean): { readonly left: Formula; readonly right: Formula } {
    const sample = this.#samples[0] ?? "n";
    // A batched value is of sample n; in others, n is free for sums over the batch.
    const outer = node.type.batched ? [sample] : [];
    const { letters, indices } = this.fresh(node.type.shape, { sample, letters: outer });
    const scope = { sample, letters: [...outer, ...letters] };
    const right = own ? this.write(node, indices, scope) : this.mention(node, indices, scope);
    return { left: this.#place(name, node, indices, scope), right };
  }

  /** How a formula mentions the element: by name, or written out. */
  mention(node: Node, at: Indices, scope: Scope): Formula {
    const name = this.#names.get(node);
    if (name === undefined) return this.write(node, at, scope);
    return this.#place({ kind: "symbol", glyph: name }, node, at, scope);
  }

  write(node: Node, at: Indices, scope: Scope): Formula {
    const pattern = patternOf(node);
    if (pattern?.kind === "softmax") return this.#softmax(pattern.operand, pattern.axes, at, scope);
    if (pattern?.kind === "oneHot") return this.isAt(pattern.operand, [], at, scope);
    // The entry under a node's own operation takes that node; TypeScript cannot relate the two for a union.
    const special = specials[node.operation] as
      ((writer: ElementWriter, node: Node, at: Indices, scope: Scope) => Formula) | undefined;
    if (special !== undefined) return special(this, node, at, scope);
    const operands = node.inputs.map((operand) => this.mention(operand, at, scope));
    return operationFormula(node, operands, "space");
  }

  /** A letter for each axis that has more than one element; the only element of the others is the first. */
  fresh(
    shape: readonly number[],
    scope: Scope,
  ): { readonly letters: readonly string[]; readonly indices: Indices } {
    const free = this.#letters.filter((letter) => !scope.letters.includes(letter));
    const letters: string[] = [];
    const indices = shape.map((extent) => {
      const letter = free[letters.length];
      if (extent === 1 || letter === undefined) return affineConstant(0);
      letters.push(letter);
      return affineVariable(letter);
    });
    return { letters, indices };
  }

  /** Σ over new letters for the axes of `shape`. */
  summed(shape: readonly number[], scope: Scope, body: (indices: Indices, scope: Scope) => Formula): Formula {
    const { letters, indices } = this.fresh(shape, scope);
    const inner = body(indices, { ...scope, letters: [...scope.letters, ...letters] });
    return letters.length === 0 ? inner : bigSum(letters, inner);
  }

  /** The letter of the samples that a sum over the batch runs over, where `scope` may speak of another sample. */
  freshSample(scope: Scope): string {
    return this.#samples.find((letter) => !scope.letters.includes(letter)) ?? "n";
  }

  /** An element of an integer value as an index. */
  dataIndex(node: Node, at: Indices, scope: Scope): Affine {
    const [operand] = node.inputs;
    if (node.operation === "iota") return at[node.attributes.axis] ?? affineConstant(0);
    if (node.operation === "constant") return affineConstant(node.attributes.value);
    if (operand === undefined || this.#names.has(node)) {
      const formula = this.mention(node, at, scope);
      const key = `#${this.#data.size}`;
      this.#data.set(key, formula);
      return affineVariable(key);
    }
    const moved = movedIndices(node, at);
    invariant(moved !== undefined, `an integer value is only moved, but ${node.operation} does more`);
    return this.dataIndex(operand, moved, scope);
  }

  /** `[t = k]`: whether the index at `place` of `indices` is `at`. */
  isAt(indices: Node, place: Indices, at: Indices, scope: Scope): Formula {
    const [wanted] = at;
    invariant(wanted !== undefined, "a place has an index");
    const found = this.index(this.dataIndex(indices, place, scope));
    return bracket(equal(found, this.index(wanted)));
  }

  /** An affine index as a formula, counted from 1. Labels and ids keep their own values. */
  index(affine: Affine): Formula {
    const letters = affine.terms.map(({ coefficient, atom }) => {
      invariant(atom.kind === "variable", "a formula's indices are in letters");
      const value = this.#data.get(atom.name) ?? symbol(atom.name);
      return scaled({ ...one, negative: coefficient < 0, number: Math.abs(coefficient) }, value);
    });
    const shift = affine.terms.reduce((total, { coefficient }) => total - coefficient, affine.constant + 1);
    return sum(...letters, number(shift));
  }

  /** `name[n, i, j]` */
  #place(name: Formula, node: Node, at: Indices, scope: Scope): Formula {
    const sample = node.type.batched ? [symbol(scope.sample)] : [];
    return indexed(name, [...sample, ...at.map((index) => this.index(index))]);
  }

  /** exp(xᵢ) / Σₖ exp(xₖ) */
  #softmax(operand: Node, axes: readonly number[], at: Indices, scope: Scope): Formula {
    const exponential = (indices: Indices, inner: Scope): Formula =>
      call(named("exp", "\\exp"), [this.mention(operand, indices, inner)]);
    const extents = operand.type.shape.filter((_, axis) => axes.includes(axis));
    const total = this.summed(extents, scope, (over, inner) =>
      exponential(
        at.map((index, axis) => (axes.includes(axis) ? (over[axes.indexOf(axis)] ?? index) : index)),
        inner,
      ),
    );
    return fraction(exponential(at, scope), total);
  }

  /** `value[i, j]` of a value that only has a matrix formula, applied to names. */
  ofWhole(name: Glyph, node: Node, shape: readonly number[], at: Indices, scope: Scope): Formula {
    const operands = node.inputs.map((operand): Formula => {
      const operandName = this.#names.get(operand);
      invariant(operandName !== undefined, `the operand of ${node.operation} has a name`);
      return { kind: "symbol", glyph: operandName };
    });
    const extents = symbol(`[${shape.join(", ")}]`);
    return this.#place(call(name, [...operands, extents]), node, at, scope);
  }
}

/** Where in the operand of a view an element of it lies; `undefined` if the operation is no such view. */
function movedIndices(node: Node, at: Indices): Indices | undefined {
  const get = (axis: number): Affine => at[axis] ?? affineConstant(0);
  if (node.operation === "broadcast") return node.attributes.axes.map(get);
  if (node.operation === "permute") {
    const { order } = node.attributes;
    return order.map((_, axis) => get(order.indexOf(axis)));
  }
  if (node.operation === "slice") {
    const { starts, steps } = node.attributes;
    return starts.map((start, axis) => shiftAffine(scaleAffine(get(axis), steps[axis] ?? 1), start));
  }
  return node.operation === "reshape" ? reshapedIndices(node, at) : undefined;
}

function reshapedIndices(node: NodeOf<"reshape">, at: Indices): Indices | undefined {
  const from = node.inputs[0]?.type.shape ?? [];
  const to = node.type.shape;
  if (!isAffineReshape(from, to)) return undefined;
  const moving = at.filter((_, axis) => to[axis] !== 1);
  const longAxes = from.flatMap((extent, axis) => (extent === 1 ? [] : [axis]));
  if (longAxes.length === moving.length) {
    return from.map((_, axis) => moving[longAxes.indexOf(axis)] ?? affineConstant(0));
  }
  // A vector split into rows: the element's linear place.
  const place = to.reduce<Affine>(
    (linear, extent, axis) => addAffine(scaleAffine(linear, extent), at[axis] ?? affineConstant(0)),
    affineConstant(0),
  );
  return from.map((extent) => (extent === 1 ? affineConstant(0) : place));
}

function view(writer: ElementWriter, node: Node, at: Indices, scope: Scope): Formula {
  const moved = movedIndices(node, at);
  if (moved === undefined) return writer.ofWhole(named(node.operation), node, node.type.shape, at, scope);
  return writer.mention(operandOf(node), moved, scope);
}

function operandOf(node: Node, position = 0): Node {
  const operand = node.inputs[position];
  invariant(operand !== undefined, `${node.operation} has an operand ${position}`);
  return operand;
}

const specials: Special = {
  constant: (_writer, { attributes }) => number(attributes.value),
  literal: (writer, { attributes, type }, at) =>
    indexed(
      literalFormula(attributes.data, type.shape),
      at.map((index) => writer.index(index)),
    ),
  iota: (writer, { attributes }, at) =>
    sum(writer.index(at[attributes.axis] ?? affineConstant(0)), number(-1)),
  batchSize: (writer) => writer.batchSize,
  step: () => symbol("step", "\\mathrm{step}"),
  broadcast: view,
  permute: view,
  slice: view,
  reshape: view,
  pad: (writer, node, at, scope) => {
    const { steps } = node.attributes;
    return steps.every((step) => Math.abs(step) === 1)
      ? shifted(writer, node, at, scope)
      : placed(writer, node, at, scope);
  },
  concatenate: (writer, node, at, scope) => {
    const { axis } = node.attributes;
    let start = 0;
    const parts = node.inputs.map((part) => {
      const size = part.type.shape[axis] ?? 1;
      const from = start;
      start += size;
      const inner = at.map((index, each) => (each === axis ? shiftAffine(index, -from) : index));
      const here = within(writer.index(at[axis] ?? affineConstant(0)), from + 1, from + size);
      return product("space", here, writer.mention(part, inner, scope));
    });
    return sum(...parts);
  },
  gather: (writer, node, at, scope) => {
    const [table, indices] = [operandOf(node), operandOf(node, 1)];
    const rank = indices.type.shape.length;
    const row = writer.dataIndex(indices, at.slice(0, rank), scope);
    return writer.mention(table, [row, ...at.slice(rank)], scope);
  },
  scatterAdd: (writer, node, at, scope) => {
    const [indices, values] = [operandOf(node), operandOf(node, 1)];
    return writer.summed(indices.type.shape, scope, (over, inner) =>
      product(
        "space",
        writer.isAt(indices, over, at, inner),
        writer.mention(values, [...over, ...at.slice(1)], inner),
      ),
    );
  },
  einsum: (writer, node, at, scope) => {
    const letters = parseSpecification(node.attributes.specification);
    const extents = new Map<string, number>();
    [letters.a, letters.b].forEach((part, operand) => {
      Array.from(part).forEach((letter, axis) =>
        extents.set(letter, operandOf(node, operand).type.shape[axis] ?? 1),
      );
    });
    const over = Array.from(summedLetters(letters));
    return writer.summed(
      over.map((letter) => extents.get(letter) ?? 1),
      scope,
      (summed, inner) => {
        const places = new Map<string, Affine>();
        Array.from(letters.output).forEach((letter, axis) =>
          places.set(letter, at[axis] ?? affineConstant(0)),
        );
        over.forEach((letter, axis) => places.set(letter, summed[axis] ?? affineConstant(0)));
        const along = (part: string): Indices =>
          Array.from(part, (letter) => places.get(letter) ?? affineConstant(0));
        return product(
          "space",
          writer.mention(operandOf(node), along(letters.a), inner),
          writer.mention(operandOf(node, 1), along(letters.b), inner),
        );
      },
    );
  },
  reduce: (writer, node, at, scope) => {
    const { kind, axes } = node.attributes;
    const operand = operandOf(node);
    const extents = axes.map((axis) => operand.type.shape[axis] ?? 1);
    const { letters, indices } = writer.fresh(extents, scope);
    const inner = { ...scope, letters: [...scope.letters, ...letters] };
    let kept = 0;
    const places = operand.type.shape.map((_, axis) =>
      axes.includes(axis)
        ? (indices[axes.indexOf(axis)] ?? affineConstant(0))
        : (at[kept++] ?? affineConstant(0)),
    );
    const body = writer.mention(operand, places, inner);
    if (letters.length === 0) return body;
    if (kind === "sum") return bigSum(letters, body);
    if (kind === "logSumExp") {
      return call(named("log", "\\log"), [bigSum(letters, call(named("exp", "\\exp"), [body]))]);
    }
    return { kind: "big", operator: named(kind, `\\${kind}`), indices: letters, body };
  },
  batchReduce: (writer, node, at, scope) => {
    const sample = writer.freshSample(scope);
    const inner = { sample, letters: [...scope.letters, sample] };
    const total = bigSum([sample], writer.mention(operandOf(node), at, inner));
    return node.attributes.kind === "sum"
      ? total
      : product("space", fraction(number(1), writer.batchSize), total);
  },
};

/** Without gaps: `[2 ≤ i ≤ 4] x[i − 1]`. */
function shifted(writer: ElementWriter, node: NodeOf<"pad">, at: Indices, scope: Scope): Formula {
  const { shape, starts, steps } = node.attributes;
  const operand = operandOf(node);
  const inner = at.map((index, axis) =>
    scaleAffine(shiftAffine(index, -(starts[axis] ?? 0)), steps[axis] ?? 1),
  );
  const conditions = at.flatMap((index, axis) => {
    const size = operand.type.shape[axis] ?? 1;
    if (size === shape[axis]) return [];
    const [a, b] = [starts[axis] ?? 0, (starts[axis] ?? 0) + (size - 1) * (steps[axis] ?? 1)];
    return [within(writer.index(index), Math.min(a, b) + 1, Math.max(a, b) + 1)];
  });
  return product("space", ...conditions, writer.mention(operand, inner, scope));
}

/** With gaps: `Σⱼ [i = 2 j − 1] x[j]`. */
function placed(writer: ElementWriter, node: NodeOf<"pad">, at: Indices, scope: Scope): Formula {
  const { starts, steps } = node.attributes;
  const operand = operandOf(node);
  return writer.summed(operand.type.shape, scope, (over, inner) => {
    const conditions = at.map((index, axis) => {
      const place = shiftAffine(
        scaleAffine(over[axis] ?? affineConstant(0), steps[axis] ?? 1),
        starts[axis] ?? 0,
      );
      return bracket(equal(writer.index(index), writer.index(place)));
    });
    return product("space", ...conditions, writer.mention(operand, over, inner));
  });
}

function equal(left: Formula, right: Formula): Formula {
  return { kind: "infix", operator: { text: "=", tex: "=" }, precedence: precedence.comparison, left, right };
}

/** `[2 ≤ i ≤ 4]` */
function within(index: Formula, from: number, to: number): Formula {
  if (from === to) return bracket(equal(index, number(from)));
  const operator = { text: "≤", tex: "\\le" };
  const lower: Formula = {
    kind: "infix",
    operator,
    precedence: precedence.comparison,
    left: number(from),
    right: index,
  };
  return bracket({
    kind: "infix",
    operator,
    precedence: precedence.comparison,
    left: lower,
    right: number(to),
  });
}
