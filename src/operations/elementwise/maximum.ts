import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { binary } from "./elementwise.ts";

export const maximum = binary({
  summary: "`max(a, b)`: the larger of two elements",
  derivatives: [
    // da = dy where a > b
    ({ build, dy, a, b }) => build.select(build.apply("greater", [a, b], {}), dy, build.constantLike(0, dy)),
    // db = dy where not a > b
    ({ build, dy, a, b }) => build.select(build.apply("greater", [a, b], {}), build.constantLike(0, dy), dy),
  ],
  scalar: (a, b) => scalarApply("maximum", a, b),
  notation: functionNotation("max", "\\max"),
  convention: "where a = b, the derivative of max(a, b) goes to b; so relu′(0) = max(x, 0)′ = 0",
});
