import type { Statement } from "../program/index.ts";
import type { Loop } from "./traverse.ts";

/** The locals from outside that a loop assigns to. */
export function accumulatorsOf(loop: Loop): ReadonlySet<string> {
  const own = new Set<string>();
  const assigned = new Set<string>();
  const visit = (statements: readonly Statement[]): void => {
    for (const statement of statements) {
      if (statement.kind === "let") own.add(statement.name);
      if (statement.kind === "assign") assigned.add(statement.name);
      if ("body" in statement) visit(statement.body);
    }
  };
  visit(loop.body);
  return new Set([...assigned].filter((name) => !own.has(name)));
}
