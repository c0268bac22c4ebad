import { type Statement, visitMentions } from "../../program/index.ts";
import { visitAccesses, visitStatements } from "../traverse.ts";

/** What a statement, with those inside it, has to do with the rest of its program. */
export interface Effects {
  readonly loaded: ReadonlySet<string>;
  /** `+=` stores, too. */
  readonly stored: ReadonlySet<string>;
  /** Locals from outside that it mentions, assignments included. */
  readonly locals: ReadonlySet<string>;
  /** Locals from outside that it assigns to, and the one that it declares. */
  readonly changed: ReadonlySet<string>;
  /** Whether it leaves the program, or is a function of its own. */
  readonly isFixed: boolean;
}

/** Statements never change, and each is asked about again and again. */
const known = new WeakMap<Statement, Effects>();

export function effectsOf(statement: Statement): Effects {
  const found = known.get(statement);
  if (found !== undefined) return found;
  const effects = computed(statement);
  known.set(statement, effects);
  return effects;
}

function computed(statement: Statement): Effects {
  const [loaded, stored] = [new Set<string>(), new Set<string>()];
  visitAccesses([statement], ({ kind, buffer }) => (kind === "load" ? loaded : stored).add(buffer));
  const [mentioned, declared] = [new Set<string>(), new Set<string>()];
  visitMentions([statement], {
    local: (name) => mentioned.add(name),
    declaration: (name) => declared.add(name),
  });
  const assigned = new Set<string>();
  let isFixed = false;
  visitStatements([statement], (each) => {
    if (each.kind === "assign" && !declared.has(each.name)) assigned.add(each.name);
    if (each.kind === "piece" || each.kind === "return" || each.kind === "when") isFixed = true;
  });
  if (statement.kind === "let") assigned.add(statement.name);
  const locals = new Set([...mentioned].filter((name) => !declared.has(name)));
  return { loaded, stored, locals, changed: assigned, isFixed };
}

/** Whether the two have to stay in their order. */
export function conflict(first: Statement, second: Statement): boolean {
  const [a, b] = [effectsOf(first), effectsOf(second)];
  if (a.isFixed || b.isFixed || first.kind === "comment") return true;
  return exchanged(a, b).size > 0 || crossLocals(a, b);
}

/** The memory through which one has to do with the other. */
export function exchanged(a: Effects, b: Effects): ReadonlySet<string> {
  const through = new Set<string>();
  for (const name of a.stored) if (b.loaded.has(name) || b.stored.has(name)) through.add(name);
  for (const name of b.stored) if (a.loaded.has(name)) through.add(name);
  return through;
}

/** Whether one changes a local that the other mentions. */
export function crossLocals(a: Effects, b: Effects): boolean {
  const meets = (changed: ReadonlySet<string>, other: Effects): boolean =>
    [...changed].some((name) => other.locals.has(name) || other.changed.has(name));
  return meets(a.changed, b) || meets(b.changed, a);
}
