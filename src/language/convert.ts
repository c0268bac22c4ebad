import type {
  AccessorNode,
  AssignmentNode,
  ConditionalNode,
  ConstantNode,
  FunctionAssignmentNode,
  FunctionNode,
  OperatorNode,
  ParenthesisNode,
  RangeNode,
  RelationalNode,
  SymbolNode,
} from "mathjs";
import { type Source, invariant } from "../diagnostics/index.ts";
import { type Conversion, Converter, type Covered, cover } from "./converter.ts";
import { convertOperator, convertRelational } from "./convert-operators.ts";
import {
  convertAccessor,
  convertAssignment,
  convertCall,
  convertFunction,
  convertRange,
} from "./convert-structures.ts";
import { parseTokens } from "./mathjs.ts";
import { Problem } from "./problem.ts";
import type { StatementTokens } from "./statements.ts";
import type { Expression, StatementSyntax } from "./syntax.ts";

/** Converts an expression's tokens to syntax. Throws `Problem`. */
export function convertExpression(source: Source, statement: StatementTokens): Expression {
  return new Converter(source, statement, conversions).convert(parseTokens(source, statement)).expression;
}

/** Converts one statement's tokens to syntax, by way of mathjs's parser. Throws `Problem`. */
export function convertStatement(source: Source, statement: StatementTokens): StatementSyntax {
  const expression = convertExpression(source, statement);
  if (expression.kind === "binding" || expression.kind === "function") return expression;
  if (expression.kind === "range" && expression.start.kind === "name") {
    throw new Problem(
      "not-a-definition",
      expression.span,
      `This is a range from ${expression.start.name}; it declares nothing.`,
      `write ${expression.start.name} = parameter([3, 4]) to declare a parameter with a shape`,
    );
  }
  throw new Problem(
    "not-a-definition",
    expression.span,
    "This statement defines nothing: its value is computed and forgotten.",
    "write name = … to use it later",
  );
}

/** One conversion per kind of mathjs node. `MathNode.type` is a plain string, so each entry states the type it is called with. */
const conversions: Readonly<Record<string, Conversion | undefined>> = {
  SymbolNode: (converter, node) => convertLeaf(converter, (node as SymbolNode).name),
  ConstantNode: (converter, node) => convertLeaf(converter, (node as ConstantNode).value),
  ParenthesisNode: (converter, node) => {
    const { expression, first, last } = converter.convert((node as ParenthesisNode).content);
    const [open, close] = converter.enclosing(first, last);
    return { expression: { ...expression, span: converter.span(open, close) }, first: open, last: close };
  },
  OperatorNode: (converter, node) => convertOperator(converter, node as OperatorNode),
  RelationalNode: (converter, node) => convertRelational(converter, node as RelationalNode),
  ConditionalNode: (converter, node) => {
    const { condition, trueExpr, falseExpr } = node as ConditionalNode;
    const [test, then, otherwise] = [condition, trueExpr, falseExpr].map((each) => converter.convert(each));
    invariant(
      test !== undefined && then !== undefined && otherwise !== undefined,
      "a conditional has three parts",
    );
    return cover(converter, test.first, otherwise.last, {
      kind: "conditional",
      condition: test.expression,
      then: then.expression,
      otherwise: otherwise.expression,
    });
  },
  RangeNode: (converter, node) => convertRange(converter, node as RangeNode),
  FunctionNode: (converter, node) => convertCall(converter, node as FunctionNode),
  AccessorNode: (converter, node) => convertAccessor(converter, node as AccessorNode),
  AssignmentNode: (converter, node) => convertAssignment(converter, node as AssignmentNode),
  FunctionAssignmentNode: (converter, node) => convertFunction(converter, node as FunctionAssignmentNode),
};

function convertLeaf(converter: Converter, leaf: unknown): Covered {
  const { index, token } = converter.leaf(leaf);
  switch (token.kind) {
    case "number":
      return convertNumber(converter, index, Number(token.text));
    case "string":
      return cover(converter, index, index, { kind: "string", value: token.text });
    case "name":
      return cover(converter, index, index, { kind: "name", name: token.text });
    case "symbol":
    case "newline":
    case "foreign":
      throw converter.problem("syntax", index, index, "A value should stand here.");
  }
}

function convertNumber(converter: Converter, index: number, value: number): Covered {
  if (Number.isFinite(value)) return cover(converter, index, index, { kind: "number", value });
  throw converter.problem(
    "too-large",
    index,
    index,
    "This number is larger than any that can be computed with.",
    "write Infinity if that is meant",
  );
}
