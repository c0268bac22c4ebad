import {
  accessKey,
  type Affine,
  type Buffer,
  type Expression,
  type ScalarOperation,
  type Statement,
  affineKey,
} from "../../program/index.ts";
import { elementName, type NameSupply } from "../names.ts";
import {
  type Loop,
  mapExpression,
  mapExpressions,
  variablesOf,
  visitAccesses,
  visitStatements,
} from "../traverse.ts";

/** The elements of a buffer that a loop touches, all at places that do not change while it runs. */
interface Steady {
  readonly places: Map<string, Affine>;
  stored: boolean;
}

/**
 * Keeps memory in locals while a loop runs: elements at a place that the loop does not move are loaded once before it,
 * accumulators among them are stored once after it. `buffers` are the program's, by name. At most `limit` locals a loop; resident memory is left in place.
 */
export function keepInLocals(
  loop: Loop,
  buffers: ReadonlyMap<string, Buffer>,
  names: NameSupply,
  limit = Infinity,
): readonly Statement[] {
  const steady = steadyBuffers(loop);
  const locals = new Map<string, string>();
  const [before, after]: [Statement[], Statement[]] = [[], []];
  let budget = limit;
  for (const [buffer, { places, stored }] of steady) {
    if (places.size > budget || buffers.get(buffer)?.resident === true) continue;
    budget -= places.size;
    for (const [key, offset] of places) {
      const name = names.claim(elementName(buffer, buffers.get(buffer), offset));
      locals.set(`${buffer}[${key}]`, name);
      before.push({ kind: "let", name, value: { kind: "load", buffer, offset }, mutable: stored });
      if (stored) {
        after.push({ kind: "store", buffer, offset, value: { kind: "local", name }, accumulate: false });
      }
    }
  }
  const body = replaceAccesses(loop.body, (buffer, offset) => locals.get(accessKey(buffer, offset)));
  return [...before, { ...loop, body }, ...after];
}

function steadyBuffers(loop: Loop): ReadonlyMap<string, Steady> {
  const moving = new Set([loop.variable]);
  visitStatements(loop.body, (statement) => {
    if (statement.kind === "loop") moving.add(statement.variable);
  });
  const steady = new Map<string, Steady>();
  const unsteady = new Set<string>();
  const inPieces = accessedInPieces(loop.body);
  const reached = placesReached(loop.body);
  visitAccesses(loop.body, ({ kind, buffer, offset }) => {
    const isMoving = [...variablesOf(offset)].some((variable) => moving.has(variable));
    // An index read from memory may meet any element.
    const isIndirect = offset.terms.some(({ atom }) => atom.kind === "element");
    const isGuarded = kind === "load" && !reached.has(accessKey(buffer, offset));
    if (isMoving || isIndirect || isGuarded || inPieces.has(buffer)) unsteady.add(buffer);
    else {
      let entry = steady.get(buffer);
      if (entry === undefined) steady.set(buffer, (entry = { places: new Map(), stored: false }));
      entry.places.set(affineKey(offset), offset);
      entry.stored ||= kind !== "load";
    }
  });
  for (const [buffer, { places, stored }] of steady) {
    // Stores could meet each other at places that vary around the loop, unless these differ by constants.
    const shapes = new Set([...places.values()].map(({ terms }) => affineKey({ constant: 0, terms })));
    if (unsteady.has(buffer) || (stored && shapes.size > 1)) steady.delete(buffer);
  }
  return steady;
}

/** The places that are read whenever the statements run. Others may be out of bounds where a guard is not met. */
function placesReached(statements: readonly Statement[]): ReadonlySet<string> {
  const places = new Set<string>();
  const inExpression = (expression: Expression): void => {
    if (expression.kind === "load") places.add(accessKey(expression.buffer, expression.offset));
    if (expression.kind !== "apply") return;
    const [condition] = expression.operands;
    const isGuard = expression.operation === "select" && condition !== undefined && guards(condition);
    for (const operand of isGuard ? [condition] : expression.operands) inExpression(operand);
  };
  visitStatements(statements, (statement) => {
    if (statement.kind === "loop" || statement.kind === "piece" || statement.kind === "comment") return;
    inExpression(statement.value);
    if (statement.kind === "store" && statement.accumulate)
      places.add(accessKey(statement.buffer, statement.offset));
  });
  return places;
}

/** Whether a condition may be about an index being in range; a local may hold such a truth value. */
function guards(condition: Expression): boolean {
  if (condition.kind !== "apply") return condition.kind === "inRange" || condition.kind === "local";
  return logical.has(condition.operation) && condition.operands.some(guards);
}

const logical: ReadonlySet<ScalarOperation> = new Set(["and", "or", "not", "select"]);

function accessedInPieces(statements: readonly Statement[]): ReadonlySet<string> {
  const buffers = new Set<string>();
  visitStatements(statements, (statement) => {
    if (statement.kind !== "piece") return;
    visitAccesses(statement.body, ({ buffer }) => buffers.add(buffer));
  });
  return buffers;
}

/** Loads become locals, stores to them assignments. */
function replaceAccesses(
  statements: readonly Statement[],
  localOf: (buffer: string, offset: Affine) => string | undefined,
): readonly Statement[] {
  const loadsReplaced = mapExpressions(statements, (expression) =>
    mapExpression(expression, (part): Expression => {
      const name = part.kind === "load" ? localOf(part.buffer, part.offset) : undefined;
      return name === undefined ? part : { kind: "local", name };
    }),
  );
  const replaceStores = (list: readonly Statement[]): readonly Statement[] =>
    list.map((statement): Statement => {
      if ("body" in statement) return { ...statement, body: replaceStores(statement.body) };
      if (statement.kind !== "store") return statement;
      const name = localOf(statement.buffer, statement.offset);
      if (name === undefined) return statement;
      const local: Expression = { kind: "local", name };
      const value: Expression = statement.accumulate
        ? { kind: "apply", operation: "add", operands: [local, statement.value] }
        : statement.value;
      return { kind: "assign", name, value };
    });
  return replaceStores(loadsReplaced);
}
