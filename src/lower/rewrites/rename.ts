import type { Buffer, Statement } from "../../program/index.ts";
import { NameSupply } from "../names.ts";
import { Copier, visitStatements } from "../traverse.ts";

const stretches: ReadonlySet<Buffer["role"]> = new Set(["parameter", "gradient", "state"]);

/**
 * Gives locals the shortest names that are free where they are in scope: rewrites make names unique among all that there
 * ever were, of which most are gone in the end. So the same piece of two programs reads the same, too.
 */
export function renameLocals(
  statements: readonly Statement[],
  buffers: readonly Buffer[],
  names: NameSupply,
): readonly Statement[] {
  const reserved = new Set<string>();
  // Parameters, their gradients and state are stretches of flat arrays: their own names are free for locals.
  for (const { name, role } of buffers) if (!stretches.has(role)) reserved.add(name);
  visitStatements(statements, (statement) => {
    if (statement.kind === "loop") reserved.add(statement.variable);
  });
  const renamed = new Map<string, string>();
  renameScope(statements, { names, reserved, supply: supplyWithout(reserved), renamed });
  return new Copier(new Map(), (name) => renamed.get(name) ?? name).copyAll(statements);
}

interface Renaming {
  readonly names: NameSupply;
  readonly reserved: ReadonlySet<string>;
  readonly supply: NameSupply;
  readonly renamed: Map<string, string>;
}

/** Names a block's own locals before those of the blocks inside it, so that none of these hides one. */
function renameScope(statements: readonly Statement[], renaming: Renaming): void {
  const { names, reserved, supply, renamed } = renaming;
  const own: string[] = [];
  for (const statement of statements) {
    if (statement.kind !== "let") continue;
    const name = supply.claim(names.baseOf(statement.name));
    renamed.set(statement.name, name);
    own.push(name);
  }
  for (const statement of statements) {
    if (statement.kind === "loop" || statement.kind === "when") renameScope(statement.body, renaming);
    if (statement.kind === "piece")
      renameScope(statement.body, { ...renaming, supply: supplyWithout(reserved) });
  }
  for (const name of own) supply.release(name);
}

function supplyWithout(reserved: ReadonlySet<string>): NameSupply {
  const supply = new NameSupply();
  for (const name of reserved) supply.reserve(name);
  return supply;
}
