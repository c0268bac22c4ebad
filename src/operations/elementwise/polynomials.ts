import type { Node } from "../../graph/index.ts";
import type { Builder } from "../build.ts";

/** (1 − x)(1 + x) */
export function oneMinusSquare(build: Builder, x: Node): Node {
  const one = build.constantLike(1, x);
  return build.multiply(build.subtract(one, x), build.add(one, x));
}

/** √((1 − x)(1 + x)) */
export function sqrtOfOneMinusSquare(build: Builder, x: Node): Node {
  return build.apply("sqrt", [oneMinusSquare(build, x)], {});
}

/** √((x − 1)(x + 1)) */
export function sqrtOfSquareMinusOne(build: Builder, x: Node): Node {
  const one = build.constantLike(1, x);
  return build.apply("sqrt", [build.multiply(build.subtract(x, one), build.add(x, one))], {});
}
