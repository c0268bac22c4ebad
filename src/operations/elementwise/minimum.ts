import { scalarApply } from "../../program/index.ts";
import { functionNotation } from "../notation.ts";
import { binary } from "./elementwise.ts";

export const minimum = binary({
  summary: "`min(a, b)`: the smaller of two elements",
  derivatives: [
    // da = dy where a < b
    ({ build, dy, a, b }) => build.select(build.apply("less", [a, b], {}), dy, build.constantLike(0, dy)),
    // db = dy where not a < b
    ({ build, dy, a, b }) => build.select(build.apply("less", [a, b], {}), build.constantLike(0, dy), dy),
  ],
  scalar: (a, b) => scalarApply("minimum", a, b),
  notation: functionNotation("min", "\\min"),
  convention: "where a = b, the derivative of min(a, b) goes to b",
});
