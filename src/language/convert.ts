import type {
  AccessorNode,
  ArrayNode,
  AssignmentNode,
  ConditionalNode,
  ConstantNode,
  FunctionAssignmentNode,
  FunctionNode,
  IndexNode,
  MathNode,
  ObjectNode,
  OperatorNode,
  ParenthesisNode,
  RangeNode,
  RelationalNode,
  SymbolNode,
} from "mathjs";
import { type SourceSpan, type Source, invariant } from "../diagnostics/index.ts";
import { builtins } from "./builtins/index.ts";
import { decode, parseTokens } from "./mathjs.ts";
import { Problem, type Report } from "./problem.ts";
import { type StatementTokens, spanOf } from "./statements.ts";
import type {
  BinaryOperator,
  ComparisonOperator,
  Expression,
  NameExpression,
  StatementSyntax,
} from "./syntax.ts";
import type { Token } from "./tokens.ts";

/** Converts one statement's tokens to syntax, by way of mathjs's parser. Throws `Problem`. */
export function convertStatement(
  source: Source,
  statement: StatementTokens,
  report: Report,
): StatementSyntax {
  const converter = new Converter(source, statement, report);
  const expression = converter.convert(parseTokens(source, statement)).expression;
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

/** A converted node and the tokens it covers. */
interface Covered {
  readonly expression: Expression;
  readonly first: number;
  readonly last: number;
}

class Converter {
  readonly #source: Source;
  readonly #tokens: readonly Token[];
  readonly #partner: ReadonlyMap<number, number>;
  readonly #report: Report;

  constructor(source: Source, statement: StatementTokens, report: Report) {
    this.#source = source;
    this.#tokens = statement.tokens;
    this.#partner = statement.partner;
    this.#report = report;
  }

  convert(node: MathNode): Covered {
    const convert = conversions[node.type];
    if (convert === undefined)
      throw this.problem("syntax", 0, this.#tokens.length - 1, `This has no meaning in Nabla.`);
    return convert(this, node);
  }

  span(first: number, last: number): SourceSpan {
    return spanOf(this.#source, this.token(first), this.token(last));
  }

  token(index: number): Token {
    const token = this.#tokens[index];
    invariant(token !== undefined, "a span lies within its statement");
    return token;
  }

  /** The token that a leaf of mathjs's tree stands for. */
  leaf(leaf: unknown): { readonly index: number; readonly token: Token } {
    const decoded = decode(leaf);
    if (decoded.kind === "added") throw this.#withoutToken(leaf);
    return { index: decoded.index, token: this.token(decoded.index) };
  }

  /** mathjs takes a word operator for a name where an operator cannot stand, and completes a range. */
  #withoutToken(leaf: unknown): Problem {
    const word = this.#tokens.findIndex(({ kind, text }) => kind === "name" && text === leaf);
    if (word >= 0) {
      return this.problem(
        "reserved-name",
        word,
        word,
        `${this.token(word).text} is an operator and cannot be a name.`,
        "choose another name",
      );
    }
    const colon = Math.max(
      0,
      this.#tokens.findIndex(({ text }) => text === ":"),
    );
    return this.problem(
      "syntax",
      colon,
      colon,
      "A range needs both its ends, except inside an index.",
      "write 1:n",
    );
  }

  /** Index of the bracket that belongs to the one at `index`. */
  partner(index: number): number {
    const partner = this.#partner.get(index);
    invariant(partner !== undefined, "brackets are matched before parsing");
    return partner;
  }

  /** The closest brackets around the tokens from `first` to `last`. */
  enclosing(first: number, last: number): readonly [number, number] {
    for (let index = first - 1; index >= 0; index -= 1) {
      const close = this.#partner.get(index);
      if (close !== undefined && close > last) return [index, close];
    }
    return [first, last];
  }

  /** The stretches between the commas of the brackets that open at `open`. */
  between(open: number): readonly (readonly [number, number])[] {
    const close = this.partner(open);
    const parts: [number, number][] = [];
    let first = open + 1;
    for (let index = first; index < close; index += 1) {
      const inner = this.#partner.get(index);
      if (inner !== undefined && inner > index) index = inner;
      else if (this.token(index).text === ",") {
        parts.push([first, index - 1]);
        first = index + 1;
      }
    }
    parts.push([first, close - 1]);
    return parts;
  }

  problem(
    code: ConstructorParameters<typeof Problem>[0],
    first: number,
    last: number,
    message: string,
    hint?: string,
  ): Problem {
    return new Problem(code, this.span(first, last), message, hint);
  }

  report(problem: Problem): void {
    this.#report.add(problem);
  }
}

type Conversion = (converter: Converter, node: MathNode) => Covered;

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

/** `Omit` would merge the union's members. */
type Unplaced<T> = T extends unknown ? Omit<T, "span"> : never;

function cover(converter: Converter, first: number, last: number, bare: Unplaced<Expression>): Covered {
  const expression = { ...bare, span: converter.span(first, last) } as Expression; // the span is put back
  return { expression, first, last };
}

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

const binaryOperators: ReadonlySet<string> = new Set<BinaryOperator>([
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
const comparisonOperators: Readonly<Record<string, ComparisonOperator>> = {
  smaller: "<",
  smallerEq: "<=",
  larger: ">",
  largerEq: ">=",
  equal: "==",
  unequal: "!=",
};

/** Sums of a thousand terms lean to the left: their spine is walked by a loop. */
function convertOperator(converter: Converter, node: OperatorNode): Covered {
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
  if (converter.token(left.last).kind === "number") return;
  throw converter.problem(
    "implicit-multiplication",
    left.first,
    right.last,
    `There is no operator between ${shown(left)} and ${shown(right)}.`,
    implicitHint(left, right),
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
  if (a.kind === "name" && foreignKeywords.has(a.name))
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

function convertRelational(converter: Converter, node: RelationalNode): Covered {
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

function convertCall(converter: Converter, node: FunctionNode): Covered {
  const callee: MathNode = node.fn;
  const literal = callee.type === "SymbolNode" ? decode((callee as SymbolNode).name) : undefined;
  if (literal?.kind === "array") return convertArray(converter, literal.index, node.args[0] as ArrayNode); // as `encode` wrote it
  if (literal?.kind === "object") return convertObject(converter, literal.index, node.args[0] as ObjectNode);
  const called = converter.convert(callee);
  return cover(converter, called.first, converter.partner(called.last + 1), {
    kind: "call",
    callee: called.expression,
    arguments: node.args.map((argument) => converter.convert(argument).expression),
  });
}

function convertArray(converter: Converter, open: number, node: ArrayNode): Covered {
  const items = node.items.map((item) =>
    item.type === "ArrayNode" ? convertRow(converter, open, item as ArrayNode) : converter.convert(item),
  );
  return cover(converter, open, converter.partner(open), {
    kind: "array",
    items: items.map((item) => item.expression),
  });
}

/** A row of `[1, 2; 3, 4]`: an array without brackets of its own. */
function convertRow(converter: Converter, open: number, node: ArrayNode): Covered {
  const items = node.items.map((item) => converter.convert(item));
  const first = items[0]?.first ?? open;
  return cover(converter, first, items.at(-1)?.last ?? first, {
    kind: "array",
    items: items.map((item) => item.expression),
  });
}

function convertObject(converter: Converter, open: number, node: ObjectNode): Covered {
  const fields = Object.entries(node.properties).map(([key, value]) => {
    const { index, token } = converter.leaf(key);
    return {
      index,
      name: token.text,
      span: converter.span(index, index),
      value: converter.convert(value).expression,
    };
  });
  fields.sort((a, b) => a.index - b.index);
  return cover(converter, open, converter.partner(open), {
    kind: "object",
    fields: fields.map(({ name, span, value }) => ({ name, span, value })),
  });
}

function convertRange(converter: Converter, node: RangeNode): Covered {
  const { start, end, step } = node as RangeNode & { readonly step: MathNode | null };
  const [from, to, by] = [start, end, step].map((each) =>
    each === null ? undefined : converter.convert(each),
  );
  invariant(from !== undefined && to !== undefined, "a range has ends");
  return cover(converter, from.first, to.last, {
    kind: "range",
    start: from.expression,
    end: to.expression,
    step: by?.expression,
  });
}

function convertAccessor(converter: Converter, node: AccessorNode): Covered {
  const object = converter.convert(node.object);
  const bracket = object.last + 1;
  const index: IndexNode = node.index;
  if (converter.token(bracket).text !== "[") {
    const { index: last, token } = converter.leaf(node.name);
    return cover(converter, object.first, last, {
      kind: "field",
      object: object.expression,
      name: token.text,
      nameSpan: converter.span(last, last),
    });
  }
  const close = converter.partner(bracket);
  if (index.dimensions.length === 0)
    throw converter.problem("wrong-index", bracket, close, "This index is empty.", "write x[1] or x[2:4]");
  const places = converter.between(bracket);
  const dimensions = index.dimensions.map((dimension, axis) => {
    const [first, last] = places[axis] ?? [bracket, close];
    return convertDimension(converter, dimension, first, last);
  });
  return cover(converter, object.first, close, { kind: "index", object: object.expression, dimensions });
}

/** In an index, a range may leave out its ends: `:`, `2:`, `:3`. */
function convertDimension(converter: Converter, node: MathNode, first: number, last: number): Expression {
  if (node.type !== "RangeNode") return converter.convert(node).expression;
  const { start, end, step } = node as RangeNode & { readonly step: MathNode | null };
  const span = converter.span(first, last);
  const part = (each: MathNode, added: Expression) =>
    isAdded(each) ? added : converter.convert(each).expression;
  return {
    kind: "range",
    span,
    start: part(start, { kind: "number", value: 1, span }),
    end: part(end, { kind: "name", name: "end", span }),
    step: step === null ? undefined : converter.convert(step).expression,
  };
}

function isAdded(node: MathNode): boolean {
  if (node.type === "SymbolNode") return decode((node as SymbolNode).name).kind === "added";
  return node.type === "ConstantNode" && decode((node as ConstantNode).value).kind === "added";
}

function convertAssignment(converter: Converter, node: AssignmentNode): Covered {
  const target: MathNode = node.object;
  if (target.type !== "SymbolNode" || node.index !== null) {
    const { first } = converter.convert(target);
    throw converter.problem(
      "syntax",
      first,
      first,
      "Only a whole name can be defined, not an element or a field of one.",
      "build the value in one expression, for example with concat or an object {a: …, b: …}",
    );
  }
  const { index, token } = converter.leaf((target as SymbolNode).name);
  const value = converter.convert(node.value);
  return cover(converter, index, value.last, {
    kind: "binding",
    name: token.text,
    nameSpan: converter.span(index, index),
    value: value.expression,
  });
}

function convertFunction(converter: Converter, node: FunctionAssignmentNode): Covered {
  const { index, token } = converter.leaf(node.name);
  const body = converter.convert(node.expr);
  const parameters = node.params.map((parameter): NameExpression => {
    const leaf = converter.leaf(parameter);
    return { kind: "name", name: leaf.token.text, span: converter.span(leaf.index, leaf.index) };
  });
  return cover(converter, index, body.last, {
    kind: "function",
    name: token.text,
    nameSpan: converter.span(index, index),
    parameters,
    body: body.expression,
  });
}
