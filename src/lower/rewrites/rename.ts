import type { Buffer, Statement } from "../../program/index.ts";
import { NameSupply } from "../names.ts";
import { Copier, visitStatements } from "../traverse.ts";

const stretches: ReadonlySet<Buffer["role"]> = new Set(["parameter", "gradient", "state"]);

/**
 * Gives locals the shortest names that are free: rewrites make names unique among all that there ever were, of which
 * most are gone in the end.
 */
export function renameLocals(
  statements: readonly Statement[],
  buffers: readonly Buffer[],
  names: NameSupply,
): readonly Statement[] {
  const fresh = new NameSupply();
  // Parameters, their gradients and state are stretches of flat arrays: their own names are free for locals.
  for (const { name, role } of buffers) if (!stretches.has(role)) fresh.claim(name);
  visitStatements(statements, (statement) => {
    if (statement.kind === "loop") fresh.reserve(statement.variable);
  });
  return new Copier(new Map(), (name) => fresh.claim(names.baseOf(name))).copyAll(statements);
}
