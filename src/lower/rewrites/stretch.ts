import type { Statement } from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { visitExpression } from "../traverse.ts";
import { unrollBy } from "./partial.ts";

/** Samples of so few operations wait for each other's sums longer than they compute. */
const shortSample = 16;
const together = 4;

/**
 * Takes four samples at a time through the loop over the batch where a sample is so little work that the additions to
 * the accumulators, each waiting for the one before, are what takes the time.
 */
export function stretchBatch(
  statements: readonly Statement[],
  batchVariable: string,
  names: NameSupply,
): readonly Statement[] {
  return statements.flatMap((statement) =>
    statement.kind === "loop" && statement.variable === batchVariable && isShort(statement.body)
      ? unrollBy(statement, together, names)
      : [statement],
  );
}

/** Straight-line code of few operations, none of them a call. */
function isShort(body: readonly Statement[]): boolean {
  let operations = 0;
  for (const statement of body) {
    if (statement.kind === "loop" || statement.kind === "piece") return false;
    if (statement.kind === "comment") continue;
    visitExpression(statement.value, (part) => {
      if (part.kind !== "apply") return;
      operations += cheap.has(part.operation) ? 1 : shortSample + 1;
    });
  }
  return operations <= shortSample;
}

const cheap: ReadonlySet<string> = new Set([
  "add",
  "subtract",
  "multiply",
  "negate",
  "abs",
  "maximum",
  "minimum",
  "less",
  "lessEqual",
  "equal",
  "notEqual",
  "select",
]);
