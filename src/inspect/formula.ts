import { invariant } from "../diagnostics/index.ts";
import { precedence } from "../operations/index.ts";

/*
 * Formulas as mathematicians write them: n-ary sums of signed terms, products with one coefficient in front, fractions,
 * big sums. Constructors keep this normal form (`−(−a)` is `a`, `a − (b + c)` is `a − b − c`), so that printing is one
 * table over children already printed. Formulas are small: whatever grows beyond a readable width has been given a name,
 * so recursion over them is bounded.
 */

/** A name or operator in each of the notations it can be printed in. */
export interface Glyph {
  readonly text: string;
  readonly tex: string;
}

/** How the factors of a product are joined: `a b`, `a ⊙ b`, `a · b`. */
export type Join = "space" | "hadamard" | "dot";

/** `± number · above / below`, in front of a term; `below` holds at most batch sizes. */
export interface Coefficient {
  readonly negative: boolean;
  /** Not negative. */
  readonly number: number;
  readonly above: readonly Formula[];
  readonly below: readonly Formula[];
}

export type Formula =
  /** `isCount`: the number of samples, which goes into coefficients. */
  | { readonly kind: "symbol"; readonly glyph: Glyph; readonly isCount?: true }
  /** `base[i, j]` */
  | { readonly kind: "indexed"; readonly base: Formula; readonly indices: readonly Formula[] }
  /** A coefficient and what it multiplies; without a body, a number. */
  | { readonly kind: "scaled"; readonly coefficient: Coefficient; readonly body: Formula | undefined }
  | { readonly kind: "sum"; readonly terms: readonly Formula[] }
  | { readonly kind: "product"; readonly join: Join; readonly factors: readonly Formula[] }
  | { readonly kind: "fraction"; readonly top: Formula; readonly bottom: Formula }
  | { readonly kind: "power"; readonly base: Formula; readonly exponent: Formula }
  | { readonly kind: "transpose"; readonly body: Formula }
  | { readonly kind: "root"; readonly body: Formula }
  | {
      readonly kind: "call";
      readonly name: Glyph;
      readonly subscript: string;
      readonly operands: readonly Formula[];
    }
  /** `|x|`, `[x > 0]`, `[a; b]` */
  | {
      readonly kind: "fence";
      readonly open: Glyph;
      readonly close: Glyph;
      readonly separator: string;
      readonly items: readonly Formula[];
    }
  /** Comparisons and logic; binds as `precedence` says. */
  | {
      readonly kind: "infix";
      readonly operator: Glyph;
      readonly precedence: number;
      readonly left: Formula;
      readonly right: Formula;
    }
  | { readonly kind: "prefix"; readonly operator: Glyph; readonly body: Formula }
  /** `Σₙ body`; no indices in matrix notation. */
  | {
      readonly kind: "big";
      readonly operator: Glyph;
      readonly indices: readonly string[];
      readonly body: Formula;
    };

type FormulaOf<K extends Formula["kind"]> = Extract<Formula, { kind: K }>;

export const one: Coefficient = { negative: false, number: 1, above: [], below: [] };

export function symbol(text: string, tex = text): FormulaOf<"symbol"> {
  return { kind: "symbol", glyph: { text, tex } };
}

export function number(value: number): Formula {
  if (Number.isNaN(value)) return symbol("NaN", "\\mathrm{NaN}");
  if (Math.abs(value) === Infinity) return negated(symbol("∞", "\\infty"), value < 0);
  return {
    kind: "scaled",
    coefficient: { ...one, negative: value < 0, number: Math.abs(value) },
    body: undefined,
  };
}

/** The number that a formula is, if it is one. */
export function numberOf(formula: Formula): number | undefined {
  if (formula.kind !== "scaled" || formula.body !== undefined) return undefined;
  const { negative, number: size, above, below } = formula.coefficient;
  return above.length + below.length > 0 ? undefined : negative ? -size : size;
}

export function coefficientOf(formula: Formula): Coefficient {
  return formula.kind === "scaled" ? formula.coefficient : one;
}

/** What is left without its coefficient; `undefined` for a number. */
export function bodyOf(formula: Formula): Formula | undefined {
  return formula.kind === "scaled" ? formula.body : formula;
}

export function scaled(coefficient: Coefficient, formula: Formula | undefined): Formula {
  const inner = formula === undefined ? one : coefficientOf(formula);
  const body = formula && bodyOf(formula);
  const above = [...coefficient.above, ...inner.above];
  const below = [...coefficient.below, ...inner.below];
  const product = {
    negative: coefficient.negative !== inner.negative,
    number: coefficient.number * inner.number,
  };
  if (body !== undefined && !product.negative && product.number === 1 && above.length + below.length === 0)
    return body;
  return { kind: "scaled", coefficient: { ...product, above, below }, body };
}

export function negated(formula: Formula, negative = true): Formula {
  return scaled({ ...one, negative }, formula);
}

/** a + b as one list of signed terms. */
export function sum(...summands: readonly Formula[]): Formula {
  const terms = summands.flatMap(termsOf).filter((term) => numberOf(term) !== 0);
  const [first] = terms;
  if (first === undefined) return number(0);
  return terms.length === 1 ? first : { kind: "sum", terms };
}

function termsOf(formula: Formula): readonly Formula[] {
  if (formula.kind === "sum") return formula.terms;
  if (formula.kind !== "scaled" || formula.body?.kind !== "sum" || !isSign(formula.coefficient))
    return [formula];
  return formula.body.terms.map((term) => negated(term, formula.coefficient.negative));
}

function isSign({ number: size, above, below }: Coefficient): boolean {
  return size === 1 && above.length + below.length === 0;
}

/** The product of the factors, their coefficients gathered in front and equal neighbours made powers. */
export function product(join: Join, ...operands: readonly Formula[]): Formula {
  const coefficient = operands.map(coefficientOf).reduce(timesCoefficient, one);
  const bodies = operands.flatMap((operand) => {
    const body = bodyOf(operand);
    if (body === undefined) return [];
    return body.kind === "product" && body.join === join ? body.factors : [body];
  });
  return scaled(coefficient, joined(join, join === "dot" ? bodies : withPowers(bodies)));
}

function joined(join: Join, factors: readonly Formula[]): Formula | undefined {
  return factors.length < 2 ? factors[0] : { kind: "product", join, factors };
}

function timesCoefficient(a: Coefficient, b: Coefficient): Coefficient {
  return {
    negative: a.negative !== b.negative,
    number: a.number * b.number,
    above: [...a.above, ...b.above],
    below: [...a.below, ...b.below],
  };
}

/** Two equal neighbours are a square. Matrices never are equal neighbours in a product that is not elementwise. */
function withPowers(factors: readonly Formula[]): readonly Formula[] {
  const merged: Formula[] = [];
  for (const factor of factors) {
    const last = merged.at(-1);
    const [base, exponent] = powerParts(factor);
    const [lastBase, lastExponent] = last === undefined ? [undefined, 0] : powerParts(last);
    if (lastBase !== undefined && sameFormula(base, lastBase)) {
      merged[merged.length - 1] = power(base, number(exponent + lastExponent));
    } else {
      merged.push(factor);
    }
  }
  return merged;
}

function powerParts(formula: Formula): readonly [Formula, number] {
  if (formula.kind !== "power") return [formula, 1];
  const exponent = numberOf(formula.exponent);
  return exponent === undefined ? [formula, 1] : [formula.base, exponent];
}

export function sameFormula(a: Formula, b: Formula): boolean {
  return a === b || (a.kind === b.kind && JSON.stringify(a) === JSON.stringify(b));
}

/** a / b: numbers and batch sizes go into the coefficient. */
export function fraction(a: Formula, b: Formula): Formula {
  const { negative, number: size, above, below } = coefficientOf(b);
  const body = bodyOf(b);
  const isCount = body?.kind === "symbol" && body.isCount === true;
  const inverse: Coefficient = {
    negative,
    number: size === 0 ? 1 : 1 / size,
    above: below,
    below: [...above, ...(isCount ? [body] : [])],
  };
  const divisor = size === 0 ? number(0) : isCount ? undefined : body;
  if (divisor === undefined) return scaled(inverse, a);
  const coefficient = timesCoefficient(inverse, coefficientOf(a));
  const top = bodyOf(a);
  if (top !== undefined) return scaled(coefficient, { kind: "fraction", top, bottom: divisor });
  // Of numbers and batch sizes over a body, 2/(N |y|), one fraction line is enough.
  const { negative: isNegative, number: numerator, above: counts, below: divisors } = coefficient;
  const upper = scaled({ ...one, number: numerator, above: counts }, undefined);
  const lower = scaled({ ...one, below: [], above: divisors }, divisor);
  return negated({ kind: "fraction", top: upper, bottom: lower }, isNegative);
}

export function power(base: Formula, exponent: Formula): Formula {
  if (numberOf(exponent) === 1) return base;
  return { kind: "power", base, exponent };
}

/** xᵀ; (xᵀ)ᵀ = x, and coefficients stay in front. */
export function transpose(formula: Formula): Formula {
  const body = bodyOf(formula);
  if (body === undefined) return formula;
  return scaled(coefficientOf(formula), body.kind === "transpose" ? body.body : { kind: "transpose", body });
}

export function call(name: Glyph, operands: readonly Formula[], subscript = ""): Formula {
  return { kind: "call", name, subscript, operands };
}

/** The random numbers of one call, by its number: `random1`. */
export function drawSymbol(stream: number): Formula {
  return symbol(`random${stream + 1}`, `\\mathrm{random}_{${stream + 1}}`);
}

export function named(text: string, tex = `\\operatorname{${text}}`): Glyph {
  return { text, tex };
}

export function fence(open: Glyph, close: Glyph, items: readonly Formula[], separator = ", "): Formula {
  return { kind: "fence", open, close, separator, items };
}

/** `[condition]`: 1 where it holds, else 0 (Iverson's bracket). */
export function bracket(condition: Formula): Formula {
  return fence({ text: "[", tex: "\\left[" }, { text: "]", tex: "\\right]" }, [condition]);
}

/** left = right, as a condition. */
export function equal(left: Formula, right: Formula): Formula {
  return { kind: "infix", operator: { text: "=", tex: "=" }, precedence: precedence.comparison, left, right };
}

export function indexed(base: Formula, indices: readonly Formula[]): Formula {
  return indices.length === 0 ? base : { kind: "indexed", base, indices };
}

export const sigma: Glyph = { text: "Σ", tex: "\\sum" };

/** Σ body: the coefficient comes in front, and a sum in a sum is one over both indices. */
export function bigSum(indices: readonly string[], formula: Formula): Formula {
  const body = bodyOf(formula) ?? number(1);
  const inner = body.kind === "big" && body.operator === sigma && indices.length > 0 ? body : undefined;
  const big: Formula = {
    kind: "big",
    operator: sigma,
    indices: [...indices, ...(inner?.indices ?? [])],
    body: inner?.body ?? body,
  };
  invariant(indices.length === 0 || indices.every((index) => index !== ""), "an index has a letter");
  return scaled(coefficientOf(formula), big);
}
