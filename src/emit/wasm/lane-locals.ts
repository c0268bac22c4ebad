import { type Statement, visitExpressionMentions } from "../../program/index.ts";

/** What a loop in lanes does with locals from outside. */
export interface LaneLocals {
  /** Those that it adds to, or takes the greatest or the least of. */
  readonly accumulators: ReadonlySet<string>;
  /** Those that it only reads. */
  readonly read: ReadonlySet<string>;
}

/** Tells the locals that a loop in lanes over `variable` mentions apart. */
export function laneLocals(variable: string, body: readonly Statement[]): LaneLocals {
  const own = new Set<string>();
  const assigned = new Set<string>();
  const mentioned = new Set<string>();
  forEach(body, (statement) => {
    if (statement.kind === "loop") own.add(statement.variable);
    if (statement.kind === "let") own.add(statement.name);
    if (statement.kind === "assign") assigned.add(statement.name);
    if ("value" in statement) {
      visitExpressionMentions(statement.value, { local: (name) => mentioned.add(name) });
    }
  });
  const isOutside = (name: string): boolean => !own.has(name) && name !== variable;
  return {
    accumulators: new Set([...assigned].filter(isOutside)),
    read: new Set([...mentioned].filter((name) => isOutside(name) && !assigned.has(name))),
  };
}

/** Locals from outside that loops in lanes read. */
export function readInLanes(statements: readonly Statement[]): readonly string[] {
  return statements.flatMap((statement): readonly string[] => {
    if (!("body" in statement) || statement.kind === "piece") return [];
    return statement.kind === "loop" && statement.lanes !== undefined
      ? [...laneLocals(statement.variable, statement.body).read]
      : readInLanes(statement.body);
  });
}

function forEach(statements: readonly Statement[], visit: (statement: Statement) => void): void {
  for (const statement of statements) {
    visit(statement);
    if ("body" in statement) forEach(statement.body, visit);
  }
}
