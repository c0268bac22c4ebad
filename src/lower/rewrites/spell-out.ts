import { spelledOutSigmoid, type Statement } from "../../program/index.ts";
import { mapExpression, mapExpressions } from "../traverse.ts";

/** Exponentials in place of sigmoids, for a target that has none: these can be shared, and called in groups. */
export function spellOutSigmoids(statements: readonly Statement[]): readonly Statement[] {
  return mapExpressions(statements, (expression) =>
    mapExpression(expression, (part) => {
      const [x] = part.kind === "apply" && part.operation === "sigmoid" ? part.operands : [];
      return x === undefined ? part : spelledOutSigmoid(x);
    }),
  );
}
