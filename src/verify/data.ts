/**
 * A seeded generator of uniform numbers in [0, 1): splitmix32 (Steele, Lea and Flood, "Fast splittable pseudorandom
 * number generators", OOPSLA 2014, in 32 bits). Verification's own, so that it shares none with generated code.
 */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  uniform(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  }

  /** Standard normal (Box and Muller 1958). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** 0 … bound − 1 */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  array(length: number, draw: (random: this) => number): Float64Array {
    return Float64Array.from({ length }, () => draw(this));
  }

  /** A vector of length 1 in a direction uniform on the sphere. */
  direction(length: number): Float64Array {
    const normal = this.array(length, (random) => random.normal());
    const norm = Math.sqrt(normal.reduce((sum, each) => sum + each * each, 0));
    return normal.map((each) => each / norm);
  }
}
