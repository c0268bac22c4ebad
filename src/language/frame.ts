import type { RelatedPlace, SourceSpan } from "../diagnostics/index.ts";
import type { Origin } from "../graph/index.ts";
import type { Declaring } from "./builtins/builtin.ts";
import { Problem } from "./problem.ts";
import type { Scope } from "./scope.ts";
import type { CallExpression, Expression, FunctionExpression } from "./syntax.ts";

/** Where an expression is evaluated. */
export interface Frame {
  readonly scope: Scope;
  /** The calls that led here, outermost first. */
  readonly calls: readonly CallSite[];
  /** Owner of the parameters declared here: `h`, then `h.weight`. */
  readonly path: readonly string[];
  /** Set while the whole right side of `name = …` is evaluated. */
  readonly declaring?: Declaring | undefined;
  /** Inside an index, what `end` means. */
  readonly end?: number | undefined;
}

/** A call that is being expanded. */
export interface CallSite {
  readonly span: SourceSpan;
  readonly definition: FunctionExpression;
}

/** Calls told in a message; of a longer chain the first ones. */
const longestTrail = 3;

export function callTrail(calls: readonly CallSite[]): readonly RelatedPlace[] {
  return calls.slice(1, longestTrail + 1).map(({ span, definition }, index) => ({
    span,
    message: `${calls[index]?.definition.name ?? ""} calls ${definition.name} here`,
  }));
}

export function origin(span: SourceSpan, frame: Frame): Origin {
  const [call] = frame.calls;
  return call === undefined ? { kind: "source", span } : { kind: "source", span, call: call.span };
}

/** How a message calls an expression: by its text if that is short, by the argument's text if it is a function's parameter. */
export function labelOf(expression: Expression, scope: Scope): string {
  if (expression.kind === "name") return scope.labelOf(expression.name) ?? expression.name;
  const same = handedOn(expression);
  if (same !== undefined) return labelOf(same, scope);
  const { source, start, end } = expression.span;
  const text = source.text.slice(start, end);
  return text.length <= 40 && !/[\n\r]/.test(text) ? text : "this value";
}

/** The x that `ofRank(x, …)` and `check(x, …)` are. */
function handedOn(expression: Expression): Expression | undefined {
  if (expression.kind !== "call" || expression.callee.kind !== "name") return undefined;
  return ["ofRank", "check"].includes(expression.callee.name) ? expression.arguments[0] : undefined;
}

export function wrongCount(
  name: string,
  usage: string,
  minimum: number,
  maximum: number,
  found: number,
  expression: CallExpression,
): Problem {
  const expected =
    minimum === maximum
      ? String(minimum)
      : maximum === Infinity
        ? `at least ${String(minimum)}`
        : `${String(minimum)} to ${String(maximum)}`;
  return new Problem(
    "wrong-argument-count",
    expression.span,
    `${name} takes ${expected} argument${expected === "1" ? "" : "s"}, but ${String(found)} ${found === 1 ? "is" : "are"} given.`,
    `write ${usage}`,
  );
}

/** Calls inside calls: more than anyone writes, and few enough for the stack of whoever expands them. */
export const deepestCalls = 64;

/** What is wrong with one call more than that: it leads back to itself, or the chain is just too long. */
export function endlessCalls(definition: FunctionExpression, span: SourceSpan, frame: Frame): Problem {
  const leadsBack = frame.calls.some((call) => call.definition === definition);
  return leadsBack
    ? new Problem(
        "recursive-function",
        span,
        `${definition.name} calls itself without end.`,
        "functions are expanded where they are called, so none may lead back to itself",
      )
    : new Problem(
        "too-deep",
        span,
        `More than ${String(deepestCalls)} functions call one another here, each inside the one before.`,
        "write out some of them where they are called",
      );
}

export function tooLarge(expression: Expression): Problem {
  return new Problem(
    "too-large",
    expression.span,
    "Expanded, this network has more operations than can be compiled.",
    "use vectors and matrices instead of many scalars",
  );
}

export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;
}
