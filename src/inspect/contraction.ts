import type { NodeOf } from "../graph/index.ts";
import { parseSpecification, summedLetters } from "../operations/index.ts";
import { call, fence, type Formula, named, product, symbol, transpose } from "./formula.ts";
import type { MatrixWriter } from "./matrix.ts";
import { axesSubscript, operandOf } from "./operands.ts";

const angle = { open: { text: "⟨", tex: "\\langle " }, close: { text: "⟩", tex: " \\rangle" } } as const;

/** A matrix, vector, outer, inner or elementwise product where it is one, else `einsum(ab,bc→ac; A, B)`. */
export function contraction(writer: MatrixWriter, node: NodeOf<"einsum">): Formula {
  const { specification } = node.attributes;
  const { a, b, output } = parseSpecification(specification);
  const [left, right] = [operandOf(node), operandOf(node, 1)];
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
      return axes.length === 0 ? both : call(named("sum"), [both], axesSubscript(left, axes));
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
