import { InvariantError } from "../../diagnostics/index.ts";
import type { OperationName } from "../../graph/index.ts";
import type { Lowering, OperationDefinition } from "../definition.ts";
import { specialNotation } from "../notation.ts";
import { declaredType } from "../typing.ts";

/** An operation without operands, whose type is declared by `Builder.leaf`. */
export function leaf<K extends OperationName>(
  summary: string,
  lowering: Lowering<K>,
): OperationDefinition<K> {
  return {
    summary,
    leaf: true,
    infer: declaredType,
    adjoint: [],
    tangent: () => undefined,
    overSteps: () => {
      throw new InvariantError("a leaf has no operand that varies");
    },
    lowering,
    notation: specialNotation,
  };
}
