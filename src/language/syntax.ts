import type { SourceSpan } from "../diagnostics/index.ts";

/*
 * The syntax tree of a network file: mathjs's tree, made closed and given places. `parse.ts` makes it.
 */

export type BinaryOperator = "+" | "-" | "*" | "/" | "^" | ".*" | "./" | ".^" | "and" | "or" | "xor";
export type UnaryOperator = "-" | "+" | "not" | "'";
export type ComparisonOperator = "<" | "<=" | ">" | ">=" | "==" | "!=";

interface Located {
  readonly span: SourceSpan;
}

export interface NameExpression extends Located {
  readonly kind: "name";
  readonly name: string;
}

export interface BinaryExpression extends Located {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

/** `f(x, y) = body`: a statement, or a function defined where it is passed. */
export interface FunctionExpression extends Located {
  readonly kind: "function";
  readonly name: string;
  readonly nameSpan: SourceSpan;
  readonly parameters: readonly NameExpression[];
  readonly body: Expression;
}

/** `name = value`: a statement, or a local name of `let`. */
export interface BindingExpression extends Located {
  readonly kind: "binding";
  readonly name: string;
  readonly nameSpan: SourceSpan;
  readonly value: Expression;
}

export interface CallExpression extends Located {
  readonly kind: "call";
  readonly callee: Expression;
  readonly arguments: readonly Expression[];
}

export interface ObjectField extends Located {
  readonly name: string;
  readonly value: Expression;
}

export type Expression =
  | (Located & { readonly kind: "number"; readonly value: number })
  | (Located & { readonly kind: "string"; readonly value: string })
  | NameExpression
  | (Located & { readonly kind: "unary"; readonly operator: UnaryOperator; readonly operand: Expression })
  | BinaryExpression
  /** `a < b <= c` holds where each neighbouring pair does. */
  | (Located & {
      readonly kind: "comparison";
      readonly operands: readonly Expression[];
      readonly operators: readonly ComparisonOperator[];
    })
  | (Located & {
      readonly kind: "conditional";
      readonly condition: Expression;
      readonly then: Expression;
      readonly otherwise: Expression;
    })
  | (Located & { readonly kind: "array"; readonly items: readonly Expression[] })
  | (Located & { readonly kind: "object"; readonly fields: readonly ObjectField[] })
  | (Located & {
      readonly kind: "range";
      readonly start: Expression;
      readonly end: Expression;
      readonly step: Expression | undefined;
    })
  | CallExpression
  | (Located & {
      readonly kind: "index";
      readonly object: Expression;
      readonly dimensions: readonly Expression[];
    })
  | (Located & {
      readonly kind: "field";
      readonly object: Expression;
      readonly name: string;
      readonly nameSpan: SourceSpan;
    })
  | FunctionExpression
  | BindingExpression;

/** What a file consists of. */
export type StatementSyntax = FunctionExpression | BindingExpression;
