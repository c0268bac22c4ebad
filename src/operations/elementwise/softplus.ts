import type { Node } from "../../graph/index.ts";
import type { Builder } from "../build.ts";
import { functionNotation } from "../notation.ts";
import { unary } from "./elementwise.ts";

/** max(x, 0) + log1p(e^−|x|): the exponential never overflows. */
function stableForm(build: Builder, x: Node): Node {
  const positivePart = build.apply("maximum", [x, build.constantLike(0, x)], {});
  const decay = build.apply("exp", [build.negate(build.apply("abs", [x], {}))], {});
  return build.add(positivePart, build.apply("log1p", [decay], {}));
}

export const softplus = unary({
  summary: "`softplus(x)`: log(1 + eˣ)",
  // dx = dy · sigmoid(x)
  derivative: ({ build, dy, x }) => build.multiply(dy, build.apply("sigmoid", [x], {})),
  scalar: { expand: stableForm },
  notation: functionNotation("softplus"),
});
