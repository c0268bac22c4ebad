import type { ConstantNode, MathNode, OperatorNode, RelationalNode } from "mathjs";
import { invariant } from "../diagnostics/index.ts";
import { builtins } from "./builtins/index.ts";
import { type Converter, type Covered, cover } from "./converter.ts";
import { decode } from "./mathjs.ts";
import type { Problem } from "./problem.ts";
import type { BinaryOperator, ComparisonOperator } from "./syntax.ts";

export const binaryOperators: ReadonlySet<string> = new Set<BinaryOperator>([
  "+",
  "-",
  "*",
  "/",
  "^",
  ".*",
  "./",
  ".^",
  "and",
  "or",
  "xor",
]);
export const comparisonOperators: Readonly<Record<string, ComparisonOperator>> = {
  smaller: "<",
  smallerEq: "<=",
  larger: ">",
  largerEq: ">=",
  equal: "==",
  unequal: "!=",
};

/** Sums of a thousand terms lean to the left: their spine is walked by a loop. */
export function convertOperator(converter: Converter, node: OperatorNode): Covered {
  const spine: OperatorNode[] = [];
  let leftmost: MathNode = node;
  while (leftmost.type === "OperatorNode" && (leftmost as OperatorNode).args.length === 2) {
    spine.push(leftmost as OperatorNode);
    const [left] = (leftmost as OperatorNode).args;
    invariant(left !== undefined, "a binary operator has operands");
    leftmost = left;
  }
  let covered = leftmost === node ? convertUnary(converter, node) : converter.convert(leftmost);
  for (const each of spine.reverse()) covered = convertBinary(converter, covered, each);
  return covered;
}

function convertBinary(converter: Converter, left: Covered, node: OperatorNode): Covered {
  const operand = node.args[1];
  invariant(operand !== undefined, "a binary operator has operands");
  if (operand.type === "ConstantNode" && decode((operand as ConstantNode).value).kind === "added") {
    throw converter.problem(
      "unsupported-operator",
      left.first,
      left.last + 1,
      "Percentages are not part of the language.",
      "write x / 100",
    );
  }
  const right = converter.convert(operand);
  if (node.implicit) checkImplicit(converter, left, right);
  const operator = String(node.op);
  const comparison = comparisonOperators[String(node.fn)];
  if (comparison !== undefined) {
    return cover(converter, left.first, right.last, {
      kind: "comparison",
      operands: [left.expression, right.expression],
      operators: [comparison],
    });
  }
  if (!binaryOperators.has(operator)) throw unsupported(converter, left.last + 1, operator);
  return cover(converter, left.first, right.last, {
    kind: "binary",
    operator: operator as BinaryOperator, // just checked
    left: left.expression,
    right: right.expression,
  });
}

function unsupported(converter: Converter, index: number, operator: string): Problem {
  const hints: Readonly<Record<string, string>> = {
    "!": "there is no factorial",
    "%": "write x - n * floor(x / n)",
    mod: "write x - n * floor(x / n)",
    to: "there are no units",
    in: "there are no units and no loops",
    "&": "write and",
    "|": "write or",
    "~": "write not",
  };
  return converter.problem(
    "unsupported-operator",
    index,
    index,
    `The operator ${operator} is not part of the language.`,
    hints[operator],
  );
}

/** `2x` and `2(x + 1)` are as on paper; between names a forgotten operator is a likelier meaning than a product. */
function checkImplicit(converter: Converter, left: Covered, right: Covered): void {
  if (converter.token(left.last).kind === "number") {
    checkDecimal(converter, left.last);
    return;
  }
  throw converter.problem(
    "implicit-multiplication",
    left.first,
    right.last,
    `There is no operator between ${shown(left)} and ${shown(right)}.`,
    implicitHint(left, right),
  );
}

/** `0x10` would be 0 times x10. */
function checkDecimal(converter: Converter, index: number): void {
  const [zero, digits] = [converter.token(index), converter.token(index + 1)];
  const text = `${zero.text}${digits.text}`;
  const value = zero.end === digits.start && /^0[xbo]/i.test(text) ? Number(text) : NaN;
  if (Number.isNaN(value)) return;
  throw converter.problem(
    "implicit-multiplication",
    index,
    index + 1,
    `${text} is no number here: numbers are decimal.`,
    `write ${String(value)}`,
  );
}

/** Words that begin a statement elsewhere. */
const foreignKeywords = new Set([
  "for",
  "while",
  "if",
  "return",
  "def",
  "function",
  "let",
  "const",
  "var",
  "import",
  "class",
]);

function implicitHint(left: Covered, right: Covered): string {
  const [a, b] = [left.expression, right.expression];
  const called = a.kind === "call" ? a.callee : a;
  if (called.kind === "name" && called.name === "if")
    return "write condition ? a : b, or where(condition, a, b)";
  if (called.kind === "name" && foreignKeywords.has(called.name))
    return "there are no such statements: a file consists of definitions, name = …";
  if (a.kind === "name" && builtins.has(a.name))
    return `write ${a.name}(${shown(right)}) to call the function`;
  if (a.kind === "name" && b.kind === "call")
    return `write ${a.name} = ${shown(right)} to define ${a.name}, or * for the product`;
  return `write ${shown(left)} * ${shown(right)} for the product`;
}

function shown(covered: Covered): string {
  const { source, start, end } = covered.expression.span;
  const text = source.text.slice(start, end);
  return text.length <= 24 && !text.includes("\n") ? text : "the two operands";
}

function convertUnary(converter: Converter, node: OperatorNode): Covered {
  const [argument] = node.args;
  invariant(argument !== undefined, "an operator has operands");
  const operand = converter.convert(argument);
  if (node.op === "'") {
    return cover(converter, operand.first, operand.last + 1, {
      kind: "unary",
      operator: "'",
      operand: operand.expression,
    });
  }
  const operator = String(node.op);
  if (operator === "!") throw unsupported(converter, operand.last + 1, "!");
  if (operator !== "-" && operator !== "+" && operator !== "not")
    throw unsupported(converter, operand.first - 1, operator);
  return cover(converter, operand.first - 1, operand.last, {
    kind: "unary",
    operator,
    operand: operand.expression,
  });
}

export function convertRelational(converter: Converter, node: RelationalNode): Covered {
  const { params, conditionals } = node as RelationalNode & {
    readonly params: MathNode[];
    readonly conditionals: string[];
  };
  const operands = params.map((each) => converter.convert(each));
  const first = operands[0];
  const last = operands.at(-1);
  invariant(first !== undefined && last !== undefined, "a chain of comparisons has operands");
  const operators = conditionals.map((each) => {
    const operator = comparisonOperators[each];
    invariant(operator !== undefined, `a comparison is known: ${each}`);
    return operator;
  });
  return cover(converter, first.first, last.last, {
    kind: "comparison",
    operands: operands.map((each) => each.expression),
    operators,
  });
}
