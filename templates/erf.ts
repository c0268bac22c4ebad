/**
 * erf x = 2/√π ∫₀ˣ e^(−s²) ds, to within 1.5 units in the last place. Below 1 a polynomial in x² for erf x / x; from
 * there to 6, where erf rounds to 1, 1 − e^(−x²) Q(u) with Q(u) = e^(x²) erfc x and u a Möbius map of [1, 6] to [−1, 1].
 * Both interpolate at Chebyshev nodes, computed with 60 digits, to under 10⁻¹⁷.
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 1) {
    const z = x * x;
    let p = -7.795898827002142e-10;
    p = p * z + 1.3720064546777686e-8;
    p = p * z - 1.6208483801871705e-7;
    p = p * z + 1.6447424703317362e-6;
    p = p * z - 1.492473690741966e-5;
    p = p * z + 0.00012055294904839707;
    p = p * z - 0.0008548325975389692;
    p = p * z + 0.0052239776071164225;
    p = p * z - 0.02686617064323777;
    p = p * z + 0.11283791670945006;
    p = p * z - 0.37612638903183543;
    p = p * z + 0.12837916709551256;
    return x + x * p;
  }
  if (!(a < 6)) return Math.sign(x); // NaN stays NaN
  const u = (72 / (a + 3) - 13) / 5;
  let q = 6.0857915906870915e-12;
  q = q * u - 6.047405945991704e-12;
  q = q * u - 2.571511429603255e-10;
  q = q * u + 2.6381508985080735e-10;
  q = q * u + 1.1339538061744706e-8;
  q = q * u + 4.526700764248741e-9;
  q = q * u - 5.541274478467714e-7;
  q = q * u - 2.4255574719050315e-6;
  q = q * u + 1.9563583246137112e-5;
  q = q * u + 0.0003316029605764125;
  q = q * u + 0.002479314697078186;
  q = q * u + 0.012713147695692198;
  q = q * u + 0.04969844540339464;
  q = q * u + 0.15436117429436919;
  q = q * u + 0.20798329133342885;
  const result = 1 - Math.exp(-a * a) * q;
  return x < 0 ? -result : result;
}
