import {
  type Buffer,
  type Expression,
  type Statement,
  scalarApply,
  scalarNumber,
} from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import {
  type Let,
  type Loop,
  type Store,
  visitAccesses,
  visitExpression,
  visitStatements,
} from "../traverse.ts";
import { isNumber } from "./simplify.ts";

/** So many additions that do nothing make a jump over them worth while. */
const fewest = 4;

/** What a unit adds to sums while it is not silent. */
interface Group {
  readonly stores: Set<Statement>;
  /** The locals that its zeros are multiplied by. */
  readonly factors: Set<string>;
}

/**
 * Skips what silent units of a relu add to the sums of gradients: where a ≤ 0, h = max(a, 0) and δ = a > 0 ? … : 0 are
 * both 0, and so is every product with them, as long as the other factor f is finite. That is made sure by comparing with
 * the sum of all 0·f, which is 0 then and NaN otherwise: `when not (a <= zero)` also takes the way of the sums where a or a
 * factor is NaN, or a factor infinite. Exact: a sum that begins at +0 is never −0, so that adding a zero of either sign
 * leaves it as it is. Looks at straight-line loops whose sums are resident gradients.
 */
export function skipSilentUnits(
  statements: readonly Statement[],
  buffers: readonly Buffer[],
  names: NameSupply,
): readonly Statement[] {
  const sums = new Set(
    buffers.filter(({ role, resident }) => role === "gradient" && resident).map(({ name }) => name),
  );
  return statements.map((statement) =>
    statement.kind === "loop" && statement.body.every((inner) => !("body" in inner))
      ? { ...statement, body: skipIn(statement, sums, names) }
      : statement,
  );
}

function skipIn({ body }: Loop, sums: ReadonlySet<string>, names: NameSupply): readonly Statement[] {
  const read = new Set<string>();
  visitAccesses(body, ({ kind, buffer }) => {
    if (kind !== "accumulate") read.add(buffer);
  });
  const silent = silentLocals(body);
  const groups = new Map<string, Group>();
  for (const statement of body) {
    if (statement.kind !== "store" || !statement.accumulate) continue;
    if (!sums.has(statement.buffer) || read.has(statement.buffer)) continue;
    const part = silentPart(statement, silent);
    if (part === undefined) continue;
    let group = groups.get(part.unit);
    if (group === undefined) groups.set(part.unit, (group = { stores: new Set(), factors: new Set() }));
    group.stores.add(statement);
    if (part.factor !== undefined) group.factors.add(part.factor);
  }
  for (const [unit, { stores }] of groups) if (stores.size < fewest) groups.delete(unit);
  return rearrange(body, groups, silent, names);
}

/** The locals that are 0 while a unit is silent, and the local that tells by being ≤ 0. */
function silentLocals(body: readonly Statement[]): ReadonlyMap<string, string> {
  const silent = new Map<string, string>();
  for (const statement of body) {
    if (statement.kind !== "let" || statement.value.kind !== "apply") continue;
    const { operation, operands } = statement.value;
    const [first, second, third] = operands;
    if (operation === "maximum" && first?.kind === "local" && second !== undefined && isNumber(second, 0)) {
      silent.set(statement.name, first.name);
    }
    const unit = operation === "select" ? positiveLocal(first) : undefined;
    if (unit !== undefined && third !== undefined && isNumber(third, 0)) silent.set(statement.name, unit);
  }
  return silent;
}

/** a of 0 < a. */
function positiveLocal(condition: Expression | undefined): string | undefined {
  if (condition?.kind !== "apply" || condition.operation !== "less") return undefined;
  const [zero, a] = condition.operands;
  return zero !== undefined && isNumber(zero, 0) && a?.kind === "local" ? a.name : undefined;
}

/** The unit whose silence makes the stored value 0: the value is such a local, or its product with another local. */
function silentPart(
  { value }: Store,
  silent: ReadonlyMap<string, string>,
): { readonly unit: string; readonly factor: string | undefined } | undefined {
  if (value.kind === "local") {
    const unit = silent.get(value.name);
    return unit === undefined ? undefined : { unit, factor: undefined };
  }
  if (value.kind !== "apply" || value.operation !== "multiply") return undefined;
  const [left, right] = value.operands;
  if (left?.kind !== "local" || right?.kind !== "local") return undefined;
  // Of two silent factors, the first: in δ·h that is the unit whose weights these are.
  for (const [zero, other] of [[left.name, right.name] as const, [right.name, left.name] as const]) {
    const unit = silent.get(zero);
    if (unit !== undefined) return { unit, factor: other };
  }
  return undefined;
}

/** Gathers each group at the place of its last store, with the locals that nobody else needs. */
function rearrange(
  body: readonly Statement[],
  groups: ReadonlyMap<string, Group>,
  silent: ReadonlyMap<string, string>,
  names: NameSupply,
): readonly Statement[] {
  if (groups.size === 0) return body;
  const groupOf = new Map<Statement, string>();
  for (const [unit, { stores }] of groups) for (const store of stores) groupOf.set(store, unit);
  const own = ownLocals(body, groupOf, silent);
  const waiting = new Map<string, Statement[]>();
  const zeros = new Map<string, string>();
  const result: Statement[] = [];
  for (const statement of body) {
    const unit = groupOf.get(statement) ?? (statement.kind === "let" ? own.get(statement.name) : undefined);
    const group = unit === undefined ? undefined : groups.get(unit);
    if (unit === undefined || group === undefined) {
      result.push(statement);
      continue;
    }
    const gathered = waiting.get(unit) ?? [];
    gathered.push(statement);
    waiting.set(unit, gathered);
    group.stores.delete(statement);
    if (group.stores.size > 0) continue;
    const key = [...group.factors].sort().join();
    let zero = zeros.get(key);
    if (zero === undefined) {
      zero = names.claim("zero");
      zeros.set(key, zero);
      result.push(...zeroStatements(zero, [...group.factors]));
    }
    const isSilent = scalarApply("lessEqual", { kind: "local", name: unit }, { kind: "local", name: zero });
    result.push({ kind: "when", value: scalarApply("not", isSilent), body: gathered });
  }
  return result;
}

/** The silent locals that only their own unit's group reads. */
function ownLocals(
  body: readonly Statement[],
  groupOf: ReadonlyMap<Statement, string>,
  silent: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const own = new Map<string, string>();
  const shared = new Set<string>();
  visitStatements(body, (statement) => {
    if (!("value" in statement)) return;
    visitExpression(statement.value, (part) => {
      if (part.kind !== "local") return;
      const unit = groupOf.get(statement);
      if (unit !== undefined && silent.get(part.name) === unit) own.set(part.name, unit);
      else shared.add(part.name);
    });
  });
  for (const name of shared) own.delete(name);
  return own;
}

/** 0 while all factors are finite, else NaN. */
function zeroStatements(name: string, factors: readonly string[]): readonly [Statement, Let] {
  const terms = factors.map((factor) =>
    scalarApply("multiply", { kind: "local", name: factor }, scalarNumber(0)),
  );
  const [first = scalarNumber(0), ...others] = terms;
  const value = others.reduce((sum, term) => scalarApply("add", sum, term), first);
  const text =
    "NaN if one of these is not finite, else 0: then a unit that is silent adds nothing to the sums.";
  return [
    { kind: "comment", text },
    { kind: "let", name, value, mutable: false },
  ];
}
