import type {
  AccessorNode,
  ArrayNode,
  AssignmentNode,
  ConstantNode,
  FunctionAssignmentNode,
  FunctionNode,
  IndexNode,
  MathNode,
  ObjectNode,
  RangeNode,
  SymbolNode,
} from "mathjs";
import { invariant } from "../diagnostics/index.ts";
import { type Converter, type Covered, cover } from "./converter.ts";
import { decode } from "./mathjs.ts";
import type { Expression, NameExpression } from "./syntax.ts";

export function convertCall(converter: Converter, node: FunctionNode): Covered {
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

export function convertRange(converter: Converter, node: RangeNode): Covered {
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

export function convertAccessor(converter: Converter, node: AccessorNode): Covered {
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

export function convertAssignment(converter: Converter, node: AssignmentNode): Covered {
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

export function convertFunction(converter: Converter, node: FunctionAssignmentNode): Covered {
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
