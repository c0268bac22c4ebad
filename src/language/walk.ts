import type { Expression } from "./syntax.ts";

/** The expressions that `expression` directly consists of, in source order. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "number":
    case "string":
    case "name":
      return [];
    case "unary":
      return [expression.operand];
    case "binary":
      return [expression.left, expression.right];
    case "comparison":
      return expression.operands;
    case "conditional":
      return [expression.condition, expression.then, expression.otherwise];
    case "array":
      return expression.items;
    case "object":
      return expression.fields.map(({ value }) => value);
    case "range":
      return [expression.start, expression.end, ...(expression.step === undefined ? [] : [expression.step])];
    case "call":
      return [expression.callee, ...expression.arguments];
    case "index":
      return [expression.object, ...expression.dimensions];
    case "field":
      return [expression.object];
    case "function":
      return [expression.body];
    case "binding":
      return [expression.value];
  }
}

/** `expression` and everything in it. */
export function* walk(expression: Expression): Generator<Expression> {
  const pending = [expression];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    yield next;
    for (const part of partsOf(next).toReversed()) pending.push(part);
  }
}

type NameUse = Expression & { readonly kind: "name" };

/** The names in `expression` that mean something from outside it, in source order. */
export function* freeNames(expression: Expression): Generator<NameUse> {
  const pending: { readonly expression: Expression; readonly bound: ReadonlySet<string> }[] = [
    { expression, bound: new Set() },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { expression: current, bound } = next;
    if (current.kind === "name") {
      if (!bound.has(current.name)) yield current;
      continue;
    }
    for (const part of boundParts(current, bound).reverse()) pending.push(part);
  }
}

function boundParts(expression: Expression, bound: ReadonlySet<string>) {
  const parts = partsOf(expression);
  if (expression.kind === "function") {
    const inner = new Set([...bound, ...expression.parameters.map(({ name }) => name)]);
    return [{ expression: expression.body, bound: inner }];
  }
  if (expression.kind === "index") {
    const inner = new Set([...bound, "end"]);
    return parts.map((part, index) => ({ expression: part, bound: index === 0 ? bound : inner }));
  }
  if (expression.kind === "call" && expression.callee.kind === "name" && expression.callee.name === "let") {
    let seen = bound;
    return expression.arguments.map((argument) => {
      const part = { expression: argument, bound: seen };
      if (argument.kind === "binding" || argument.kind === "function")
        seen = new Set([...seen, argument.name]);
      return part;
    });
  }
  return parts.map((part) => ({ expression: part, bound }));
}
