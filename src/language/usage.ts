import type { Expression, FunctionExpression } from "./syntax.ts";
import { walk } from "./walk.ts";

/** How a function is called, with those of its options that have no default: `conv2d(x, {filters: …, kernel: …})`. */
export function usageOf(definition: FunctionExpression): string {
  const needed = requiredOptions(definition);
  const options = needed.length === 0 ? "options" : `{${needed.map((name) => `${name}: …`).join(", ")}}`;
  const parameters = definition.parameters.map(({ name }) => (name === "options" ? options : name));
  return `${definition.name}(${parameters.join(", ")})`;
}

/** What `defaults(options, …)` in its body gives a range, and no default. */
function requiredOptions({ body }: FunctionExpression): readonly string[] {
  for (const part of walk(body)) {
    if (part.kind !== "call" || !isName(part.callee, "defaults")) continue;
    const [options, usual, within] = part.arguments;
    if (!isName(options, "options")) continue;
    const known = namesIn(usual);
    return namesIn(within).filter((name) => !known.includes(name));
  }
  return [];
}

function isName(expression: Expression | undefined, name: string): boolean {
  return expression?.kind === "name" && expression.name === name;
}

function namesIn(expression: Expression | undefined): readonly string[] {
  return expression?.kind === "object" ? expression.fields.map(({ name }) => name) : [];
}
