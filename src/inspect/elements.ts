import { invariant } from "../diagnostics/index.ts";
import type { Node, OperationName } from "../graph/index.ts";
import { type Affine, affineConstant, affineVariable } from "../program/index.ts";
import { elementForms } from "./element-forms.ts";
import { operationFormula } from "./elementwise.ts";
import {
  bigSum,
  bracket,
  call,
  equal,
  type Formula,
  fraction,
  type Glyph,
  indexed,
  named,
  number,
  one,
  scaled,
  sum,
  symbol,
} from "./formula.ts";
import { type Indices, movedIndices, type Scope } from "./indices.ts";
import { patternOf } from "./pattern.ts";

const letterPool = ["i", "j", "k", "l", "p", "r", "u", "v", "s", "m"];
const samplePool = ["n", "m", "s"];

const comparisons: ReadonlySet<OperationName> = new Set<OperationName>([
  ...(["less", "lessEqual", "greater", "greaterEqual", "equal", "notEqual"] as const),
]);

const moves: ReadonlySet<OperationName> = new Set<OperationName>(["broadcast", "permute", "toReal"]);

/** Whether an element is its own index along some axis. */
function isCounted(node: Node): boolean {
  let each: Node | undefined = node;
  while (each !== undefined && moves.has(each.operation)) [each] = each.inputs;
  return each?.operation === "iota";
}

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
    const special = elementForms[node.operation] as
      ((writer: ElementWriter, node: Node, at: Indices, scope: Scope) => Formula) | undefined;
    if (special !== undefined) return special(this, node, at, scope);
    // What counts along an axis is compared as the letters of the axes are: k ≤ j, not k − 1 ≤ j − 1.
    const isOfLetters = comparisons.has(node.operation) && node.inputs.every(isCounted);
    const operands = node.inputs.map((operand) =>
      isOfLetters ? this.index(this.dataIndex(operand, at, scope)) : this.mention(operand, at, scope),
    );
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
    const moved = node.operation === "toReal" ? at : movedIndices(node, at);
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
