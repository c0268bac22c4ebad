import type { SourceSpan } from "../diagnostics/index.ts";
import type { Argument, Declarations } from "./builtins/builtin.ts";
import type { Frame } from "./frame.ts";
import type { NameTrouble } from "./names.ts";
import type { Problem, Report } from "./problem.ts";
import type { Expression } from "./syntax.ts";
import type { Place } from "./tensors.ts";
import type { Value } from "./value.ts";

/** What evaluating one kind of expression needs of the evaluation that it is part of. */
export interface Evaluation {
  readonly report: Report;
  readonly declare: Declarations;
  /** What is wrong with a name that means nothing where it stands. */
  readonly explainName: (name: string, visible: readonly string[], isCall?: boolean) => NameTrouble;
  /** The value of an expression; a mistake in it is reported and leaves poison. */
  evaluate(expression: Expression, frame: Frame): Value;
  /** The value of an expression with what messages call it. */
  argument(expression: Expression, frame: Frame): Argument;
  /** Evaluates all, so that mistakes in each are found; goes on only without. */
  withArguments(
    expressions: readonly Expression[],
    frame: Frame,
    then: (values: readonly Argument[]) => Value,
  ): Value;
  /** Where new operations come from, and what is said about them. */
  place(span: SourceSpan, frame: Frame): Place;
  /** What a mistake leaves, once it is told. */
  spoil(error: unknown, expression: Expression, frame: Frame): Value;
  /** A mistake inside a function is the caller's to understand: it is told at the call. */
  problemIn(error: unknown, expression: Expression, frame: Frame): Problem;
  /** Warns where finite numbers give one that is not: nobody writes log(-1) to say NaN. */
  watchFinite(value: Value, operands: readonly Argument[], expression: Expression, frame: Frame): Value;
}
