import type { Buffer, Expression, Statement } from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { Copier, type Let, type Loop, visitAccesses, visitExpression, visitStatements } from "../traverse.ts";

/** Whether a local is a number, or computed of such locals. */
export function isConstant({ value, mutable }: Let, constants: ReadonlyMap<string, Let>): boolean {
  let constant = !mutable;
  visitExpression(value, (part) => {
    const isKnown = part.kind === "local" ? constants.has(part.name) : part.kind !== "load";
    if (!isKnown) constant = false;
  });
  return constant;
}

/** Two loops around a sum. */
export function isContraction(nest: Loop): boolean {
  return nest.body.some(
    (inner) => inner.kind === "loop" && inner.body.some((innermost) => innermost.kind === "loop"),
  );
}

/**
 * The nest as a piece of its own, if it needs no more from outside than constants: V8 allots registers to each function on
 * its own, and programs share the functions that they have in common.
 */
export function separateNest(
  nest: Loop,
  tiled: readonly Statement[],
  constants: ReadonlyMap<string, Let>,
  { buffers, names }: { readonly buffers: readonly Buffer[]; readonly names: NameSupply },
): readonly Statement[] {
  const target = targetOf(nest);
  const outside = localsFromOutside(tiled);
  if (target === undefined || [...outside].some((name) => !constants.has(name))) return tiled;
  const copier = new Copier(new Map(), (name) =>
    constants.has(name) ? names.claim(names.baseOf(name)) : name,
  );
  const needed = new Set(outside);
  for (const [name, { value }] of [...constants].reverse()) {
    if (needed.has(name)) for (const used of localsOf(value)) needed.add(used);
  }
  const copies = [...constants.values()].filter(({ name }) => needed.has(name));
  const body = copier.copyAll([...copies, ...tiled]);
  const isUpdate = buffers.some(
    ({ name, role }) => name === target && (role === "parameter" || role === "state"),
  );
  return [{ kind: "piece", name: names.claim(`${isUpdate ? "update" : "compute"}_${target}`), body }];
}

/** The buffer that a nest computes. */
function targetOf(nest: Loop): string | undefined {
  const stored = new Set<string>();
  visitAccesses([nest], ({ kind, buffer }) => {
    if (kind !== "load") stored.add(buffer);
  });
  return [...stored].at(-1);
}

function localsFromOutside(statements: readonly Statement[]): ReadonlySet<string> {
  const own = new Set<string>();
  const used = new Set<string>();
  visitStatements(statements, (statement) => {
    if (statement.kind === "let") own.add(statement.name);
    if (statement.kind === "loop" || statement.kind === "piece" || statement.kind === "comment") return;
    for (const name of localsOf(statement.value)) used.add(name);
  });
  return new Set([...used].filter((name) => !own.has(name)));
}

function localsOf(expression: Expression): ReadonlySet<string> {
  const used = new Set<string>();
  visitExpression(expression, (part) => {
    if (part.kind === "local") used.add(part.name);
  });
  return used;
}
