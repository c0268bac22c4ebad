import { type Expression, type Statement, visitExpressionMentions } from "../../program/index.ts";

/** What a loop in lanes does with locals. */
export interface LaneLocals {
  /** Its own locals that differ from lane to lane. */
  readonly varying: ReadonlySet<string>;
  /** Locals from outside that it adds to, or takes the greatest or the least of. */
  readonly accumulators: ReadonlySet<string>;
  /** Locals from outside that it only reads. */
  readonly read: ReadonlySet<string>;
}

/** Tells the locals of a loop in lanes over `variable` apart. */
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
  const varying = new Set<string>();
  for (let before = -1; before < varying.size;) {
    before = varying.size;
    markVarying(body, variable, varying, false);
  }
  const isOutside = (name: string): boolean => !own.has(name) && name !== variable;
  return {
    varying,
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

/** `inLanes`: whether the statements run in some lanes only. */
function markVarying(
  statements: readonly Statement[],
  variable: string,
  varying: Set<string>,
  inLanes: boolean,
): void {
  for (const statement of statements) {
    if (statement.kind === "let" || statement.kind === "assign") {
      const changes = inLanes && statement.kind === "assign";
      if (changes || varies(statement.value, variable, varying)) varying.add(statement.name);
    } else if (statement.kind === "when") {
      markVarying(statement.body, variable, varying, inLanes || varies(statement.value, variable, varying));
    } else if ("body" in statement) {
      markVarying(statement.body, variable, varying, inLanes);
    }
  }
}

/** Whether an expression depends on the lane. */
export function varies(expression: Expression, variable: string, varying: ReadonlySet<string>): boolean {
  let found = false;
  visitExpressionMentions(expression, {
    local: (name) => (found ||= name === variable || varying.has(name)),
  });
  return found;
}

function forEach(statements: readonly Statement[], visit: (statement: Statement) => void): void {
  for (const statement of statements) {
    visit(statement);
    if ("body" in statement) forEach(statement.body, visit);
  }
}
