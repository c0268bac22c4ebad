import { sizeOf } from "../../graph/index.ts";
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
  const supply = supplyWithout(reserved);
  renameScope(statements, {
    names,
    reserved,
    elements: sampleElements(statements, buffers),
    supply,
    renamed,
  });
  return new Copier(new Map(), (name) => renamed.get(name) ?? name).copyAll(statements);
}

interface Renaming {
  readonly names: NameSupply;
  readonly reserved: ReadonlySet<string>;
  /** What an element is called whose buffer has the name already. */
  readonly elements: ReadonlyMap<string, string>;
  readonly supply: NameSupply;
  readonly renamed: Map<string, string>;
}

/** Names a block's own locals before those of the blocks inside it, so that none of these hides one. */
function renameScope(statements: readonly Statement[], renaming: Renaming): void {
  const { names, reserved, elements, supply, renamed } = renaming;
  const own: string[] = [];
  for (const statement of statements) {
    if (statement.kind !== "let") continue;
    const base = names.baseOf(statement.name);
    const name = supply.claim(elements.get(base) ?? base);
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

/** The one element of sample n in an array `t`: `t_n`. */
function sampleElements(
  statements: readonly Statement[],
  buffers: readonly Buffer[],
): ReadonlyMap<string, string> {
  let sample: string | undefined;
  visitStatements(statements, (statement) => {
    if (statement.kind === "loop" && typeof statement.to !== "number") sample ??= statement.variable;
  });
  if (sample === undefined) return new Map();
  const scalars = buffers.filter(
    ({ shape, batched, role }) => batched && !stretches.has(role) && sizeOf(shape) === 1,
  );
  return new Map(scalars.map(({ name }) => [name, `${name}_${sample}`]));
}

function supplyWithout(reserved: ReadonlySet<string>): NameSupply {
  const supply = new NameSupply();
  for (const name of reserved) supply.reserve(name);
  return supply;
}
