import type { Call, Declaring } from "./builtin.ts";

/** Something is declared only where it gets a name of its own. */
export function declaring(call: Call, what: string): Declaring {
  if (call.declaring !== undefined) return call.declaring;
  throw call.problem(
    "misplaced-declaration",
    `${what} is declared as a statement of its own, so that it has a name.`,
    `write name = ${what}(…) and use the name here`,
  );
}
