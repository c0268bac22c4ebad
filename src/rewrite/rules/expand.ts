import type { Node } from "../../graph/index.ts";
import { expansionOf, operationTable } from "../../operations/index.ts";
import type { OperationName } from "../../graph/index.ts";
import { isReduction } from "../match.ts";
import { operand, rule } from "../rule.ts";

/*
 * The last rewrites before lowering: operations that have no scalar code of their own are spelled out.
 */

/** The operations that may have an expansion, by what the operation table says. */
const expandable = (Object.keys(operationTable) as OperationName[]) // the table has exactly the operations as keys
  .filter((name) => {
    const { lowering } = operationTable[name];
    return "expand" in lowering;
  });

/** The exponentials e^(x − m) and their sum inside a spelled-out logSumExp(x) = m + log Σ e^(x − m). */
function insideLogSumExp(
  x: Node,
  total: Node,
): { readonly exponentials: Node; readonly sum: Node } | undefined {
  if (total.operation !== "add") return undefined;
  const logarithm = operand(total, 1);
  if (logarithm.operation !== "log") return undefined;
  const sum = operand(logarithm, 0);
  if (!isReduction(sum, "sum")) return undefined;
  const exponentials = operand(sum, 0);
  if (exponentials.operation !== "exp") return undefined;
  const shifted = operand(exponentials, 0);
  if (shifted.operation !== "subtract" || operand(shifted, 0) !== x) return undefined;
  const shift = operand(shifted, 1);
  const isSame = shift === operand(total, 0) || operandOfBroadcast(shift) === operand(total, 0);
  return isSame ? { exponentials, sum } : undefined;
}

function operandOfBroadcast(node: Node): Node | undefined {
  return node.operation === "broadcast" ? operand(node, 0) : undefined;
}

export const expandRules = [
  rule({
    name: "shared exponentials",
    holds: "real",
    operations: ["exp"],
    statement:
      "e^(x − logSumExp(x)) = e/Σ e with e = e^(x − m), the exponentials that logSumExp(x) = m + log Σ e needs anyway",
    apply: (node, { build }) => {
      const difference = operand(node, 0);
      if (difference.operation !== "subtract") return undefined;
      const [x, spread] = [operand(difference, 0), operand(difference, 1)];
      const match = insideLogSumExp(x, operandOfBroadcast(spread) ?? spread);
      if (match === undefined) return undefined;
      const { exponentials, sum } = match;
      const divisor =
        spread.operation === "broadcast"
          ? build.broadcast(sum, spread.attributes.shape, spread.attributes.axes)
          : sum;
      return build.divide(exponentials, divisor);
    },
  }),
  rule({
    name: "gradient no longer stopped",
    holds: "ieee",
    operations: ["stopGradient"],
    statement: "stopGradient(x) = x, once everything is differentiated",
    apply: (node) => operand(node, 0),
  }),
  rule({
    name: "expansion",
    holds: "real",
    operations: expandable,
    statement: "an operation without scalar code of its own = its expansion in the operation table",
    apply: (node, { build }) => expansionOf(build, node),
  }),
];
