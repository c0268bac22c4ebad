import type { Statement } from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { predictBytecode } from "../predict.ts";
import type { Loop } from "../traverse.ts";
import { unrollBy } from "./partial.ts";

/** Samples of more bytecode than this are worked on one by one: measured, larger ones gain next to nothing. */
const shortSample = 3400;

/**
 * V8 inlines a function of up to 460 bytes of bytecode into its caller (`--max-inlined-bytecode-size`); of functions so
 * small, the prediction is too high here, before they are tidied: what V8 then makes of a step of linear regression takes
 * 259 bytes, checks at entry included, where 415 are predicted, and by two samples 427 where 726 are.
 */
const inlinable = 500;
const inlinableByTwo = 760;

/**
 * Takes several samples at a time through the loop over the batch where a sample is little work: the additions to the
 * accumulators no longer wait for each other, and what a call of `exp` or `tanh` drives out of registers is brought back
 * less often. Measured: XOR 2-4-1 takes 0.34 µs one by one, 0.28 by two, 0.25 by four. A step so short that V8 inlines it
 * whole into the training loop stays so: of linear regression, two samples at a time are inlined still and take 0.93 of
 * the time, five are not and take 1.13 of it.
 */
export function stretchBatch(
  statements: readonly Statement[],
  batchVariable: string,
  batchSize: number,
  names: NameSupply,
): readonly Statement[] {
  const by = (together: number): readonly Statement[] =>
    statements.flatMap((statement) =>
      isShortLoop(statement, batchVariable) ? unrollBy(statement, together, names) : [statement],
    );
  if (batchSize === 1) return statements;
  if (predictBytecode(statements) <= inlinable) {
    const stretched = batchSize % 2 === 0 ? by(2) : statements;
    return predictBytecode(stretched) <= inlinableByTwo ? stretched : statements;
  }
  // A divisor of the usual batch size leaves nothing over.
  return by([4, 5, 3, 2].find((count) => batchSize % count === 0) ?? 4);
}

function isShortLoop(statement: Statement, variable: string): statement is Loop {
  return (
    statement.kind === "loop" &&
    statement.variable === variable &&
    statement.body.every((inner) => inner.kind !== "loop" && inner.kind !== "piece") &&
    predictBytecode(statement.body) <= shortSample
  );
}
