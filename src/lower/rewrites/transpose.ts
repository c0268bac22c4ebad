import { accessKey, type Affine, type Buffer, type Statement, affineKey } from "../../program/index.ts";
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
  /** Copies the operand, as a piece of its own. */
  readonly copy: Statement;
  /** The nest, reading the copy. */
  readonly nest: Loop;
  readonly buffer: Buffer;
}

/**
 * Copies the operand of a reduction that lies along the summed axis, so that it lies along the row: `Σⱼ W[i, j]·x[n, j]`
 * becomes `Σⱼ Wᵀ[j, i]·x[n, j]`, which `spreadSums` can turn inside out. The copy is read once for each sample.
 *
 * @returns `undefined` unless exactly one operand depends on the row's loop, and on nothing else but the summed axis.
 */
export function transposeOperand(
  nest: Loop,
  row: Loop,
  reduction: Loop,
  names: NameSupply,
): Transposed | undefined {
  const operand = onlyOperandAlong(row, reduction);
  if (operand === undefined || isStored(nest, operand.buffer)) return undefined;
  if (typeof row.to !== "number" || typeof reduction.to !== "number") return undefined;
  const shape = [reduction.to, row.to];
  const name = names.claim(`${operand.buffer}_T`);
  const offset: Affine = {
    constant: 0,
    terms: [
      { coefficient: row.to, atom: { kind: "variable", name: reduction.variable } },
      { coefficient: 1, atom: { kind: "variable", name: row.variable } },
    ],
  };
  const store: Statement = { kind: "store", buffer: name, offset, value: operand, accumulate: false };
  const copy: Statement = {
    kind: "piece",
    name: names.claim(`transpose_${operand.buffer}`),
    body: unrollAndJam({ ...row, body: [{ ...reduction, body: [store] }] }, blockOf(row, line), names),
  };
  const key = affineKey(operand.offset);
  const body = mapExpressions(nest.body, (expression) =>
    mapExpression(expression, (part) =>
      part.kind === "load" && part.buffer === operand.buffer && affineKey(part.offset) === key
        ? { ...part, buffer: name, offset }
        : part,
    ),
  );
  const buffer: Buffer = { name, role: "scratch", element: "real", shape, batched: false };
  return { copy, nest: { ...nest, body }, buffer };
}

function onlyOperandAlong(row: Loop, reduction: Loop): Load | undefined {
  const operands = new Map<string, Load>();
  visitAccesses(reduction.body, ({ buffer, offset }) => {
    if (variablesOf(offset).has(row.variable))
      operands.set(accessKey(buffer, offset), { kind: "load", buffer, offset });
  });
  const [operand] = operands.values();
  if (operand === undefined || operands.size > 1) return undefined;
  const isPlain = operand.offset.terms.every(
    ({ atom }) =>
      atom.kind === "variable" && (atom.name === row.variable || atom.name === reduction.variable),
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
