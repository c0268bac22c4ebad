/**
 * The error function to within a few units in the last place: 2/√π · ∫₀ˣ e^(−t²) dt.
 *
 * Below 1 by the series of positive terms (Abramowitz and Stegun 7.1.6), which loses nothing to cancellation; from
 * there by the continued fraction of erfc (7.1.14). Slow and unlike the rational approximations of generated code, on
 * purpose.
 */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (size < 1) return series(x);
  return Math.sign(x) * (size > 6 ? 1 : 1 - complement(size)); // erfc(6) is 2e-17
}

/** erf x = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·5···(2n+1)) */
function series(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-18; n += 1) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** √π · e^(x²) · erfc x = 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))); its error after n steps falls as e^(−2x√(2n)). */
function complement(x: number): number {
  let tail = x;
  for (let k = 250; k >= 1; k -= 1) tail = x + k / 2 / tail;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail);
}
