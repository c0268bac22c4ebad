import { accessKey, type Affine, type Buffer, type Statement } from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import {
  type Load,
  type Loop,
  mapExpression,
  mapExpressions,
  variablesOf,
  visitAccesses,
} from "../traverse.ts";
import { blockOf } from "./block.ts";
import { unrollAndJam } from "./jam.ts";

/** So many columns are copied side by side: a line of memory holds eight doubles. */
const line = 8;

export interface Transposed {
  /** Each copies an operand, as a piece of its own. */
  readonly copies: readonly Statement[];
  /** The nest, reading the copies. */
  readonly nest: Loop;
  readonly buffers: readonly Buffer[];
}

/**
 * Copies the operand of each sum in a row's loop that lies along the summed axis, so that it lies along the row: `Σⱼ W[i, j]·x[n, j]`
 * becomes `Σⱼ Wᵀ[j, i]·x[n, j]`, which `spreadSums` can turn inside out. The copy is read once for each sample.
 *
 * @returns `undefined` unless of each sum exactly one operand depends on the row's loop, and on nothing else but the summed axis; or
 * where two sums read one operand, as their loops may be of one name and not of one length.
 */
export function transposeOperands(nest: Loop, row: Loop, names: NameSupply): Transposed | undefined {
  let transposed: Transposed = { nest, copies: [], buffers: [] };
  const known = new Set<string>();
  for (const statement of row.body) {
    if (statement.kind !== "loop") continue;
    const sum = innermost(statement);
    const operand = onlyOperandAlong(row, sum);
    if (operand === undefined || isStored(nest, operand.buffer)) return undefined;
    const key = accessKey(operand.buffer, operand.offset);
    if (known.has(key)) return undefined;
    known.add(key);
    const next = transposeOperand(transposed.nest, operand, { row, sum }, names);
    if (next === undefined) return undefined;
    const copies = [...transposed.copies, ...next.copies];
    transposed = { nest: next.nest, copies, buffers: [...transposed.buffers, ...next.buffers] };
  }
  return transposed;
}

function innermost(loop: Loop): Loop {
  const inner = loop.body.find((statement) => statement.kind === "loop");
  return inner === undefined ? loop : innermost(inner);
}

function transposeOperand(
  nest: Loop,
  operand: Load,
  { row, sum }: { readonly row: Loop; readonly sum: Loop },
  names: NameSupply,
): Transposed | undefined {
  if (typeof row.to !== "number" || typeof sum.to !== "number") return undefined;
  const shape = [sum.to, row.to];
  const name = names.claim(`${operand.buffer}_T`);
  const offset: Affine = {
    constant: 0,
    terms: [
      { coefficient: row.to, atom: { kind: "variable", name: sum.variable } },
      { coefficient: 1, atom: { kind: "variable", name: row.variable } },
    ],
  };
  const store: Statement = { kind: "store", buffer: name, offset, value: operand, accumulate: false };
  const copy: Statement = {
    kind: "piece",
    name: names.claim(`transpose_${operand.buffer}`),
    body: unrollAndJam({ ...row, body: [{ ...sum, body: [store] }] }, blockOf(row, line), names),
  };
  const key = accessKey(operand.buffer, operand.offset);
  const body = mapExpressions(nest.body, (expression) =>
    mapExpression(expression, (part) =>
      part.kind === "load" && accessKey(part.buffer, part.offset) === key
        ? { ...part, buffer: name, offset }
        : part,
    ),
  );
  const buffer: Buffer = { name, role: "scratch", element: "real", shape, batched: false };
  return { copies: [copy], nest: { ...nest, body }, buffers: [buffer] };
}

function onlyOperandAlong(row: Loop, sum: Loop): Load | undefined {
  const operands = new Map<string, Load>();
  visitAccesses(sum.body, ({ buffer, offset }) => {
    if (variablesOf(offset).has(row.variable))
      operands.set(accessKey(buffer, offset), { kind: "load", buffer, offset });
  });
  const [operand] = operands.values();
  if (operand === undefined || operands.size > 1) return undefined;
  const isPlain = operand.offset.terms.every(
    ({ atom }) => atom.kind === "variable" && (atom.name === row.variable || atom.name === sum.variable),
  );
  return isPlain ? operand : undefined;
}

function isStored(nest: Loop, buffer: string): boolean {
  let stored = false;
  visitAccesses([nest], (access) => {
    if (access.buffer === buffer && access.kind !== "load") stored = true;
  });
  return stored;
}
