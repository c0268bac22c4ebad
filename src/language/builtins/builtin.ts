import type { SourceSpan } from "../../diagnostics/index.ts";
import type { InputDeclaration, Node, ParameterDeclaration } from "../../graph/index.ts";
import type { Builder } from "../../operations/index.ts";
import type { DiagnosticCode } from "../codes.ts";
import type { Problem } from "../problem.ts";
import type { Expression } from "../syntax.ts";
import type { FunctionValue, Value } from "../value.ts";

/** A function that the language itself cannot say. */
export interface Builtin {
  readonly name: string;
  /** `sum(x, dimension)`; shown where it is called wrongly. */
  readonly usage: string;
  readonly minimum: number;
  readonly maximum: number;
  /** The names that an object as last argument may have. */
  readonly options?: readonly string[];
  /** Throws `Problem`. Never called with a poisoned argument. */
  readonly apply: (call: Call) => Value;
}

/** A builtin with as many arguments as `apply` takes, one to three. */
export function builtin(
  name: string,
  usage: string,
  apply: (call: Call, a: Argument, b: Argument, c: Argument) => Value,
): Builtin {
  const count = apply.length - 1;
  return {
    name,
    usage,
    minimum: count,
    maximum: count,
    apply: (call) => apply(call, ...(call.arguments as readonly [Argument, Argument, Argument])), // counted by the evaluator
  };
}

/** A builtin with one argument and up to two more that may be left out. */
export function flexible(
  name: string,
  usage: string,
  apply: (call: Call, a: Argument, b: Argument | undefined, c: Argument | undefined) => Value,
): Builtin {
  return {
    name,
    usage,
    minimum: 1,
    maximum: apply.length - 1,
    apply: (call) =>
      apply(call, ...(call.arguments as readonly [Argument, Argument | undefined, Argument | undefined])), // at least one, counted by the evaluator
  };
}

export interface Argument {
  readonly value: Value;
  readonly expression: Expression;
  /** How messages call it: its text, or the text passed for it where it is a function's parameter. */
  readonly label: string;
}

/** One call of a builtin: its arguments, and what it may do. */
export interface Call {
  readonly span: SourceSpan;
  readonly arguments: readonly Argument[];
  /** Makes nodes that know they come from this call. */
  readonly build: Builder;
  /** Set where the call is the whole right side of `name = …`: only there can something be declared. */
  readonly declaring: Declaring | undefined;
  /** Expands a function on values; what it declares belongs to `owner`, if there is one, within who owns what is declared here. */
  readonly invoke: (callee: Value, values: readonly Value[], owner?: string) => Value;
  readonly declare: Declarations;
  readonly problem: (code: DiagnosticCode, message: string, hint?: string, span?: SourceSpan) => Problem;
  /** Tells of a mistake and goes on. */
  readonly report: (problem: Problem) => void;
  readonly warn: (problem: Problem) => void;
}

export interface Declaring {
  /** With the owners before it: `h.weight`. */
  readonly name: string;
  readonly span: SourceSpan;
  /** Whether it is a statement of the file, not a local name. */
  readonly topLevel: boolean;
}

/** What the file has declared so far. */
export interface Declarations {
  readonly input: (role: "input" | "target", declaration: InputDeclaration) => void;
  readonly parameter: (declaration: ParameterDeclaration) => void;
  /** The number of a new stream of random numbers, where some may be drawn. */
  readonly stream: (() => number) | undefined;
  /** `name`, or `name2` where that is taken. */
  readonly uniqueName: (name: string) => string;
  /** The parameters that belong to `owner`, by what stands after it and a dot in their names: `weight` of `h.weight`. */
  readonly ownedBy: (owner: string) => ReadonlyMap<string, Node>;
}

export type { FunctionValue };
