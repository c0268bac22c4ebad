import { scalarApply } from "../../program/index.ts";
import type { Node } from "../../graph/index.ts";
import type { Builder } from "../build.ts";
import { constantValue } from "../constants.ts";
import { infixNotation, precedence } from "../notation.ts";
import { binary, type BinaryContext } from "./elementwise.ts";

export const power = binary({
  summary: "`a .^ p`: power of elements",
  derivatives: [derivativeOfBase, derivativeOfExponent],
  scalar: (a, p) => scalarApply("power", a, p),
  expand: productForm,
  notation: infixNotation(".^", "^", precedence.power),
  convention: "(aᵖ)′ = 0 where p = 0; ∂aᵖ/∂p = 0 where a = 0",
});

/** da = dy · p · aᵖ⁻¹ */
function derivativeOfBase({ build, dy, a, b: p }: BinaryContext): Node | undefined {
  const exponent = constantValue(p);
  if (exponent === 0) return undefined;
  if (exponent === 1) return dy;
  if (exponent !== undefined) {
    const lowered = exponent === 2 ? a : build.apply("power", [a, build.constantLike(exponent - 1, a)], {});
    return build.multiply(dy, build.multiply(build.constantLike(exponent, a), lowered));
  }
  // 0 · a⁻¹ is NaN at a = 0, so p = 0 is told apart.
  const zero = build.constantLike(0, a);
  const lowered = build.apply("power", [a, build.subtract(p, build.constantLike(1, p))], {});
  const slope = build.multiply(p, lowered);
  return build.multiply(dy, build.select(build.apply("equal", [p, zero], {}), zero, slope));
}

/** dp = dy · y · log a, and 0 where a = 0: there y log a would be 0 · −∞ */
function derivativeOfExponent({ build, dy, a, y }: BinaryContext): Node {
  const zero = build.constantLike(0, a);
  const slope = build.multiply(y, build.apply("log", [a], {}));
  return build.multiply(dy, build.select(build.apply("equal", [a, zero], {}), zero, slope));
}

/** The largest exponent that is written out as a product: 8 needs three multiplications, `pow` dozens of operations. */
const largestProduct = 8;

/** Small whole powers as products, by repeated squaring. */
function productForm(build: Builder, a: Node, p: Node): Node | undefined {
  const exponent = constantValue(p);
  if (exponent === undefined || !Number.isInteger(exponent)) return undefined;
  if (exponent === 0 || Math.abs(exponent) > largestProduct) return undefined;
  let product: Node | undefined;
  let square = a; // a^(2^k)
  for (let rest = Math.abs(exponent); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) product = product ? build.multiply(product, square) : square;
    if (rest > 1) square = build.multiply(square, square);
  }
  return product && exponent < 0 ? build.divide(build.constantLike(1, p), product) : product;
}
