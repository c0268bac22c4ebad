import type { Node } from "../../graph/index.ts";
import { expansionOf, operationTable } from "../../operations/index.ts";
import type { OperationName } from "../../graph/index.ts";
import { constantOf, isReduction } from "../match.ts";
import { operand, operands, rule } from "../rule.ts";

/*
 * The last rewrites before lowering: operations that have no scalar code of their own are spelled out, and what that
 * makes is put in the order that keeps most digits.
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

/** A sum or difference with the small part of a softplus last: a ± log1p(e^−|x|). */
function withSmallPartLast(node: Node): { readonly large: Node; readonly small: Node } | undefined {
  if (node.operation !== "add" && node.operation !== "subtract") return undefined;
  const [large, small] = operands(node);
  if (small.operation !== "log1p") return undefined;
  const exponential = operand(small, 0);
  if (exponential.operation !== "exp") return undefined;
  const exponent = operand(exponential, 0);
  return exponent.operation === "negate" && operand(exponent, 0).operation === "abs"
    ? { large, small }
    : undefined;
}

/** x = max(…, c), of which the test has been asked already. */
function isBoundedBy(x: Node, c: Node): boolean {
  return x.operation === "maximum" && operand(x, 1) === c;
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
    // Binary cross-entropy is softplus(z) − t·z: where the prediction is right, max(z, 0) and t·z cancel, and all that
    // is left is log1p(e^−|z|), which loses its digits in a sum with max(z, 0).
    name: "small part of softplus last",
    holds: "real",
    operations: ["add", "subtract"],
    statement:
      "(a + l) ± y = (a ± y) + l, y − (a + l) = (y − a) − l with l = log1p(e^−|x|), where a + l is of one use",
    apply: (node, { build, shared }) => {
      // Of two small parts each would have to be last.
      if (withSmallPartLast(node) !== undefined) return undefined;
      const [left, right] = operands(node);
      const first = shared(left) ? undefined : withSmallPartLast(left);
      if (first !== undefined) {
        const sum = build.apply(node.operation, [first.large, right], {});
        return build.apply(left.operation, [sum, first.small], {});
      }
      const second = shared(right) ? undefined : withSmallPartLast(right);
      if (second === undefined) return undefined;
      const sum = build.apply(node.operation, [left, second.large], {});
      const isAdded = node.operation === right.operation;
      return build.apply(isAdded ? "add" : "subtract", [sum, second.small], {});
    },
  }),
  rule({
    // The forward pass of a relu then leaves the unit alone, and not what it was made of as well.
    name: "test of a maximum that is kept",
    holds: "ieee",
    operations: ["greater"],
    derivativeOnly: true,
    statement: "(x > c) = (max(x, c) > c) with a constant c, where max(x, c) is computed anyway",
    apply: (node, { build, read }) => {
      const [x, c] = operands(node);
      const bound = constantOf(c);
      // In single precision max(x, c) is c where x ≤ c only if rounding leaves c as it is.
      if (bound === undefined || Math.fround(bound) !== bound || isBoundedBy(x, c)) return undefined;
      const larger = build.apply("maximum", [x, c], {});
      return read(larger) ? build.apply("greater", [larger, c], {}) : undefined;
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
