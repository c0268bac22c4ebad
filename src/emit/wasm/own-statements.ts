import { fillsLanes, type Statement } from "../../program/index.ts";
import { laneLocals } from "./varying.ts";

/** What is done in the function itself, but for some of it: pieces are functions of their own. */
export function ownStatements(
  statements: readonly Statement[],
  isLeftOut: (statement: Statement) => boolean = () => false,
): readonly Statement[] {
  return statements.flatMap((statement): readonly Statement[] => {
    if (statement.kind === "piece" || isLeftOut(statement)) return [];
    return "body" in statement
      ? [{ ...statement, body: ownStatements(statement.body, isLeftOut) }]
      : [statement];
  });
}

/** Whether a loop is over what does not fill a vector, which runs once at most: its code had better be short. */
export function isRemainder(statement: Statement): boolean {
  return statement.kind === "loop" && !fillsLanes(statement);
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
