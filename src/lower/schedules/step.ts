import type { Statement } from "../../program/index.ts";
import type { Assembled } from "../assemble.ts";

/** One named rewrite of a program; what it computes stays the same. */
export interface Step {
  readonly name: string;
  readonly apply: (program: Assembled) => Assembled;
}

/** A step that rewrites statements alone. */
export function statementStep(
  name: string,
  rewrite: (statements: readonly Statement[], program: Assembled) => readonly Statement[],
): Step {
  return { name, apply: (program) => ({ ...program, body: rewrite(program.body, program) }) };
}

/** A step that rewrites the bodies of the loops over the batch. */
export function inBatchLoops(
  name: string,
  rewrite: (statements: readonly Statement[], program: Assembled) => readonly Statement[],
): Step {
  return statementStep(name, (body, program) =>
    body.map((statement) =>
      statement.kind === "loop" && statement.variable === program.batchVariable
        ? { ...statement, body: rewrite(statement.body, program) }
        : statement,
    ),
  );
}

/** The program after all steps, one after the other. */
export function runSteps(program: Assembled, steps: readonly Step[]): Assembled {
  return steps.reduce((current, step) => step.apply(current), program);
}
