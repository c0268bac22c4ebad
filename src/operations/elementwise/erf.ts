import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

export const erf = unary({
  summary: "`erf(x)`: Gauss error function, 2/√π ∫₀ˣ e^−t² dt",
  // dx = dy · 2/√π · e^−x²
  derivative: ({ build, dy, x }) => {
    const density = build.apply("exp", [build.negate(build.multiply(x, x))], {});
    return build.multiply(dy, build.multiply(build.constantLike(2 / Math.sqrt(Math.PI), x), density));
  },
  scalar: (x) => scalarApply("erf", x),
  notation: functionNotation("erf"),
});
